import Autodiff
import Tensors

/// What became of the rules that were broken on purpose.
public struct MutationSummary: Sendable {
  /// One broken rule.
  public struct Mutant: Sendable, Hashable, CustomStringConvertible {
    /// The primitive whose rule is broken.
    public let primitive: Primitive
    /// For which of its inputs.
    public let input: Int
    /// How: `scaled`, `negated`, `zeroed`, `transposed`, `rolled`, `dropped`, `firstOfBroadcast`,
    /// `meanOfBroadcast` or `detached`.
    public let kind: String

    public var description: String { "\(primitive) input \(input) \(kind)" }
  }

  public enum Outcome: Sendable {
    /// Some case of the registry says wrong.
    case caught
    /// The broken rule gives other numbers, and no case says wrong.
    case survived
    /// The broken rule gives the same numbers in every case.
    case changesNothing
  }

  public struct Row: Sendable {
    public let mutant: Mutant
    public let outcome: Outcome
    /// The case that caught it.
    public let caughtBy: String?
  }

  public let rows: [Row]
  public let seed: UInt64

  /// How many broken rules change something.
  public var mutants: Int { rows.count { $0.outcome != .changesNothing } }
  /// How many of them the checker called wrong.
  public var caught: Int { rows.count { $0.outcome == .caught } }
  /// Those it did not.
  public var survivors: [Mutant] { rows.filter { $0.outcome == .survived }.map(\.mutant) }
  /// Broken rules that are the same as the right ones.
  public var changingNothing: [Mutant] {
    rows.filter { $0.outcome == .changesNothing }.map(\.mutant)
  }
  public var passes: Bool { mutants > 0 && survivors.isEmpty }
}

/// Breaks every rule of every primitive in every way, one at a time, in the walk that applies them, and
/// asks the checker about it.
///
/// A mutant is caught when the checker says wrong about some case of the registry that uses the rule;
/// the cheapest cases are tried first, and the first that catches it ends the search. Rules are broken
/// only in the analytic gradient: what it is compared with never walks the tape. `only` selects the
/// cases by family, subject or a part of the name; `seed` decides all random numbers.
public func runMutants(
  only: String? = nil, seed: UInt64 = 0,
  progress: (_ done: Int, _ of: Int, _ row: MutationSummary.Row) -> Void = { _, _, _ in }
) -> MutationSummary {
  var survey = Survey()
  for item in Registry.cases(matching: only) { survey.visit(item, seed) }
  let trials = survey.trials
  var rows: [MutationSummary.Row] = []
  for trial in trials {
    let row = trial.run(seed)
    rows.append(row)
    progress(rows.count, trials.count, row)
  }
  return MutationSummary(rows: rows, seed: seed)
}

/// Which rules are called in which cases.
private struct Survey {
  /// A case, and the number of elements of everything it records.
  private struct Use {
    let item: GradientCase
    let cost: Int
    let sumsBroadcast: Bool
  }

  private var uses: [Mutation.Site: [Use]] = [:]

  /// Called from within one walk at a time.
  private final class Sites: @unchecked Sendable {
    var found: [Mutation.Site: Bool] = [:]
  }

  mutating func visit(_ item: GradientCase, _ seed: UInt64) {
    let sites = Sites()
    var probe = WalkProbe()
    probe.onRule = { site, sumsBroadcast in
      sites.found[site] = sites.found[site, default: false] || sumsBroadcast
    }
    _ = probe.watching { item.gradients(seed, .float64) }
    let tape = item.record(seed)
    let cost = tape.entries.reduce(0) { $0 + 16 + $1.shape.elementCount }
    for (site, sumsBroadcast) in sites.found {
      uses[site, default: []].append(Use(item: item, cost: cost, sumsBroadcast: sumsBroadcast))
    }
  }

  /// Every mutant with the cases that can catch it, in an order that follows from the registry alone.
  var trials: [Trial] {
    Registry.checkedPrimitives.flatMap { primitive in
      uses.keys.filter { $0.primitive == primitive }.sorted { $0.input < $1.input }
    }.flatMap { site in
      let cases = uses[site]!.enumerated().sorted {
        ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset)
      }.map(\.element)
      return Mutation.Kind.allCases.compactMap { kind -> Trial? in
        let fitting = kind.isOfBroadcast ? cases.filter(\.sumsBroadcast) : cases
        // Without a broadcast there is no sum over one to break.
        if fitting.isEmpty { return nil }
        return Trial(mutation: Mutation(site, kind), cases: fitting.map(\.item))
      }
    }
  }
}

/// One mutant and the cases it is tried on.
private struct Trial {
  let mutation: Mutation
  let cases: [GradientCase]

  /// Called from within one walk at a time.
  private final class Effect: @unchecked Sendable {
    var hasChanged = false
  }

  func run(_ seed: UInt64) -> MutationSummary.Row {
    let effect = Effect()
    var probe = WalkProbe()
    probe.mutation = mutation
    probe.onMutation = { hasChanged in effect.hasChanged = effect.hasChanged || hasChanged }
    // All but one kind show in the gradient itself.
    let options = GradientCheckOptions(
      secondOrder: mutation.kind == .detached, seed: seed, locatesFaults: false)
    for item in cases {
      let report = probe.watching { item.check(.projection, options) }
      if report.verdict == .wrong { return row(.caught, item.name) }
    }
    return row(effect.hasChanged ? .survived : .changesNothing, nil)
  }

  private func row(
    _ outcome: MutationSummary.Outcome, _ caughtBy: String?
  ) -> MutationSummary.Row {
    MutationSummary.Row(
      mutant: MutationSummary.Mutant(
        primitive: mutation.site.primitive, input: mutation.site.input,
        kind: mutation.kind.rawValue), outcome: outcome, caughtBy: caughtBy)
  }
}
