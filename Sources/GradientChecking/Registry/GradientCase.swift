import Autodiff
import Layers
import Tensors

/// One row of the registry: a function at sample inputs of some shapes.
///
/// Two cases differ in shape or attributes; another seed is not another case.
public struct GradientCase: Sendable {
  /// The family it is listed under, such as `convolution`.
  public let family: String
  /// The primitive, function or layer it is about.
  public let subject: String
  /// What distinguishes it among the cases of its subject.
  public let details: String
  /// Runs the check.
  public let check: @Sendable (_ mode: CheckMode, _ options: GradientCheckOptions) -> GradientReport
  /// What one call of the function records.
  public let record: @Sendable (_ seed: UInt64) -> Tape
  /// The gradients for a random cotangent, of the inputs and then of the parameters, in float32 or
  /// float64. The function must take either: constants in it take the dtype of its inputs.
  public let gradients: @Sendable (_ seed: UInt64, _ dtype: DType) -> [Tensor]

  public var name: String { details.isEmpty ? subject : "\(subject) \(details)" }
}

/// A sample input: a shape, and where its elements come from.
struct Sample: Sendable {
  let shape: Shape
  private let values: @Sendable (_ count: Int, _ draw: inout Draw) -> Tensor

  private init(_ shape: Shape, _ values: @escaping @Sendable (Int, inout Draw) -> Tensor) {
    self.shape = shape
    self.values = values
  }

  func tensor(_ draw: inout Draw) -> Tensor { values(shape.elementCount, &draw) }

  private static func float64(
    _ shape: Shape, _ one: @escaping @Sendable (inout Draw) -> Double
  ) -> Sample {
    Sample(shape) { count, draw in
      Tensor(draw.numbers(count, one), shape: shape, dtype: .float64)
    }
  }

  /// Numbers of either sign, none within 1/8 of zero.
  static func any(_ shape: Shape) -> Sample { float64(shape) { $0.signed(from: 0.125, to: 1.5) } }

  /// Numbers from 0.5 to 2.
  static func positive(_ shape: Shape) -> Sample {
    float64(shape) { $0.number(from: 0.5, to: 2) }
  }

  /// Numbers in a range.
  static func within(_ low: Double, _ high: Double, _ shape: Shape) -> Sample {
    float64(shape) { $0.number(from: low, to: high) }
  }

  /// Numbers of either sign that differ from one another by at least 1/16: no two are a tie.
  static func distinct(_ shape: Shape) -> Sample {
    Sample(shape) { count, draw in
      let order = draw.order(count)
      let values = order.map { (Double($0) - Double(count) / 2) / 16 + 1 / 32 }
      return Tensor(values, shape: shape, dtype: .float64)
    }
  }

  /// These numbers, whatever the seed.
  static func exactly(_ values: [Double], _ shape: Shape? = nil) -> Sample {
    Sample(shape ?? [values.count]) { _, _ in
      Tensor(values, shape: shape ?? [values.count], dtype: .float64)
    }
  }

  /// Zeros and ones, at least one of each where there are two elements.
  static func binary(_ shape: Shape) -> Sample {
    Sample(shape) { count, draw in
      var values = draw.numbers(count) { Double($0.index(2)) }
      if count > 1 { (values[0], values[1]) = (0, 1) }
      return Tensor(values, shape: shape, dtype: .float64)
    }
  }

  /// A mask, with at least one of each where there are two elements.
  static func mask(_ shape: Shape) -> Sample {
    Sample(shape) { count, draw in
      var values = (0..<count).map { _ in draw.index(2) == 1 }
      if count > 1 { (values[0], values[1]) = (false, true) }
      return Tensor(values, shape: shape)
    }
  }

  /// Whole numbers in `0..<bound`, as int32.
  static func indices(below bound: Int, _ shape: Shape) -> Sample {
    Sample(shape) { count, draw in
      Tensor((0..<count).map { _ in Int32(draw.index(bound)) }, shape: shape)
    }
  }

  /// Each of `0..<count` once, as int32.
  static func order(_ count: Int) -> Sample {
    Sample([count]) { count, draw in Tensor(draw.order(count).map { Int32($0) }) }
  }
}

/// The cases of one family as they are written down.
struct Family {
  let name: String
  private(set) var cases: [GradientCase] = []

  init(_ name: String) { self.name = name }

  /// Adds a case, whose inputs follow from its text and a seed.
  private mutating func add(
    _ subject: String, _ details: String, _ samples: [Sample],
    check: @escaping @Sendable ([Tensor], CheckMode, GradientCheckOptions) -> GradientReport,
    record: @escaping @Sendable ([Tensor]) -> Tape,
    gradients: @escaping @Sendable ([Tensor], DType, _ seed: UInt64) -> [Tensor]
  ) {
    let details = Self.details(details, samples)
    @Sendable func inputs(_ seed: UInt64) -> [Tensor] {
      var draw = Draw(seed: seed &+ Self.fingerprint(subject + details))
      return samples.map { $0.tensor(&draw) }
    }
    cases.append(
      GradientCase(
        family: name, subject: subject, details: details,
        check: { mode, options in check(inputs(options.seed), mode, options) },
        record: { seed in
          inCheckSurroundings {
            withRandomSource(RandomSource(seed: seed)) { record(inputs(seed)) }
          }
        },
        gradients: { seed, dtype in gradients(inputs(seed), dtype, seed) }))
  }

  /// Adds a case of a function of tensors.
  mutating func add(
    _ subject: String, _ details: String, _ samples: [Sample],
    of function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    add(
      subject, details, samples,
      check: { checkGradients(at: $0, mode: $1, options: $2, of: function) },
      record: { inputs in
        recordedTape(at: inputs.filter(\.dtype.isCompute)) { function(rebuilt(inputs, with: $0)) }
      },
      gradients: { caseGradients(at: $0, dtype: $1, seed: $2, of: function) })
  }

  /// Adds a case of a function of one tensor.
  mutating func add(
    _ subject: String, _ details: String, _ sample: Sample,
    of function: @escaping @Sendable (Tensor) -> Tensor
  ) {
    add(subject, details, [sample]) { function($0[0]) }
  }

  /// Adds a case of a function of two tensors.
  mutating func add(
    _ subject: String, _ details: String, _ first: Sample, _ second: Sample,
    of function: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) {
    add(subject, details, [first, second]) { function($0[0], $0[1]) }
  }

  // The same without details.

  mutating func add(
    _ subject: String, _ samples: [Sample], of function: @escaping @Sendable ([Tensor]) -> Tensor
  ) { add(subject, "", samples, of: function) }

  mutating func add(
    _ subject: String, _ sample: Sample, of function: @escaping @Sendable (Tensor) -> Tensor
  ) { add(subject, "", sample, of: function) }

  mutating func add(
    _ subject: String, _ first: Sample, _ second: Sample,
    of function: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) { add(subject, "", first, second, of: function) }

  /// Adds a case of a module.
  mutating func add<Checked: Module>(
    _ subject: String, _ details: String, module: @escaping @Sendable () -> Checked,
    _ samples: [Sample], running: Mode = .training,
    of function: @escaping @Sendable (Checked, [Tensor]) -> Tensor
  ) {
    add(
      subject, details, samples,
      check: {
        checkGradients(
          of: module(), at: $0, mode: $1, running: running, options: $2, function)
      },
      record: { inputs in
        withMode(running) {
          let model = module()
          return recordedTape(at: inputs.filter(\.dtype.isCompute)) {
            function(model, rebuilt(inputs, with: $0))
          }
        }
      },
      gradients: {
        caseGradients(of: module, at: $0, dtype: $1, running: running, seed: $2, function)
      })
  }

  mutating func add<Checked: Layer>(
    _ subject: String, layer: @escaping @Sendable () -> Checked, _ sample: Sample
  ) { add(subject, "", layer: layer, sample) }

  /// Adds a case of a layer.
  mutating func add<Checked: Layer>(
    _ subject: String, _ details: String, layer: @escaping @Sendable () -> Checked,
    _ sample: Sample, running: Mode = .training
  ) {
    add(subject, details, module: layer, [sample], running: running) { $0($1[0]) }
  }

  private static func details(_ details: String, _ samples: [Sample]) -> String {
    let shapes = samples.map { "\($0.shape)" }.joined(separator: " ")
    return details.isEmpty ? shapes : "\(shapes) \(details)"
  }

  /// A number that follows from the text alone, so that a case draws the same inputs wherever it
  /// stands in the list.
  private static func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
