import Tensors

/// A function as the checker sees it: named inputs, values to any number of results, and the pullback
/// whose truth is in question.
struct Subject {
  let order: Int
  let places: [String]
  let inputs: [Tensor]
  /// The operations that read each input.
  let readers: [String]
  /// The results at other inputs.
  let evaluate: ([Tensor]) -> [Tensor]
  /// The cotangents of the inputs, for each list of cotangents of the results.
  let pullback: (_ inputs: [Tensor], _ cotangents: [[Tensor]]) -> [[Tensor]]
  /// Whether some of it is computed in float32, so that differences settle to a few digits only.
  let isPartlySingle: Bool
}

/// Compares a pullback with measured slopes.
struct Inspection {
  let subject: Subject
  let options: GradientCheckOptions
  let mode: CheckMode
  private(set) var rows: [GradientReport.Row] = []
  private(set) var findings: [GradientReport.Finding] = []
  private(set) var faults: [String] = []
  private let calls = Counter()

  /// Of more elements than this a quarter as many are measured, and those a direction leads to.
  private static let mostElements = 512
  /// Findings kept for one input.
  private static let mostFindings = 8

  var evaluations: Int { calls.count }

  init(_ subject: Subject, options: GradientCheckOptions, mode: CheckMode) {
    self.subject = subject
    self.options = options
    self.mode = mode
  }

  /// Runs the check at the subject's inputs.
  mutating func run() {
    let evaluate = { [subject, calls] (values: [[Double]]) -> [Double] in
      calls.count += 1
      // In the second order a cotangent has the dtype of the result it belongs to.
      let inputs = zip(values, subject.inputs).map {
        Tensor($0, shape: $1.shape, dtype: $1.dtype)
      }
      return subject.evaluate(inputs).flatMap { $0.scalars(of: Double.self) }
    }
    let point = subject.inputs.map { $0.scalars(of: Double.self) }
    let results = subject.evaluate(subject.inputs)
    let center = results.flatMap { $0.scalars(of: Double.self) }
    let again = evaluate(point)
    guard
      zip(center, again).allSatisfy({ $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) })
    else {
      faults.append(
        "two calls with the same inputs give different values: the function keeps state, or draws "
          + "from a random source of its own (name it in options.replays)")
      return
    }
    var draw = Draw(seed: options.seed &+ UInt64(subject.order))
    let differences = Differences(at: point, center: center, options: options, evaluate)
    var cotangents = Cotangent.all(count: center.count, order: subject.order, options, &draw)
    let directions = point.map { values in
      let size = values.isEmpty ? 1 : Differences.size(of: values)
      return draw.numbers(values.count) { $0.signed(from: 0.5, to: 1.5) * size }
    }
    if let balanced = Cotangent.balanced(differences.rates(along: directions), &draw) {
      cotangents.append(balanced)
    }
    let shaped = cotangents.map { $0.tensors(like: results) }
    let pulled = subject.pullback(subject.inputs, shaped)
    for input in point.indices where !point[input].isEmpty {
      let analytic = pulled.map { $0[input].scalars(of: Double.self) }
      var test = InputTest(
        subject: subject, input: input, analytic: analytic, cotangents: cotangents,
        differences: differences, draw: Draw(seed: draw.bits()))
      let isSure = mode == .projection && test.agreesAlongDirections(options.directions)
      if isSure {
        append(test.row(elementsMeasured: 0, verdict: test.isVacuous ? .vacuous : .right))
      } else {
        measureElements(&test)
      }
    }
  }

  private mutating func measureElements(_ test: inout InputTest) {
    let count = test.count
    var places = Array(0..<count)
    if count > Self.mostElements, mode == .projection {
      let sample = test.draw.order(count).prefix(Self.mostElements / 4)
      places = Set(sample).union(test.suspects()).sorted()
    }
    test.measure(places)
    var amiss = test.findings
    // A direction may disagree through an element that was not sampled.
    if amiss.isEmpty, places.count < count { amiss = test.directionFindings }
    amiss.sort { InputTest.gravity($0) > InputTest.gravity($1) }
    var verdict = amiss.first?.verdict ?? .right
    if amiss.isEmpty, test.isVacuous { verdict = .vacuous }
    findings += amiss.prefix(Self.mostFindings)
    append(
      test.row(
        elementsMeasured: places.count, verdict: verdict, amiss: amiss.count { $0.index != nil },
        cause: verdict == .wrong ? test.cause : nil))
  }

  private mutating func append(_ row: GradientReport.Row) {
    // Second derivatives may well be zero: only the first order can be vacuous.
    guard subject.order > 1, row.verdict == .vacuous else {
      rows.append(row)
      return
    }
    rows.append(
      GradientReport.Row(
        order: row.order, place: row.place, shape: row.shape, verdict: .right,
        elementsMeasured: row.elementsMeasured, elementsAmiss: 0, cause: nil))
  }
}

/// Counts the calls of a function across copies of the check.
final class Counter {
  var count = 0
}

/// A cotangent of all results, flattened.
struct Cotangent {
  let name: String
  let values: [Double]

  /// Random ones, one on a single element, zero, a huge and a tiny one. Never all ones: too many wrong
  /// rules give the same sum as the right one.
  static func all(
    count: Int, order: Int, _ options: GradientCheckOptions, _ draw: inout Draw
  ) -> [Cotangent] {
    // Nothing depends on an empty result: the rule must say zero.
    guard count > 0 else { return [Cotangent(name: "empty", values: [])] }
    var all = (0..<Swift.max(options.randomCotangents, 1)).map { number in
      Cotangent(name: "random \(number)", values: random(count, &draw))
    }
    // The second order is the first of another function: its extremes are covered there.
    if order > 1 { return all }
    var single = [Double](repeating: 0, count: count)
    let place = draw.index(count)
    single[place] = draw.signed(from: 1.25, to: 2)
    all.append(Cotangent(name: "of element \(place)", values: single))
    all.append(Cotangent(name: "zero", values: [Double](repeating: 0, count: count)))
    all.append(Cotangent(name: "huge", values: random(count, &draw).map { $0 * 0x1p+20 }))
    all.append(Cotangent(name: "tiny", values: random(count, &draw).map { $0 * 0x1p-20 }))
    return all
  }

  /// One that weighs results by how slowly they change, where that differs much: else the fast ones
  /// hide what is wrong about the slow. nil where all change about equally.
  static func balanced(_ rates: [Double], _ draw: inout Draw) -> Cotangent? {
    let least = rates.filter { $0 > 0 && $0.isFinite }.min()
    let most = rates.filter(\.isFinite).max()
    guard let least, let most, most > 1024 * least else { return nil }
    let floor = Swift.max(least, most * 0x1p-40)
    return Cotangent(
      name: "balanced",
      values: rates.map {
        draw.signed(from: 0.25, to: 2) * ($0 > floor && $0.isFinite ? floor / $0 : 1)
      })
  }

  static func random(_ count: Int, _ draw: inout Draw) -> [Double] {
    draw.numbers(count) { $0.signed(from: 0.25, to: 2) }
  }

  /// Cut into tensors of the shapes of the results.
  func tensors(like results: [Tensor]) -> [Tensor] {
    var start = 0
    return results.map { result in
      defer { start += result.count }
      return Tensor(
        Array(values[start..<(start + result.count)]), shape: result.shape, dtype: result.dtype)
    }
  }
}
