import Tensors

/// What a gradient check found, element by element where something is not right.
public struct GradientReport: Sendable {
  public enum Verdict: String, Sendable, CustomStringConvertible {
    /// Rule and measurement agree.
    case right
    /// They do not, and the measurement is sure.
    case wrong
    /// The slopes on the two sides differ: no derivative exists here, any choice between them is one.
    case kink
    /// The measurement does not settle at any step.
    case illConditioned = "ill-conditioned"
    /// A gradient of zero would pass as well: the check says nothing.
    case vacuous

    public var description: String { rawValue }
  }

  /// One element that is not right.
  public struct Finding: Sendable {
    /// 1 for the gradient, 2 for the derivative of the pullback.
    public let order: Int
    /// `input 0`, `parameter conv1.weight`, or `cotangent` (second order).
    public let place: String
    /// The element, or nil when only a random direction was tried.
    public let index: [Int]?
    public internal(set) var verdict: Verdict
    public let analytic: Double
    public let numeric: Double
    /// The slopes to the left and to the right.
    public let sides: (left: Double, right: Double)
    /// The step of the differences at which the measurement was best.
    public let step: Double
    /// Which cotangent brought it to light.
    public let cotangent: String
    /// The operations that read this input.
    public let primitive: String
    /// The slope by extrapolation from large steps, a third opinion where rule and differences
    /// disagree; nil where it was not asked or did not settle.
    public internal(set) var thirdOpinion: Double?

    /// The difference relative to the larger of the two.
    public var relativeError: Double {
      let size = Swift.max(Swift.abs(analytic), Swift.abs(numeric))
      return size == 0 ? 0 : Swift.abs(analytic - numeric) / size
    }
  }

  /// The verdict on one input, parameter or cotangent.
  public struct Row: Sendable {
    public let order: Int
    public let place: String
    public let shape: Shape
    public let verdict: Verdict
    /// How many elements were measured one by one; 0 where the random directions sufficed.
    public let elementsMeasured: Int
    /// How many of those are not right.
    public let elementsAmiss: Int
    /// What would explain the numbers, when something does.
    public let cause: String?
  }

  /// One row for each input and order.
  public internal(set) var rows: [Row] = []
  /// Elements that are not right, the worst first, at most eight for each row.
  public internal(set) var findings: [Finding] = []
  /// What the checker did that a reader should know, such as moving the inputs off a kink.
  public internal(set) var notes: [String] = []
  /// The rule at fault, found on the tape when a first-order check says wrong: the operation, which
  /// of its inputs, its entry and module. nil when nothing is wrong or no single entry explains it.
  public internal(set) var ruleAtFault: String?
  /// What makes the function uncheckable, such as values that differ between two calls.
  public internal(set) var faults: [String] = []
  /// How often the function was called.
  public internal(set) var evaluations = 0

  /// Whether every gradient is right. Kinks that the inputs could be moved away from do not count
  /// against it; a vacuous check does.
  public var passes: Bool { faults.isEmpty && rows.allSatisfy { $0.verdict == .right } }

  /// Whether some gradient is so small for every cotangent that zero would pass as well.
  public var isVacuous: Bool { rows.contains { $0.verdict == .vacuous } }

  /// The gravest verdict.
  public var verdict: Verdict {
    for verdict in [Verdict.wrong, .illConditioned, .vacuous, .kink] {
      if rows.contains(where: { $0.verdict == verdict }) { return verdict }
    }
    if !faults.isEmpty { return .illConditioned }
    return findings.contains { $0.verdict == .kink } ? .kink : .right
  }
}

extension GradientReport: CustomStringConvertible {
  public var description: String {
    var lines = [
      "gradients \(passes ? "pass" : "fail"): \(verdict.rawValue), \(rows.count) checks, "
        + "\(evaluations) calls"
    ]
    lines += faults.map { "  \($0)" }
    if let ruleAtFault { lines.append("  rule at fault: \(ruleAtFault)") }
    for row in rows where row.verdict != .right || !passes {
      let amiss =
        row.elementsMeasured > 0
        ? ", \(row.elementsAmiss) of \(row.elementsMeasured) elements amiss" : ""
      lines.append(
        "  \(row.place) \(row.shape), \(row.order == 1 ? "first" : "second") order: "
          + row.verdict.rawValue + amiss)
      lines += shown(row).map { "    \($0)" }
      if let cause = row.cause { lines.append("    usual cause: \(cause)") }
      if row.verdict == .vacuous {
        lines.append("    a gradient of zero would pass as well; check another function of it")
      }
    }
    lines += notes.map { "  note: \($0)" }
    return lines.joined(separator: "\n")
  }

  private func shown(_ row: Row) -> [String] {
    findings.filter { $0.order == row.order && $0.place == row.place }.map { finding in
      let place = finding.index.map { "\($0)" } ?? "along a random direction"
      let slopes =
        finding.verdict == .kink
        ? ", slopes \(finding.sides.left.scientific(4)) and \(finding.sides.right.scientific(4))"
        : ""
      return "\(place): \(finding.verdict.rawValue), analytic \(finding.analytic.scientific(6)), "
        + "numeric \(finding.numeric.scientific(6)), relative error "
        + "\(finding.relativeError.scientific(1))\(slopes), best step \(finding.step.scientific(1)), "
        + "cotangent \(finding.cotangent), read by \(finding.primitive)"
        + (finding.thirdOpinion.map { ", third opinion \($0.scientific(6))" } ?? "")
    }
  }
}
