import Autodiff
import Tensors

/// Every gradient check of the framework: each primitive, the functions composed from them, the layers
/// and one block of each model.
public enum Registry {
  /// All cases, family by family.
  public static let cases: [GradientCase] = (families + specialPoints).flatMap(\.cases)

  private static let families: [Family] = [
    arithmetic, elementary, comparison, activations,
    reductions, cumulative, norms, sorting, products, contractions,
    convolution, sequenceConvolution, volumeConvolution,
    pooling, sequencePooling, volumePooling, adaptivePooling, unpooling,
    resampling, gridSampling, normalization, regularization,
    structure, rearranging, padding, indexing, alongAxis,
    losses, marginLosses, compositions, layers, activationLayers, windowLayers, spatialLayers,
    extendingLayers, models,
  ]

  /// The primitives that must stand on the tape of some case: all but those without a derivative and
  /// the tape's own.
  public static var checkedPrimitives: [Primitive] {
    Primitive.allCases.filter {
      !Primitive.withoutDerivative.contains($0) && !Primitive.bookkeeping.contains($0)
    }
  }

  /// What the functions are called whose primitive is the subject of cases.
  private static let callers: [String: [String]] = [
    "absolute": ["abs"], "addAlong": ["added"], "avgPool": ["avgPool2D"],
    "broadcast": ["broadcasted"], "correlate": ["conv2D"],
    "correlateTransposed": ["convTransposed2D"], "gather": ["gathered"], "maxPool": ["maxPool2D"],
    "pad": ["padded"], "pickPerRow": ["pickedPerRow"],
    "placePerRow": ["placedPerRow"], "power": ["pow"],
    "reshape": ["reshaped"], "scatterAdd": ["scatterAdded"], "slice": ["sliced"],
    "takeAlong": ["taken"], "transpose": ["transposed"],
  ]

  /// A subject, and the functions of the interface that it stands for.
  static func names(of subject: String) -> [String] { [subject] + callers[subject, default: []] }

  /// The cases of this family or subject, or of the function of this name; letters count as they are
  /// written if that finds any. Else those whose family or name contains the text.
  public static func cases(matching text: String?) -> [GradientCase] {
    guard let text, !text.isEmpty else { return cases }
    for isSame in [{ $0 == text }, { $0.lowercased() == text.lowercased() }] as [(String) -> Bool] {
      let found = cases.filter {
        isSame($0.family) || names(of: $0.subject).contains(where: isSame)
      }
      if !found.isEmpty { return found }
    }
    return cases.filter {
      "\($0.family) \($0.name)".lowercased().contains(text.lowercased())
    }
  }
}

/// What a run of the registry found.
public struct RegistrySummary: Sendable {
  /// One case and its verdict.
  public struct Row: Sendable {
    public let family: String
    public let subject: String
    public let name: String
    public let verdict: GradientReport.Verdict
    public let passes: Bool
    public let isVacuous: Bool
    public let seconds: Double
    /// The whole report as text; empty for a case that passes.
    public let report: String
  }

  /// How many primitives stand on the tapes of the cases that ran.
  public let primitives: Int
  /// How many operations, layers and blocks the cases are about.
  public var functions: Int { Set(rows.map { "\($0.family)/\($0.subject)" }).count }
  public let rows: [Row]
  public let seed: UInt64

  public var cases: Int { rows.count }
  /// Cases that do not pass, vacuous ones left out.
  public var failed: Int { rows.count { !$0.passes && !$0.isVacuous } }
  /// Cases in which a gradient of zero would pass as well, at four draws of the inputs.
  public var vacuous: Int { rows.count { $0.isVacuous } }
  public var passes: Bool { failed == 0 && vacuous == 0 }
}

/// Runs the gradient checks of the registry, first and second order.
///
/// `only` selects by family, subject or a part of the name; `seed` decides all random numbers;
/// `progress` is told of each case as it ends.
public func runRegistry(
  only: String? = nil, seed: UInt64 = 0, mode: CheckMode = .projection,
  progress: (_ done: Int, _ of: Int, _ row: RegistrySummary.Row) -> Void = { _, _, _ in }
) -> RegistrySummary {
  let cases = Registry.cases(matching: only)
  let options = GradientCheckOptions(seed: seed)
  var rows: [RegistrySummary.Row] = []
  var seen: Set<String> = []
  for item in cases {
    seen.formUnion(item.record(seed).operationCounts.keys)
    let clock = ContinuousClock()
    let start = clock.now
    var report = item.check(mode, options)
    // Some inputs are stationary by chance, such as -1/2 for x^2 + x: other ones decide.
    for attempt in 1...3 where report.verdict == .vacuous {
      report = item.check(mode, GradientCheckOptions(seed: seed &+ UInt64(attempt) << 32))
    }
    let elapsed = clock.now - start
    let row = RegistrySummary.Row(
      family: item.family, subject: item.subject, name: item.name, verdict: report.verdict,
      passes: report.passes, isVacuous: report.verdict == .vacuous,
      seconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18,
      report: report.passes ? "" : "\(report)")
    rows.append(row)
    progress(rows.count, cases.count, row)
  }
  let covered = Registry.checkedPrimitives.count { seen.contains($0.rawValue) }
  return RegistrySummary(primitives: covered, rows: rows, seed: seed)
}
