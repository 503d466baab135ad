import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A learning rate for each step, counted from 0.
///
/// A schedule is a value without state: resuming needs the number of the step only. Steps beyond the
/// last have the last one's rate.
public protocol Schedule: Sendable {
  func rate(at step: Int) -> Double
  /// The momentum of a step, where the schedule moves it; nil leaves the optimiser's.
  func momentum(at step: Int) -> Double?
}

extension Schedule {
  public func momentum(at step: Int) -> Double? { nil }
}

extension Optimizer {
  /// Sets rate and momentum to those of a step.
  public mutating func follow(_ schedule: any Schedule, at step: Int) {
    learningRate = schedule.rate(at: step)
    if let momentum = schedule.momentum(at: step) { self.momentum = momentum }
  }
}

/// The same rate at every step.
public struct ConstantRate: Schedule {
  public let rate: Double

  public init(_ rate: Double) { self.rate = rate }

  public func rate(at step: Int) -> Double { rate }
}

/// The rate multiplied by a factor at certain steps: each of `milestones`, or every so many.
public struct StepRate: Schedule {
  public let start: Double
  public let factor: Double
  private let drops: Drops

  private enum Drops: Sendable {
    case every(Int)
    case at([Int])
  }

  public init(start: Double, every steps: Int, factor: Double = 0.1) {
    guard steps > 0 else { fail("StepRate", "wants at least one step a stair, given \(steps)") }
    self.start = start
    self.factor = factor
    drops = .every(steps)
  }

  public init(start: Double, milestones: [Int], factor: Double = 0.1) {
    self.start = start
    self.factor = factor
    drops = .at(milestones)
  }

  public func rate(at step: Int) -> Double {
    let count: Int
    switch drops {
    case .every(let steps): count = max(step, 0) / steps
    case .at(let milestones): count = milestones.reduce(0) { $0 + (step >= $1 ? 1 : 0) }
    }
    return (0..<count).reduce(start) { rate, _ in rate * factor }
  }
}

/// Half a cosine from `peak` down to `final`, after a linear warm-up.
///
///     peak * (k + 1) / warmUp                                                        k < warmUp
///     final + (peak - final) * (1 + cos(pi (k - warmUp) / (steps - warmUp))) / 2      above
///
/// Source: Loshchilov and Hutter, 2016; warm-up as in Goyal et al., 2017.
public struct CosineRate: Schedule {
  public let peak: Double
  public let final: Double
  public let steps: Int
  public let warmUp: Int

  public init(peak: Double, steps: Int, warmUp: Int = 0, final: Double = 0) {
    guard steps > 0, warmUp >= 0, warmUp <= steps else {
      fail(
        "CosineRate",
        "wants at least one step and a warm-up within them, given \(steps) and \(warmUp)")
    }
    self.peak = peak
    self.final = final
    self.steps = steps
    self.warmUp = warmUp
  }

  public func rate(at step: Int) -> Double {
    let step = min(max(step, 0), steps - 1)
    if step < warmUp { return peak * Double(step + 1) / Double(warmUp) }
    let share = Double(step - warmUp) / Double(steps - warmUp)
    return final + (peak - final) * (1 + cos(.pi * share)) / 2
  }
}

/// Up to a peak and down to almost nothing; the momentum moves the other way.
///
/// From `peak / startDivisor` up until step `rise * steps - 1`, then down to
/// `peak / (startDivisor * finalDivisor)` at the last step. The same numbers as PyTorch's `OneCycleLR`
/// with two phases. Source: Smith and Topin, 2017.
public struct OneCycleRate: Schedule {
  /// How rate and momentum go from one value to another.
  public enum Curve: Sendable, Hashable { case cosine, linear }

  public let peak: Double
  public let steps: Int
  public let rise: Double
  public let startDivisor: Double
  public let finalDivisor: Double
  /// The momentum at the peak and at both ends; nil leaves the optimiser's as it is.
  public let momentum: ClosedRange<Double>?
  public let curve: Curve

  public init(
    peak: Double, steps: Int, rise: Double = 0.3, startDivisor: Double = 25,
    finalDivisor: Double = 1e4, momentum: ClosedRange<Double>? = 0.85...0.95, curve: Curve = .cosine
  ) {
    guard steps > 0, rise >= 0, rise <= 1, startDivisor > 0, finalDivisor > 0 else {
      fail(
        "OneCycleRate",
        "wants at least one step, a rise in [0, 1] and positive divisors, given \(steps) steps, a "
          + "rise of \(rise), divisors \(startDivisor) and \(finalDivisor)")
    }
    self.peak = peak
    self.steps = steps
    self.rise = rise
    self.startDivisor = startDivisor
    self.finalDivisor = finalDivisor
    self.momentum = momentum
    self.curve = curve
  }

  public func rate(at step: Int) -> Double {
    let start = peak / startDivisor
    return value(at: step, start: start, middle: peak, end: start / finalDivisor)
  }

  public func momentum(at step: Int) -> Double? {
    momentum.map {
      value(at: step, start: $0.upperBound, middle: $0.lowerBound, end: $0.upperBound)
    }
  }

  private func value(at step: Int, start: Double, middle: Double, end: Double) -> Double {
    let step = Double(min(max(step, 0), steps - 1))
    let top = rise * Double(steps) - 1
    let last = Double(steps - 1)
    if step <= top { return top > 0 ? between(start, middle, step / top) : middle }
    return between(middle, end, (step - top) / (last - top))
  }

  private func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
    switch curve {
    case .linear: start + (end - start) * share
    case .cosine: end + (start - end) / 2 * (1 + cos(.pi * share))
    }
  }
}
