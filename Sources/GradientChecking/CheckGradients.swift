import Autodiff
import Operations
import Tensors

/// Compares the gradients of a function with differences of its values, in float64, and its second
/// derivatives with differences of its gradients.
///
///     let report = checkGradients(at: [x, w]) { softplus(matmul($0[0], $0[1])) }
///     #expect(report.passes, "\(report)")
///
/// The function may return any shape: several cotangents are tried (random ones, one on a single
/// element, zero, a huge and a tiny one), never all ones. Inputs of other dtypes than float32 and
/// float64 (labels, masks) are passed through as they are; float32 is converted. Randomness inside the
/// function is replayed. The second order differentiates the pullback with respect to the inputs and
/// to the cotangent.
///
/// Each input is first displaced along a few random directions, which costs about four calls of the
/// function a direction; where that disagrees, and everywhere with `mode: .full`, each element is
/// displaced on its own. Where the slopes on the two sides differ (ReLU at 0, two equal maxima) the
/// inputs are moved a little, the check is made there, and the report says so.
public func checkGradients(
  at inputs: [Tensor], mode: CheckMode = .projection,
  options: GradientCheckOptions = GradientCheckOptions(), of function: ([Tensor]) -> Tensor
) -> GradientReport {
  withoutActuallyEscaping(function) { function in
    inCheckSurroundings {
      Check(
        inputs: inputs, names: inputs.indices.map { "input \($0)" }, mode: mode, options: options,
        function
      ).run()
    }
  }
}

/// The same for a function of one tensor.
public func checkGradients(
  at x: Tensor, mode: CheckMode = .projection,
  options: GradientCheckOptions = GradientCheckOptions(), of function: (Tensor) -> Tensor
) -> GradientReport {
  checkGradients(at: [x], mode: mode, options: options) { function($0[0]) }
}

/// The same for a function of two tensors.
public func checkGradients(
  at x: Tensor, _ y: Tensor, mode: CheckMode = .projection,
  options: GradientCheckOptions = GradientCheckOptions(), of function: (Tensor, Tensor) -> Tensor
) -> GradientReport {
  checkGradients(at: [x, y], mode: mode, options: options) { function($0[0], $0[1]) }
}

/// The same for a function of three tensors.
public func checkGradients(
  at x: Tensor, _ y: Tensor, _ z: Tensor, mode: CheckMode = .projection,
  options: GradientCheckOptions = GradientCheckOptions(),
  of function: (Tensor, Tensor, Tensor) -> Tensor
) -> GradientReport {
  checkGradients(at: [x, y, z], mode: mode, options: options) { function($0[0], $0[1], $0[2]) }
}

/// A check records on tapes of its own, and what is made inside it is float64.
func inCheckSurroundings<Result>(_ body: () -> Result) -> Result {
  withoutRecording { withDefaultDType(.float64, body) }
}

/// One check: both orders, moved off kinks where there are some.
struct Check {
  /// The inputs to differentiate, in float64.
  private let inputs: [Tensor]
  private let names: [String]
  private let mode: CheckMode
  private let options: GradientCheckOptions
  /// The function of the inputs to differentiate alone, the same at every call.
  private let function: ([Tensor]) -> Tensor

  /// How often inputs are moved off kinks before the check gives up.
  private static let mostMoves = 3

  init(
    inputs: [Tensor], names: [String], mode: CheckMode, options: GradientCheckOptions,
    _ function: @escaping ([Tensor]) -> Tensor
  ) {
    let chosen = inputs.indices.filter { inputs[$0].dtype.isCompute }
    self.inputs = chosen.map { inputs[$0].detached.cast(to: .float64) }
    self.names = chosen.map { names[$0] }
    self.mode = mode
    self.options = options
    let replayed = options.replays.map { ($0, $0.position) }
    let seed = options.seed
    self.function = { values in
      for (source, position) in replayed { source.position = position }
      var all = inputs
      for (place, value) in zip(chosen, values) { all[place] = value }
      return withRandomSource(RandomSource(seed: seed)) { function(all) }
    }
  }

  func run() -> GradientReport {
    var report = GradientReport()
    var point = inputs
    let value = function(point)
    guard value.dtype.isCompute else {
      report.faults.append("the result is \(value.dtype): nothing to differentiate")
      return report
    }
    guard !point.isEmpty else {
      report.faults.append("no input is float32 or float64: nothing to differentiate")
      return report
    }
    let tape = recordedTape(at: point, of: function)
    let context = Context(
      readers: readers(on: tape), isPartlySingle: tape.entries.contains { $0.dtype == .float32 })
    if context.isPartlySingle {
      report.notes.append(
        "part of the function is computed in float32: the slopes settle to a few digits, and a "
          + "difference of a hundredth is called ill-conditioned, not wrong")
    }
    inspect(order: 1, at: &point, into: &report) { firstOrder(at: $0, context) }
    if options.locatesFaults, report.rows.contains(where: { $0.verdict == .wrong }) {
      report.ruleAtFault =
        RuleAtFault(at: point, of: function, seed: options.seed, options)?
        .description
    }
    guard options.secondOrder, report.faults.isEmpty else { return report }
    var draw = Draw(seed: options.seed &+ 17)
    let cotangent = Tensor(
      Cotangent.random(value.count, &draw), shape: value.shape, dtype: .float64)
    inspect(order: 2, at: &point, into: &report) { secondOrder(at: $0, cotangent, context) }
    return report
  }

  private func inspect(
    order: Int, at point: inout [Tensor], into report: inout GradientReport,
    _ subject: ([Tensor]) -> Subject
  ) {
    for move in 0... {
      var inspection = Inspection(subject(point), options: options, mode: mode)
      inspection.run()
      report.evaluations += inspection.evaluations
      let kinks = inspection.findings.filter { $0.verdict == .kink }
      let isOnlyKinks =
        inspection.rows.contains { $0.verdict == .kink }
        && !inspection.rows.contains { $0.verdict == .wrong || $0.verdict == .illConditioned }
      if isOnlyKinks, move < Self.mostMoves {
        if move == 0 {
          report.findings += kinks
          let places = kinks.map { "\($0.place) \($0.index.map { "\($0)" } ?? "")" }
          report.notes.append(
            "a kink or tie at \(places.joined(separator: ", ")): the slopes on the two sides differ; "
              + "the inputs were moved a little and checked there")
        }
        var draw = Draw(seed: options.seed &+ 1000 &+ UInt64(move))
        // Only what has the kink: other inputs may stand at the edge of a domain.
        let kinked = Set(inspection.rows.filter { $0.verdict == .kink }.map(\.place))
        let isAnyNamed = !kinked.isDisjoint(with: names)
        for (input, name) in names.enumerated() where !isAnyNamed || kinked.contains(name) {
          point[input] = moved(point[input], &draw)
        }
        continue
      }
      report.rows += inspection.rows
      report.findings += inspection.findings.filter { move == 0 || $0.verdict != .kink }
      report.faults += inspection.faults
      return
    }
  }

  private func moved(_ x: Tensor, _ draw: inout Draw) -> Tensor {
    let values = x.scalars(of: Double.self)
    let size = Differences.size(of: values)
    return Tensor(
      values.map { value in
        value + draw.signed(from: 0.03125, to: 0.125)
          * Swift.min(Swift.max(Swift.abs(value), size / 2), Swift.max(size, 8))
      }, shape: x.shape, dtype: .float64)
  }

  // MARK: - Subjects

  /// What the function's tape says about it.
  private struct Context {
    let readers: [String]
    let isPartlySingle: Bool
  }

  private func firstOrder(at point: [Tensor], _ context: Context) -> Subject {
    Subject(
      order: 1, places: names, inputs: point, readers: context.readers,
      evaluate: { [function($0)] },
      pullback: { inputs, cotangents in
        let (_, pullback) = pullback(at: inputs, of: function)
        return cotangents.map { pullback($0[0]) }
      }, isPartlySingle: context.isPartlySingle)
  }

  private func secondOrder(
    at point: [Tensor], _ cotangent: Tensor, _ context: Context
  ) -> Subject {
    let gradients = { (variables: [Tensor]) -> [Tensor] in
      let (value, pullback) = pullback(at: Array(variables.dropLast()), of: function)
      return pullback(variables[variables.count - 1].cast(to: value.dtype))
    }
    return Subject(
      order: 2, places: names + ["cotangent"], inputs: point + [cotangent],
      readers: context.readers + ["the pullback"],
      evaluate: gradients,
      pullback: { inputs, cotangents in
        cotangents.map { weights in
          gradient(at: inputs) { variables in
            let terms = zip(gradients(variables), weights).map { ($0 * $1).sum() }
            return terms.dropFirst().reduce(terms[0], +)
          }
        }
      }, isPartlySingle: context.isPartlySingle)
  }

  /// The operations that read each input, with the module they stand in.
  private func readers(on tape: Tape) -> [String] {
    inputs.indices.map { input in
      var names: [String] = []
      // A nested gradient, or a parameter read anew, stands for the same value.
      var same: Set<Int> = [input]
      for (number, entry) in tape.entries.enumerated() where !same.isDisjoint(with: entry.parents) {
        if entry.primitive == .variable {
          same.insert(number)
          continue
        }
        let place = entry.frame.map { " in \($0.pathDescription)" } ?? ""
        let name = "\(entry.primitive)\(place)"
        if !names.contains(name) { names.append(name) }
      }
      return names.isEmpty ? "nothing" : names.joined(separator: ", ")
    }
  }
}
