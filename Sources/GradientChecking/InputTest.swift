import Tensors

/// The check of one input: analytic cotangents against slopes, along directions or element by element.
struct InputTest {
  let subject: Subject
  let input: Int
  /// The analytic cotangent of the input, for each cotangent of the results.
  let analytic: [[Double]]
  let cotangents: [Cotangent]
  let differences: Differences
  var draw: Draw

  /// Elements that are not right.
  private(set) var findings: [GradientReport.Finding] = []
  private var disagreements: [Disagreement] = []
  /// Whether every slope measured so far could pass for zero, of a result that has elements.
  private(set) var isVacuous: Bool
  /// What explains the numbers, when they are wrong.
  private(set) var cause: String?

  init(
    subject: Subject, input: Int, analytic: [[Double]], cotangents: [Cotangent],
    differences: Differences, draw: Draw
  ) {
    self.subject = subject
    self.input = input
    self.analytic = analytic
    self.cotangents = cotangents
    self.differences = differences
    self.draw = draw
    isVacuous = !differences.center.isEmpty
  }

  var count: Int { differences.point[input].count }
  private var shape: Shape { subject.inputs[input].shape }

  /// Steps are taken relative to it.
  private var size: Double { Differences.size(of: differences.point[input]) }

  // MARK: - Directions

  /// A direction that did not agree, and for which cotangent.
  private struct Disagreement {
    let direction: [Double]
    let cotangent: Int
    var finding: GradientReport.Finding
  }

  /// Whether the analytic slope agrees with the measured one along random directions.
  mutating func agreesAlongDirections(_ number: Int) -> Bool {
    let size = size
    for _ in 0..<Swift.max(number, 1) {
      `try`(draw.numbers(count) { $0.signed(from: 0.5, to: 1.5) * size })
    }
    if disagreements.isEmpty, let balanced { `try`(balanced) }
    return disagreements.isEmpty
  }

  private mutating func `try`(_ direction: [Double]) {
    let length = direction.reduce(0) { Swift.max($0, Swift.abs($1)) }
    let (slopes, _) = differences.slopes(
      input: input, direction: direction, cotangents: cotangents.map(\.values))
    for (number, slope) in slopes.enumerated() {
      let expected = Self.product(analytic[number], direction)
      let finding = note(number, expected, slope, scale: 1, length: length, index: nil)
      if let finding {
        disagreements.append(
          Disagreement(direction: direction, cotangent: number, finding: finding))
      }
    }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// A direction along which elements with a steep slope move less, where slopes differ much: one that
  /// is a thousand times steeper hides the others. nil where none is.
  private var balanced: [Double]? {
    let steepness = analytic[0].map { Swift.abs($0) }
    let sorted = steepness.filter { $0 > 0 && $0.isFinite }.sorted()
    guard let steepest = sorted.last else { return nil }
    let typical = sorted[sorted.count / 2]
    let least = sorted[0]
    guard steepest > 1024 * least else { return nil }
    let reference = steepest > 1024 * typical ? typical : least
    var draw = draw
    let size = size
    return steepness.map {
      draw.signed(from: 0.5, to: 1.5) * size * ($0 > reference ? reference / $0 : 1)
    }
  }

  /// What the directions found, confirmed: for inputs of which not every element is measured.
  var directionFindings: [GradientReport.Finding] {
    disagreements.map { disagreement in
      var finding = disagreement.finding
      if finding.verdict == .wrong,
        !isConfirmed(finding, disagreement.direction, disagreement.cotangent, scale: 1)
      {
        finding.verdict = .illConditioned
      }
      return finding
    }
  }

  /// Elements that may have made a direction disagree: it is halved, and halved again, where it does.
  func suspects() -> [Int] {
    guard let first = disagreements.first else { return [] }
    var suspects: [Int] = []
    var measured = 0
    var open = [0..<count]
    while let range = open.popLast(), suspects.count < 4, measured < 80 {
      if range.count == 1 {
        suspects.append(range.lowerBound)
        continue
      }
      let middle = (range.lowerBound + range.upperBound) / 2
      for half in [middle..<range.upperBound, range.lowerBound..<middle] {
        measured += 1
        var direction = [Double](repeating: 0, count: count)
        for place in half { direction[place] = first.direction[place] }
        let cotangent = cotangents[first.cotangent].values
        let slope = differences.slopes(
          input: input, direction: direction, cotangents: [cotangent]
        ).slopes[0]
        let expected = Self.product(analytic[first.cotangent], direction)
        let length = direction.reduce(0) { Swift.max($0, Swift.abs($1)) }
        let allowed = differences.tolerance(
          expected, slope.value, cotangent: cotangent, direction: length)
        if !(Swift.abs(expected - slope.value) <= allowed) { open.append(half) }
      }
    }
    return suspects
  }

  // MARK: - Elements

  /// Measures elements one by one.
  mutating func measure(_ places: [Int]) {
    let size = size
    var numeric = cotangents.map { _ in [Double](repeating: 0, count: count) }
    var jacobian: [[Double]] = []
    for place in places {
      var (found, slopes, results, scale) = measured(place, scale: size)
      // An element of another size than the rest may want steps of its own.
      let own = Differences.size(of: [differences.point[input][place]])
      if !found.isEmpty, differences.point[input][place] != 0, own != size {
        let second = measured(place, scale: own)
        if second.found.count < found.count { (found, slopes, results, scale) = second }
      }
      findings += found
      for (number, slope) in slopes.enumerated() { numeric[number][place] = slope.value / scale }
      if places.count == count, count * results.count <= 1 << 20 {
        jacobian.append(results.map { $0 / scale })
      }
    }
    keepOneFindingPerElement()
    hearThirdOpinion()
    guard places.count == count, findings.contains(where: { $0.verdict == .wrong }) else { return }
    let number = failed(numeric)
    cause =
      UsualCause(
        analytic: analytic[number], numeric: numeric[number], shape: shape,
        cotangent: cotangents[number].values,
        input: differences.point[input], results: differences.center, jacobian: jacobian,
        resultShape: subject.order == 1 ? subject.evaluate(subject.inputs)[0].shape : nil
      ).description
  }

  private typealias Measured = (
    found: [GradientReport.Finding], slopes: [Slope], results: [Double], scale: Double
  )

  private mutating func measured(_ place: Int, scale: Double) -> Measured {
    var direction = [Double](repeating: 0, count: count)
    direction[place] = scale
    let (slopes, results) = differences.slopes(
      input: input, direction: direction, cotangents: cotangents.map(\.values))
    let found = slopes.enumerated().compactMap { number, slope in
      note(
        number, analytic[number][place] * scale, slope, scale: scale, length: scale,
        index: shape.indices(of: place))
    }
    return (found, slopes, results, scale)
  }

  private mutating func keepOneFindingPerElement() {
    var worst: [[Int]: GradientReport.Finding] = [:]
    for finding in findings {
      let key = finding.index ?? []
      if let known = worst[key] {
        let isGraver = known.verdict != .wrong && finding.verdict == .wrong
        let isLarger =
          known.verdict == finding.verdict && finding.relativeError > known.relativeError
        if isGraver || isLarger { worst[key] = finding }
      } else {
        worst[key] = finding
      }
    }
    findings = worst.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
  }

  // MARK: - Verdicts

  /// The verdict on one slope, kept as a finding unless it is right.
  private mutating func note(
    _ number: Int, _ expected: Double, _ slope: Slope, scale: Double, length: Double,
    index: [Int]?
  ) -> GradientReport.Finding? {
    let cotangent = cotangents[number]
    let allowed = differences.tolerance(
      expected, slope.value, cotangent: cotangent.values, direction: length)
    let floor = differences.tolerance(0, 0, cotangent: cotangent.values, direction: length)
    if !(Swift.abs(slope.value) <= floor) || slope.isKink { isVacuous = false }
    let verdict = verdict(
      expected, slope, allowed: allowed, floor: floor, isElement: index != nil)
    guard verdict != .right else { return nil }
    return GradientReport.Finding(
      order: subject.order, place: subject.places[input], index: index, verdict: verdict,
      analytic: expected / scale, numeric: slope.value / scale,
      sides: (slope.left / scale, slope.right / scale), step: slope.step * scale,
      cotangent: cotangent.name, primitive: subject.readers[input], thirdOpinion: nil)
  }

  /// Asks for a third opinion on the findings, the worst first, and changes the verdicts it decides: wrong
  /// stands only if the extrapolation, where it settles, sides with the differences, and what the
  /// differences could not settle is right or wrong if the extrapolation can.
  mutating func hearThirdOpinion() {
    findings.sort { Self.gravity($0) > Self.gravity($1) }
    for number in findings.indices {
      guard number < Self.mostOpinions || !findings.contains(where: { $0.verdict == .wrong })
      else { break }
      findings[number] = withThirdOpinion(findings[number])
    }
    findings.removeAll { $0.verdict == .right }
    findings.sort { Self.gravity($0) > Self.gravity($1) }
  }

  private static let mostOpinions = 4

  private func withThirdOpinion(
    _ finding: GradientReport.Finding
  ) -> GradientReport.Finding {
    guard finding.verdict == .wrong || finding.verdict == .illConditioned,
      finding.analytic.isFinite, let index = finding.index,
      let cotangent = cotangents.first(where: { $0.name == finding.cotangent })
    else { return finding }
    let size = size
    var direction = [Double](repeating: 0, count: count)
    direction[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }] = size
    let third = differences.extrapolated(
      input: input, direction: direction, cotangent: cotangent.values)
    let expected = finding.analytic * size
    guard third.value.isFinite, third.error.isFinite else {
      return confirmed(finding, direction, cotangent)
    }
    let allowed = differences.tolerance(
      expected, third.value, cotangent: cotangent.values, direction: size)
    guard third.error <= 0.1 * allowed else { return confirmed(finding, direction, cotangent) }
    var judged = finding
    judged.thirdOpinion = third.value / size
    let error = Swift.abs(expected - third.value)
    if error <= allowed {
      judged.verdict = finding.verdict == .wrong ? .illConditioned : .right
      return judged
    }
    // Both measurements must contradict the rule with one voice: three different numbers prove nothing,
    // as where a function oscillates and steps agree by chance.
    let measured = finding.numeric * size
    let floor = differences.tolerance(0, 0, cotangent: cotangent.values, direction: size)
    let larger = Swift.max(Swift.abs(measured), Swift.abs(third.value))
    let areOne = Swift.abs(measured - third.value) <= floor + 0.25 * Swift.min(error, larger)
    let contradicts = !(Swift.abs(expected - measured) <= allowed)
    judged.verdict = areOne && contradicts ? .wrong : .illConditioned
    return judged
  }

  /// Where there is no third opinion, wrong must be measured twice.
  private func confirmed(
    _ finding: GradientReport.Finding, _ direction: [Double], _ cotangent: Cotangent
  ) -> GradientReport.Finding {
    guard finding.verdict == .wrong,
      let number = cotangents.firstIndex(where: { $0.name == cotangent.name }),
      !isConfirmed(finding, direction, number, scale: size)
    else { return finding }
    var judged = finding
    judged.verdict = .illConditioned
    return judged
  }

  /// Whether steps off the powers of two say wrong as well, and with much the same slope.
  private func isConfirmed(
    _ finding: GradientReport.Finding, _ direction: [Double], _ number: Int, scale: Double
  ) -> Bool {
    guard finding.analytic.isFinite else { return true }
    let cotangent = cotangents[number].values
    let length = direction.reduce(0) { Swift.max($0, Swift.abs($1)) }
    let slope = differences.slopes(
      input: input, direction: direction, cotangents: [cotangent],
      stretch: Differences.offLattice
    ).slopes[0]
    let (expected, first) = (finding.analytic * scale, finding.numeric * scale)
    let floor = differences.tolerance(0, 0, cotangent: cotangent, direction: length)
    let allowed = differences.tolerance(
      expected, slope.value, cotangent: cotangent, direction: length)
    let larger = Swift.max(Swift.abs(first), Swift.abs(slope.value))
    let error = Swift.abs(expected - slope.value)
    return error > allowed
      && Swift.abs(first - slope.value) <= floor + 0.25 * Swift.min(error, larger)
  }

  static func gravity(_ finding: GradientReport.Finding) -> Double {
    let error = finding.relativeError.isNaN ? 2 : finding.relativeError
    switch finding.verdict {
    case .wrong: return 30 + error
    case .illConditioned: return 20 + error
    case .kink: return 10 + error
    case .vacuous, .right: return error
    }
  }

  private func verdict(
    _ expected: Double, _ slope: Slope, allowed: Double, floor: Double, isElement: Bool
  ) -> GradientReport.Verdict {
    guard slope.value.isFinite, slope.error.isFinite else { return .illConditioned }
    guard expected.isFinite else { return .wrong }
    if slope.isKink {
      // Which subgradient is a choice, but not any number: none far outside of the two slopes. Along a
      // direction several kinks may make up for one another.
      let (low, high) = (Swift.min(slope.left, slope.right), Swift.max(slope.left, slope.right))
      let reach = high - low + allowed
      return isElement && (expected < low - reach || expected > high + reach) ? .wrong : .kink
    }
    let difference = Swift.abs(expected - slope.value)
    if difference <= allowed { return .right }
    // Only a measurement that has settled can prove a rule wrong.
    if subject.isPartlySingle,
      difference <= 1e-2 * Swift.max(Swift.abs(expected), Swift.abs(slope.value))
    {
      return .illConditioned
    }
    let isSure = slope.error <= Swift.max(floor, 1e-3 * Swift.abs(slope.value))
    return isSure && difference > 8 * slope.error ? .wrong : .illConditioned
  }

  func row(
    elementsMeasured: Int, verdict: GradientReport.Verdict, amiss: Int = 0, cause: String? = nil
  ) -> GradientReport.Row {
    GradientReport.Row(
      order: subject.order, place: subject.places[input], shape: shape, verdict: verdict,
      elementsMeasured: elementsMeasured, elementsAmiss: amiss, cause: cause)
  }
}

extension Shape {
  /// The indices of the element at a row-major position.
  func indices(of position: Int) -> [Int] {
    var rest = position
    var indices = [Int](repeating: 0, count: rank)
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      indices[axis] = rest % self[axis]
      rest /= self[axis]
    }
    return indices
  }
}
