import Autodiff
import Operations
import Tensors

/// Which parameters of a model a loss gives no gradient, or a gradient of zero, and where the path to
/// them ends.
public struct GradientAudit: Sendable, CustomStringConvertible {
  public enum Finding: Sendable, Hashable {
    /// The loss never read the parameter while it was recorded.
    case neverRead
    /// The parameter takes no gradient: it stands in a module such as `Frozen`.
    case untrained
    /// Read, but nothing made of it leads to the loss: the last operations that did depend on it.
    case cut(after: [String])
    /// A path leads to it, and every element of the gradient is zero: the operations whose rule made
    /// it so.
    case zero(by: [String])
    /// The parts that a broadcast sums cancel, and what is left is their rounding: the operations that
    /// sum them. So it is with a bias in front of a normalisation, which takes it out again.
    case cancelled(in: [String])
    /// Some elements are NaN or infinite.
    case notFinite
  }

  public struct Row: Sendable {
    /// The property path of the parameter.
    public let name: String
    public let shape: Shape
    public let finding: Finding
  }

  /// The parameters with something amiss, in order of declaration.
  public let rows: [Row]
  /// How many parameters there are in all.
  public let parameters: Int

  /// Whether every parameter that should be trained gets a finite gradient other than zero.
  public var passes: Bool { rows.allSatisfy { $0.finding == .untrained } }

  public var description: String {
    let amiss = rows.count { $0.finding != .untrained }
    let lines = rows.map { row -> String in
      let text: String
      switch row.finding {
      case .neverRead: text = "no gradient: the loss never reads it"
      case .untrained: text = "takes no gradient, as its module says"
      case .cut(let after):
        text = "no gradient: the path ends after \(after.joined(separator: ", "))"
      case .zero(let by):
        text = "gradient zero" + (by.isEmpty ? "" : ": made so by \(by.joined(separator: ", "))")
      case .cancelled(let operations):
        text =
          "gradient zero but for rounding: its parts cancel in \(operations.joined(separator: ", "))"
      case .notFinite: text = "gradient not finite"
      }
      return "  \(row.name) \(row.shape): \(text)"
    }
    return (["\(amiss) of \(parameters) parameters without a useful gradient"] + lines)
      .joined(separator: "\n")
  }
}

/// Looks at the gradient of a loss for every parameter of a model, and follows the path where there is
/// none.
///
/// For a model that does not learn. A path is cut by operations without a derivative (`argmax`,
/// comparisons), by `detached`, `withoutRecording` and values read back into Swift; the audit names the
/// last operation before the cut, with its module. A gradient of zero is followed from the loss: it
/// names the operation whose rule first gave zero (a ReLU that is off everywhere, a product with zero).
/// Where a parameter was broadcast, its gradient is a sum, and counts as zero when no element exceeds
/// 32 roundings of its dtype relative to the sum of the absolute parts: nothing but rounding is left of
/// it. Both are looked for inside `checkpointed` too. Runs in training mode unless a mode is set. Costs
/// one gradient, with every cotangent read. Stops when the loss is not a scalar.
///
///     print(auditGradients(of: model) { crossEntropy(model(images), labels) })
public func auditGradients(of model: some Module, _ loss: () throws -> Tensor) rethrows
  -> GradientAudit
{
  let inventory = Inventory(of: model)
  return try withoutRecording {
    try inTrainingUnlessSet {
      try Recording.run(at: [], tracesVariables: true, { _ in (try loss(), ()) }) { recording in
        let recorded = recording.entries.count
        let seen = SeenCotangents()
        var probe = WalkProbe()
        probe.onCotangent = { seen.note($0, $1) }
        probe.onSum = { seen.noteSum(of: $2, to: $1, by: $0) }
        let cotangents = probe.watching {
          recording.pullback(recording.seed, keepingTape: true)
        }
        let trail = Trail(
          recording.entries, recording.replaced, recorded: recorded,
          loss: recording.value.ticket.entry, seen)
        var rows: [GradientAudit.Row] = []
        for named in inventory.parameters {
          let gradient = cotangents.parameters.first { $0.box === named.box }?.value
          let entry = recording.scope.ticket(of: named.box)?.entry
          let finding: GradientAudit.Finding
          if inventory.untrained.contains(ObjectIdentifier(named.box)) {
            finding = .untrained
          } else if let gradient, let entry {
            let values = gradient.scalars(of: Double.self)
            if !values.allSatisfy(\.isFinite) {
              finding = .notFinite
            } else if values.allSatisfy({ $0 == 0 }) {
              finding = .zero(by: trail.zeros(from: entry))
            } else if let sums = trail.cancelled(values, gradient.dtype, at: entry) {
              finding = .cancelled(in: sums)
            } else {
              continue
            }
          } else if let entry {
            finding = .cut(after: trail.ends(from: entry))
          } else {
            finding = .neverRead
          }
          rows.append(.init(name: named.name, shape: named.box.shape, finding: finding))
        }
        return GradientAudit(rows: rows, parameters: inventory.parameters.count)
      }
    }
  }
}

/// Which cotangents are zero throughout, and what broadcasts summed. Called from within one walk.
private final class SeenCotangents: @unchecked Sendable {
  private(set) var isZero: [Int: Bool] = [:]
  /// For an entry and one that reads it, the sums of the absolute values of the parts.
  private(set) var sums: [Int: [Int: [Double]]] = [:]

  func note(_ entry: Int, _ cotangent: Tensor) {
    isZero[entry] = cotangent.scalars(of: Double.self).allSatisfy { $0 == 0 }
  }

  func noteSum(of absolute: [Double], to entry: Int, by reader: Int) {
    let known = sums[entry]?[reader]
    sums[entry, default: [:]][reader] = known.map { zip($0, absolute).map(+) } ?? absolute
  }
}

/// What depends on an entry.
private struct Trail {
  private let entries: [Tape.Entry]
  private let readers: [[Int]]
  /// How many entries the loss recorded; what stands behind them ran again for a checkpoint.
  private let recorded: Int
  private let loss: Int
  private let seen: SeenCotangents
  /// The last entry of the body that a checkpoint stands for.
  private var bodies: [Int: Int] = [:]

  init(
    _ entries: [Tape.Entry], _ replaced: [Int: Int], recorded: Int, loss: Int,
    _ seen: SeenCotangents
  ) {
    self.entries = entries
    self.recorded = recorded
    self.loss = loss
    self.seen = seen
    var readers = [[Int]](repeating: [], count: entries.count)
    for (number, entry) in entries.enumerated() {
      for parent in Set(entry.parents) { readers[parent].append(number) }
    }
    for (body, checkpoint) in replaced {
      readers[body].append(checkpoint)
      bodies[checkpoint] = body
    }
    self.readers = readers
  }

  /// The last entries that depend on this one: nothing recorded reads them.
  func ends(from start: Int) -> [String] {
    reached(from: start) { $0 < recorded }.filter { readers($0).isEmpty && $0 != loss }.map(name)
  }

  /// The recorded entries that read this one.
  private func readers(_ number: Int) -> [Int] { readers[number].filter { $0 < recorded } }

  /// The entries whose own cotangent is not zero and whose rule handed zero on to the path from here.
  func zeros(from start: Int) -> [String] {
    let silent = reached(from: start) { seen.isZero[$0] ?? true }
    var makers: Set<Int> = []
    for entry in silent {
      for reader in readers[entry] where seen.isZero[reader] == false { makers.insert(reader) }
    }
    // A checkpoint's rule runs its body again: what was seen there says more.
    let inner = makers.filter { entries[$0].primitive != .checkpoint }
    return (inner.isEmpty ? makers : inner).sorted().map(name)
  }

  /// The operations that sum the parts of a gradient, if nothing but rounding is left of them.
  func cancelled(_ gradient: [Double], _ dtype: DType, at entry: Int) -> [String]? {
    guard let sums = sums(to: entry), sums.absolute.count == gradient.count else { return nil }
    let rounding = 32 * (dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    let isRounding = zip(gradient, sums.absolute).allSatisfy { abs($0) <= rounding * $1 }
    return isRounding ? sums.readers.sorted().map(name) : nil
  }

  /// The absolute parts of a gradient all of which comes out of sums over broadcasts.
  private func sums(to entry: Int) -> (absolute: [Double], readers: [Int])? {
    let giving = readers[entry].filter {
      seen.isZero[$0] != nil && entries[$0].primitive != .checkpoint
    }
    if giving.count == 1, [.reshape, .variable].contains(entries[giving[0]].primitive) {
      return sums(to: giving[0])
    }
    guard let known = seen.sums[entry], !giving.isEmpty, giving.allSatisfy({ known[$0] != nil })
    else { return nil }
    let parts = giving.map { known[$0]! }
    return (parts.dropFirst().reduce(parts[0]) { zip($0, $1).map(+) }, giving)
  }

  /// Everything that is made of `start`, as far as `goesOn` holds.
  private func reached(from start: Int, while goesOn: (Int) -> Bool) -> [Int] {
    var found: Set<Int> = [start]
    var pending = [start]
    while let next = pending.popLast() {
      for reader in readers[next] where goesOn(reader) && found.insert(reader).inserted {
        pending.append(reader)
      }
    }
    return found.sorted()
  }

  private func name(_ number: Int) -> String {
    if let body = bodies[number] { return "\(name(body)), checkpointed" }
    let entry = entries[number]
    if entry.primitive == .variable { return "reading it" }
    let place = entry.frame.map { " in \($0.pathDescription)" } ?? ""
    let which = number >= recorded ? "run again" : "%\(number)"
    return "\(entry.primitive) (\(which))\(place)"
  }
}
