import Foundation

/// One direction of a chart: its label, its scale, and the part of it shown.
public struct Axis: Sendable, ExpressibleByStringLiteral {
  public enum Scale: Sendable { case linear, logarithmic }

  /// What is measured, with its unit; may be empty.
  public var label: String
  public var scale: Scale

  /// The values shown; `nil` shows all there are. Points outside are cut off.
  public var range: ClosedRange<Double>?

  public init(_ label: String, _ scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
    self.label = label
    self.scale = scale
    self.range = range
  }

  public init(stringLiteral label: String) { self.init(label) }
}

/// An axis fitted to values: where each value lies, and which values are worth a label.
struct FittedAxis {
  struct Tick: Equatable {
    let value: Double
    let label: String
  }

  let scale: Axis.Scale
  let lower: Double
  let upper: Double
  let ticks: [Tick]

  /// The place of a value: 0 at the lower end, 1 at the upper; `nil` where it has none (NaN,
  /// infinities, and on a logarithmic scale zero and below).
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return (value - lower) / (upper - lower)
    case .logarithmic:
      guard value > 0 else { return nil }
      return log(value / lower) / log(upper / lower)
    }
  }

  /// Where an axis ends.
  enum Ends {
    /// At the round numbers around the values.
    case round
    /// At the values themselves, or at a round number just behind them. Of whole numbers (epochs,
    /// steps), only whole ones are labelled.
    case near
  }

  /// Fits `axis` to the values, with about that many ticks. A range asked for is kept exactly.
  init(_ axis: Axis, values: some Sequence<Double>, ticks wanted: Int, ends: Ends = .round) {
    let isLog = axis.scale == .logarithmic
    var low = Double.infinity
    var high = -Double.infinity
    var areWhole = ends == .near
    for value in values where value.isFinite && (!isLog || value > 0) {
      low = min(low, value)
      high = max(high, value)
      areWhole = areWhole && value == value.rounded()
    }
    var slack: Double? = ends == .round ? nil : 0.02
    if let range = axis.range, range.lowerBound.isFinite, range.upperBound.isFinite,
      !isLog || range.lowerBound > 0
    {
      (low, high) = (range.lowerBound, range.upperBound)
      areWhole = false
      slack = 0
    }
    if low > high { (low, high) = isLog ? (0.1, 1) : (0, 1) }
    scale = axis.scale
    (lower, upper, ticks) =
      isLog
      ? Self.logarithmic(low, high, wanted: wanted, keepsEnds: slack != nil)
      : Self.linear(low, high, wanted: wanted, areWhole: areWhole, slack: slack)
  }

  // MARK: - Round numbers

  /// Ends and ticks of a linear axis. With `slack`, the ends stay where they are, unless a round
  /// number lies within that share of the extent behind them.
  private static func linear(
    _ low: Double, _ high: Double, wanted: Int, areWhole: Bool, slack: Double?
  ) -> (Double, Double, [Tick]) {
    var (low, high) = (low, high)
    // A flat line gets room on both sides; so does one flat but for rounding.
    let size = max(abs(low), abs(high))
    if high - low <= size * 1e-12 {
      let room = areWhole || size == 0 ? 1 : size * 0.1
      (low, high) = (low - room, high + room)
    }
    let rough = (high - low) / Double(max(wanted, 1))
    let step = areWhole ? max(1, roundStep(rough)) : roundStep(rough)
    // What lies this near to a multiple of the step is one but for rounding.
    let tiny = 1e-9
    var first = (low / step + tiny).rounded(.down)
    var last = (high / step - tiny).rounded(.up)
    if let slack {
      let room = (high - low) * slack
      if low - first * step <= room { low = min(low, first * step) } else { first += 1 }
      if last * step - high <= room { high = max(high, last * step) } else { last -= 1 }
    } else {
      (low, high) = (first * step, last * step)
    }
    guard last >= first, last - first < 100 else { return (low, high, []) }
    let ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    return (low, high, ticks.map { Tick(value: $0, label: label($0, step: step)) })
  }

  /// The next of 1, 2, 5 times a power of ten that is not below `rough`.
  private static func roundStep(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    let multiple = rough / power
    return power * (multiple <= 1.0001 ? 1 : multiple <= 2.0001 ? 2 : multiple <= 5.0001 ? 5 : 10)
  }

  /// Every label of an axis shows as many decimals as its step needs.
  private static func label(_ value: Double, step: Double) -> String {
    if abs(value) < step / 2 { return "0" }
    let decimals = Int(max(0, (-log10(step) - 1e-9).rounded(.up)))
    if decimals > 4 || abs(value) >= 1e9 { return NumberFormat.short(value, digits: 3) }
    if decimals == 0 { return NumberFormat.short(value, digits: 9) }
    return NumberFormat.fixed(value, decimals)
  }

  private static func logarithmic(
    _ low: Double, _ high: Double, wanted: Int, keepsEnds: Bool
  ) -> (Double, Double, [Tick]) {
    var (low, high) = (low, high)
    if high / low < 1.0001 { (low, high) = (low / 2, high * 2) }
    let decades = log10(high / low)
    // Few decades need labels between the powers of ten, many leave some of the powers out.
    let multiples: [Double] = decades < 1.5 ? [1, 2, 3, 5, 7] : decades < 3 ? [1, 2, 5] : [1]
    let stride = max(1, Int((decades / Double(max(wanted, 1))).rounded(.up)))
    var candidates: [Double] = []
    let firstPower = Int(log10(low).rounded(.down)) - 1
    let lastPower = Int(log10(high).rounded(.up)) + 1
    for exponent in firstPower...lastPower where exponent % stride == 0 {
      candidates += multiples.map { $0 * pow(10, Double(exponent)) }
    }
    if !keepsEnds {
      low = candidates.last { $0 <= low * 1.000001 } ?? low
      high = candidates.first { $0 >= high / 1.000001 } ?? high
    }
    let shown = candidates.filter { $0 >= low / 1.000001 && $0 <= high * 1.000001 }
    return (
      low, high,
      shown.map { value in
        let exponent = Int(log10(value * 1.000001).rounded(.down))
        let isPower = multiples.count == 1 && (exponent < -3 || exponent > 4)
        return Tick(
          value: value,
          label: isPower ? NumberFormat.power(exponent) : NumberFormat.short(value, digits: 2))
      }
    )
  }
}
