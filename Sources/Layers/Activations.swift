import Operations
import Tensors

// The activation functions as layers, for use in `Sequential`; formulas stand with the functions.

/// Any function of a tensor as a layer without parameters: `Activation { tanh($0) * $0 }`.
public struct Activation: Layer {
  private let function: @Sendable (Tensor) -> Tensor

  public init(_ function: @escaping @Sendable (Tensor) -> Tensor) { self.function = function }

  public func forward(_ x: Tensor) -> Tensor { function(x) }
}

/// `max(x, 0)`.
public struct ReLU: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { relu(x) }
}

/// `x` limited to [0, 6].
public struct ReLU6: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { relu6(x) }
}

/// `x` above 0, `slope x` below.
public struct LeakyReLU: Layer {
  public let slope: Double
  public init(slope: Double = 0.01) { self.slope = slope }
  public func forward(_ x: Tensor) -> Tensor { leakyReLU(x, slope: slope) }
}

/// `x` above 0, `alpha (exp(x) - 1)` below.
public struct ELU: Layer {
  public let alpha: Double
  public init(alpha: Double = 1) { self.alpha = alpha }
  public func forward(_ x: Tensor) -> Tensor { elu(x, alpha: alpha) }
}

/// The self-normalising ELU.
public struct SELU: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { selu(x) }
}

/// `x` times the normal distribution function of `x`, exactly or with tanh in its place.
public struct GELU: Layer {
  public enum Formula: Sendable, Hashable { case exact, tanh }
  public let formula: Formula
  public init(_ formula: Formula = .exact) { self.formula = formula }
  public func forward(_ x: Tensor) -> Tensor { formula == .exact ? gelu(x) : geluTanh(x) }
}

/// `x sigmoid(x)`.
public struct SiLU: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { silu(x) }
}

/// `x tanh(softplus(x))`.
public struct Mish: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { mish(x) }
}

/// `log(1 + exp(x))`.
public struct Softplus: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { softplus(x) }
}

/// `x / (1 + |x|)`.
public struct Softsign: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { softsign(x) }
}

/// `1 / (1 + exp(-x))`.
public struct Sigmoid: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { sigmoid(x) }
}

/// The hyperbolic tangent.
public struct Tanh: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { tanh(x) }
}

/// `x / 6 + 1/2` limited to [0, 1].
public struct HardSigmoid: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { hardSigmoid(x) }
}

/// `x hardSigmoid(x)`.
public struct HardSwish: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { hardSwish(x) }
}

/// `x` limited to [-1, 1].
public struct HardTanh: Layer {
  public init() {}
  public func forward(_ x: Tensor) -> Tensor { hardTanh(x) }
}

/// `exp(x)` scaled to sum to 1 along an axis.
public struct Softmax: Layer {
  public let axis: Int
  public init(axis: Int = -1) { self.axis = axis }
  public func forward(_ x: Tensor) -> Tensor { softmax(x, axis: axis) }
}

/// `x` above 0, `alpha (exp(x / alpha) - 1)` below.
public struct CELU: Layer {
  public let alpha: Double
  public init(alpha: Double = 1) { self.alpha = alpha }
  public func forward(_ x: Tensor) -> Tensor { celu(x, alpha: alpha) }
}

/// The first half of an axis, gated by the sigmoid of the second.
public struct GLU: Layer {
  public let axis: Int
  public init(axis: Int = -1) { self.axis = axis }
  public func forward(_ x: Tensor) -> Tensor { glu(x, axis: axis) }
}

/// `x` above `limit`, `value` elsewhere.
public struct Threshold: Layer {
  public let limit: Double
  public let value: Double
  public init(above limit: Double, otherwise value: Double = 0) {
    self.limit = limit
    self.value = value
  }
  public func forward(_ x: Tensor) -> Tensor { threshold(x, above: limit, otherwise: value) }
}
