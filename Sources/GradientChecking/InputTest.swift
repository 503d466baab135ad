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
  /// Directions that did not agree.
  private(set) var directionFindings: [GradientReport.Finding] = []
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

  /// A power of two near the size of the input's elements: steps are taken relative to it.
  private var size: Double {
    let values = differences.point[input]
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    guard square > 0, square.isFinite else { return 1 }
    var size = 1.0
    while size * size * 2 < square, size < 0x1p+20 { size *= 2 }
    while size * size > square * 2, size > 0x1p-20 { size /= 2 }
    return size
  }

  // MARK: - Directions

  /// Whether the analytic slope agrees with the measured one along random directions.
  mutating func agreesAlongDirections(_ number: Int) -> Bool {
    let size = size
    for _ in 0..<Swift.max(number, 1) {
      let direction = draw.numbers(count) { $0.signed(from: 0.5, to: 1.5) * size }
      let (slopes, _) = differences.slopes(
        input: input, direction: direction, cotangents: cotangents.map(\.values))
      for (number, slope) in slopes.enumerated() {
        let expected = zip(analytic[number], direction).reduce(0) { $0 + $1.0 * $1.1 }
        let finding = note(number, expected, slope, scale: 1, length: size * 1.5, index: nil)
        if let finding { directionFindings.append(finding) }
      }
    }
    return directionFindings.isEmpty
  }

  // MARK: - Elements

  /// Measures elements one by one.
  mutating func measure(_ places: [Int]) {
    let size = size
    var numeric = cotangents.map { _ in [Double](repeating: 0, count: count) }
    var jacobian: [[Double]] = []
    for place in places {
      var direction = [Double](repeating: 0, count: count)
      direction[place] = size
      let (slopes, results) = differences.slopes(
        input: input, direction: direction, cotangents: cotangents.map(\.values))
      for (number, slope) in slopes.enumerated() {
        numeric[number][place] = slope.value / size
        let finding = note(
          number, analytic[number][place] * size, slope, scale: size, length: size,
          index: shape.indices(of: place))
        if let finding { findings.append(finding) }
      }
      if places.count == count, count * results.count <= 1 << 20 {
        jacobian.append(results.map { $0 / size })
      }
    }
    keepOneFindingPerElement()
    hearThirdOpinion()
    guard places.count == count, findings.contains(where: { $0.verdict == .wrong }) else { return }
    cause =
      UsualCause(
        analytic: analytic[0], numeric: numeric[0], shape: shape, cotangent: cotangents[0].values,
        input: differences.point[input], results: differences.center, jacobian: jacobian,
        resultShape: subject.order == 1 ? subject.evaluate(subject.inputs)[0].shape : nil
      ).description
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
    let verdict = verdict(expected, slope, allowed: allowed, floor: floor)
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
    guard third.value.isFinite, third.error.isFinite else { return finding }
    let expected = finding.analytic * size
    let allowed = differences.tolerance(
      expected, third.value, cotangent: cotangent.values, direction: size)
    guard third.error <= 0.1 * allowed else { return finding }
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
    _ expected: Double, _ slope: Slope, allowed: Double, floor: Double
  ) -> GradientReport.Verdict {
    guard slope.value.isFinite, slope.error.isFinite else { return .illConditioned }
    if slope.isKink { return .kink }
    guard expected.isFinite else { return .wrong }
    let difference = Swift.abs(expected - slope.value)
    if difference <= allowed { return .right }
    // Only a measurement that has settled can prove a rule wrong.
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
