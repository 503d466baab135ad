import Tensors

/// The slope of a function along one direction, measured by differences of its values.
struct Slope {
  let value: Double
  /// How far the two best steps are apart: what the measurement is worth.
  let error: Double
  /// The step at which the measurement was best.
  let step: Double
  /// One-sided slopes at that step.
  let left: Double
  let right: Double
  /// Whether the one-sided slopes stay apart as the step shrinks.
  let isKink: Bool

  static let missing = Slope(
    value: .nan, error: .infinity, step: 0, left: 0, right: 0, isKink: false)
  static let none = Slope(
    value: 0, error: 0, step: 0, left: 0, right: 0, isKink: false)
}

/// Measures slopes by central differences over a sweep of steps.
///
/// The best step is the one whose result agrees best with that of the next smaller step. The analytic
/// value plays no part in the choice: a sweep that looked for the step closest to it would find
/// agreement by chance.
struct Differences {
  /// The function: values of all inputs to all elements of all results.
  let evaluate: ([[Double]]) -> [Double]
  let point: [[Double]]
  let center: [Double]
  let absoluteTolerance: Double
  let relativeTolerance: Double

  /// Tried first: truncation and rounding are both far below the tolerance for most functions.
  private static let firstSteps = [0x1p-13, 0x1p-17]
  /// Tried where the first disagree: smaller ones for a kink near by, a larger one for flat functions.
  private static let otherSteps = [0x1p-9, 0x1p-20, 0x1p-23]

  /// Brings steps off the powers of two: the square root of a half, nearly.
  static let offLattice = 0.7071

  private struct Probe {
    let step: Double
    let after: [Double]
    let before: [Double]
  }

  init(
    at point: [[Double]], center: [Double], options: GradientCheckOptions,
    _ evaluate: @escaping ([[Double]]) -> [Double]
  ) {
    self.evaluate = evaluate
    self.point = point
    self.center = center
    absoluteTolerance = options.absoluteTolerance
    relativeTolerance = options.relativeTolerance
  }

  /// The difference that counts as agreement between two values of a slope.
  func tolerance(_ a: Double, _ b: Double, cotangent: [Double], direction: Double) -> Double {
    let size = cotangent.reduce(0) { Swift.max($0, Swift.abs($1)) }
    return absoluteTolerance * size * direction
      + relativeTolerance * Swift.max(Swift.abs(a), Swift.abs(b))
  }

  /// Half the spacing of the values that `<cotangent, function>` sums: what rounding hides at least.
  private func resolution(_ cotangent: [Double]) -> Double {
    0x1p-53 * zip(cotangent, center).reduce(0) { $0 + ($1.0 * $1.1) * ($1.0 * $1.1) }.squareRoot()
  }

  /// A power of two near the size of values: steps are taken relative to it.
  static func size(of values: [Double]) -> Double {
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    guard square > 0, square.isFinite else { return 1 }
    var size = 1.0
    while size * size * 2 < square, size < 0x1p+20 { size *= 2 }
    while size * size > square * 2, size > 0x1p-20 { size /= 2 }
    return size
  }

  /// How fast each result changes, at least what rounding would hide, when all inputs are displaced.
  func rates(along directions: [[Double]]) -> [Double] {
    let step = Self.firstSteps[0]
    func moved(_ step: Double) -> [Double] {
      evaluate(zip(point, directions).map { zip($0, $1).map { $0 + step * $1 } })
    }
    let (after, before) = (moved(step), moved(-step))
    return center.indices.map {
      Swift.max(Swift.abs(after[$0] - before[$0]), 0x1p-50 * Swift.abs(center[$0])) / (2 * step)
    }
  }

  /// The slopes of `<cotangent, function>` along `direction` in one input, for each cotangent; and the
  /// slope of every result, at the last step taken. `stretch` takes all steps that much longer.
  func slopes(
    input: Int, direction: [Double], cotangents: [[Double]], stretch: Double = 1
  ) -> (slopes: [Slope], results: [Double]) {
    let length = direction.reduce(0) { Swift.max($0, Swift.abs($1)) }
    var probes = Self.firstSteps.map { probe(input, direction, $0 * stretch) }
    var found = cotangents.map { slope($0, probes, length) }
    if found.contains(where: { !$0.isSettled }) {
      probes += Self.otherSteps.map { probe(input, direction, $0 * stretch) }
      probes.sort { $0.step > $1.step }
      found = cotangents.map { slope($0, probes, length) }
    }
    let last = probes[Swift.min(1, probes.count - 1)]
    let results = zip(last.after, last.before).map { ($0 - $1) / (2 * last.step) }
    return (found.map(\.slope), results)
  }

  private func probe(_ input: Int, _ direction: [Double], _ step: Double) -> Probe {
    var moved = point
    moved[input] = zip(point[input], direction).map { $0 + step * $1 }
    let after = evaluate(moved)
    moved[input] = zip(point[input], direction).map { $0 - step * $1 }
    return Probe(step: step, after: after, before: evaluate(moved))
  }

  private func slope(
    _ cotangent: [Double], _ probes: [Probe], _ length: Double
  ) -> (slope: Slope, isSettled: Bool) {
    if cotangent.allSatisfy({ $0 == 0 }) {
      // Zero times a slope that does not exist is no zero.
      let exists = probes.allSatisfy { probe in
        probe.after.allSatisfy(\.isFinite) && probe.before.allSatisfy(\.isFinite)
      }
      return (exists ? .none : .missing, true)
    }
    let sides = probes.map { probe -> (left: Double, right: Double) in
      var left = 0.0
      var right = 0.0
      for (index, weight) in cotangent.enumerated() where weight != 0 {
        left += weight * (center[index] - probe.before[index])
        right += weight * (probe.after[index] - center[index])
      }
      return (left / probe.step, right / probe.step)
    }
    var best = Slope.missing
    let resolution = resolution(cotangent)
    for index in 0..<(probes.count - 1) {
      let (coarse, fine) = (sides[index], sides[index + 1])
      let large = (coarse.left + coarse.right) / 2
      let small = (fine.left + fine.right) / 2
      // Two differences that rounding made zero agree as well.
      let rounding = resolution / probes[index + 1].step
      let error = Swift.abs(large - small) + rounding
      guard error < best.error else { continue }
      // The error of a central difference falls with the square of the step.
      let ratio = probes[index].step / probes[index + 1].step
      let value = small + (small - large) / (ratio * ratio - 1)
      let gap = Swift.abs(fine.right - fine.left)
      // At a kink each side has a slope of its own, which stays as the step shrinks.
      let drift = Swift.abs(fine.right - coarse.right) + Swift.abs(fine.left - coarse.left)
      let allowed = tolerance(value, value, cotangent: cotangent, direction: length)
      best = Slope(
        value: value, error: error, step: probes[index + 1].step, left: fine.left,
        right: fine.right,
        isKink: gap > 2 * allowed + 8 * rounding && drift < 0.5 * gap)
    }
    let allowed = tolerance(best.value, best.value, cotangent: cotangent, direction: length)
    return (best, best.error <= 0.1 * allowed && !best.isKink)
  }

  // MARK: - A third opinion

  /// The slope of `<cotangent, function>` along `direction` by extrapolation from large steps.
  ///
  /// Ten central differences, each at half the step of the one before, extrapolated to step zero by a
  /// polynomial in its square (Neville's scheme): the last columns are differences of order up to 20.
  /// The steps are no powers of two, which the sweep's are: both would miss an oscillation in phase.
  /// It uses other points than the sweep and other arithmetic than the rule, so that it can judge
  /// between them. Source: Ridders, Accurate computation of F'(x) and F'(x) F''(x), 1982.
  func extrapolated(
    input: Int, direction: [Double], cotangent: [Double]
  ) -> (value: Double, error: Double) {
    var best = (value: Double.nan, error: Double.infinity)
    var above: [Double] = []
    var step = 0x1p-3 * Self.offLattice
    for level in 0..<10 {
      let probe = probe(input, direction, step)
      var sum = 0.0
      for (index, weight) in cotangent.enumerated() where weight != 0 {
        sum += weight * (probe.after[index] - probe.before[index])
      }
      var row = [sum / (2 * step)]
      var factor = 4.0
      for order in 0..<level {
        row.append((factor * row[order] - above[order]) / (factor - 1))
        factor *= 4
        let error = Swift.max(
          Swift.abs(row[order + 1] - row[order]), Swift.abs(row[order + 1] - above[order]))
        if error < best.error { best = (row[order + 1], error) }
      }
      // Rounding has taken over.
      if level > 0, Swift.abs(row[level] - above[level - 1]) > 4 * best.error, level > 3 { break }
      above = row
      step /= 2
    }
    return best
  }
}
