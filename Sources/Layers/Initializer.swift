import Tensors

/// How a new parameter gets its first values.
///
/// An initializer is a value; it draws from `RandomSource.current` when a layer is made, so
/// `withRandomSource(RandomSource(seed: 1)) { ResNet.cifar(depth: 20) }` gives the same network every
/// time. The dtype is the default one in force.
public struct Initializer: Sendable {
  /// How many products meet in one output of a layer, and to how many outputs one input goes.
  public struct Fan: Sendable, Hashable {
    public let inputs: Double
    public let outputs: Double

    public init(inputs: Double, outputs: Double) {
      self.inputs = inputs
      self.outputs = outputs
    }

    fileprivate func size(_ side: Side) -> Double {
      switch side {
      case .inputs: inputs
      case .outputs: outputs
      case .average: (inputs + outputs) / 2
      }
    }
  }

  /// Which of the two fans a variance is divided by: `inputs` keeps the size of activations,
  /// `outputs` that of gradients.
  public enum Side: Sendable, Hashable { case inputs, outputs, average }

  /// By how much a layer must amplify so that the activation after it leaves the size unchanged.
  public struct Gain: Sendable, Hashable {
    public let value: Double

    public init(_ value: Double) { self.value = value }

    public static let linear = Gain(1)
    public static let relu = Gain(2.0.squareRoot())
    public static let tanh = Gain(5.0 / 3)
    public static let selu = Gain(0.75)
    public static func leakyReLU(slope: Double) -> Gain {
      Gain((2 / (1 + slope * slope)).squareRoot())
    }
  }

  private let draw: @Sendable (Shape, Fan) -> Tensor

  /// An initializer of your own.
  public init(_ draw: @escaping @Sendable (_ shape: Shape, _ fan: Fan) -> Tensor) {
    self.draw = draw
  }

  /// New values; stops when the closure gives another shape than it was asked for.
  public func callAsFunction(_ shape: Shape, fan: Fan) -> Tensor {
    let values = draw(shape, fan)
    guard values.shape == shape else {
      fail("Initializer", "was asked for shape \(shape), gave \(values.shape)")
    }
    return values
  }

  // MARK: - Constants

  public static func constant(_ value: Double) -> Initializer {
    Initializer { shape, _ in .full(shape, value) }
  }

  public static let zeros = constant(0)
  public static let ones = constant(1)

  // MARK: - Random, of a deviation given

  public static func normal(mean: Double = 0, deviation: Double) -> Initializer {
    Initializer { shape, _ in .normal(shape, mean: mean, deviation: deviation) }
  }

  public static func uniform(from low: Double, to high: Double) -> Initializer {
    Initializer { shape, _ in .uniform(shape, from: low, to: high) }
  }

  /// Normal numbers drawn again until they lie within two deviations; `deviation` is that before
  /// truncation, the result's is 0.8796 of it.
  public static func truncatedNormal(mean: Double = 0, deviation: Double) -> Initializer {
    Initializer { shape, _ in .truncatedNormal(shape, mean: mean, deviation: deviation) }
  }

  // MARK: - Random, of a deviation that follows from the layer

  /// Normal with variance `gain^2 / fan` (He et al., 2015).
  public static func kaimingNormal(_ side: Side = .inputs, gain: Gain = .relu) -> Initializer {
    Initializer { shape, fan in
      .normal(shape, deviation: gain.value / fan.size(side).squareRoot())
    }
  }

  /// Uniform with variance `gain^2 / fan` (He et al., 2015): the bound is `gain sqrt(3 / fan)`.
  public static func kaimingUniform(_ side: Side = .inputs, gain: Gain = .relu) -> Initializer {
    Initializer { shape, fan in
      let bound = gain.value * (3 / fan.size(side)).squareRoot()
      return .uniform(shape, from: -bound, to: bound)
    }
  }

  /// Normal with variance `2 gain^2 / (inputs + outputs)` (Glorot and Bengio, 2010).
  public static func xavierNormal(gain: Gain = .linear) -> Initializer {
    kaimingNormal(.average, gain: gain)
  }

  /// Uniform with variance `2 gain^2 / (inputs + outputs)` (Glorot and Bengio, 2010).
  public static func xavierUniform(gain: Gain = .linear) -> Initializer {
    kaimingUniform(.average, gain: gain)
  }

  /// Normal with variance `1 / inputs` (LeCun et al., 1998).
  public static let lecunNormal = kaimingNormal(.inputs, gain: .linear)

  /// Uniform with variance `1 / inputs` (LeCun et al., 1998).
  public static let lecunUniform = kaimingUniform(.inputs, gain: .linear)
}
