import Autodiff
import Tensors

// Compositions of primitives: none has a rule of its own. Shapes: the result has that of `x`, unless the
// line says otherwise. All cost a few operations an element and run with what is around them.

// MARK: - Rectifiers

/// `max(x, 0)`. The subgradient at 0 is 0.
public func relu(_ x: Tensor) -> Tensor { maximum(x, 0) }

/// `x` limited to [0, 6]. The derivative at and beyond the limits is 0.
public func relu6(_ x: Tensor) -> Tensor { clamp(x, from: 0, through: 6) }

/// `x` above 0, `slope x` below. At 0 the derivative is `slope`.
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) -> Tensor {
  select(x .> 0, x, x * slope)
}

/// `x` above 0, `slope x` below, with slopes that are learned.
///
/// Shapes: `slope` broadcasts to `x`: one slope, or one for each channel (the last axis). At 0 the
/// derivative is `slope`. Pullback for the slope: `dy x` summed where `x <= 0`. Stops when `slope` does not
/// broadcast to `x`. Source: He et al., 2015.
public func prelu(_ x: Tensor, slope: Tensor) -> Tensor {
  guard Shape.broadcast(slope.shape, x.shape) == x.shape else {
    fail("prelu", "slopes of shape \(slope.shape) do not stretch to input \(x.shape)")
  }
  return select(x .> 0, x, x * slope)
}

/// `x` above `limit`, `value` elsewhere. The derivative at the limit is 0.
public func threshold(_ x: Tensor, above limit: Double, otherwise value: Double = 0) -> Tensor {
  select(x .> limit, x, value)
}

/// `x` where its size exceeds `limit`, 0 elsewhere. The derivative at the limits is 0.
public func hardShrink(_ x: Tensor, limit: Double = 0.5) -> Tensor {
  select(abs(x) .> limit, x, 0)
}

/// `x` brought nearer to 0 by `limit`, and 0 where its size is less. The derivative at the limits is 0.
public func softShrink(_ x: Tensor, limit: Double = 0.5) -> Tensor {
  x - clamp(x, from: -limit, through: limit)
}

// MARK: - Exponential units

/// `x` above 0, `alpha (exp(x) - 1)` below (Clevert et al., 2015). At 0 the derivative is `alpha`.
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  // The exponential sees nothing positive, so that it cannot overflow where it is not chosen.
  // Chosen by the same mask: at 0 it is chosen, and its derivative is `alpha`.
  let positive = x .> 0
  return select(positive, x, expm1(select(positive, 0, x)) * alpha)
}

/// `x` above 0, `alpha (exp(x / alpha) - 1)` below: differentiable at 0 for every `alpha` (Barron, 2017).
public func celu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  let positive = x .> 0
  return select(positive, x, expm1(select(positive, 0, x / alpha)) * alpha)
}

/// The self-normalising ELU (Klambauer et al., 2017).
public func selu(_ x: Tensor) -> Tensor {
  elu(x, alpha: 1.6732632423543772) * 1.0507009873554805
}

/// `log(1 + exp(x))`, computed without overflow.
///
/// Smooth everywhere; the derivative is `sigmoid(x)`, at 0 as well.
public func softplus(_ x: Tensor) -> Tensor {
  // Not relu(x) + log1p(exp(-abs(x))): at 0 their two subgradients add up to 0 and not to 1/2.
  let positive = x .> 0
  return select(positive, x, 0) + log1p(exp(select(positive, -x, x)))
}

/// `log(sigmoid(x))`, computed without overflow.
public func logSigmoid(_ x: Tensor) -> Tensor { -softplus(-x) }

// MARK: - Gates

/// `x` times the normal distribution function of `x` (Hendrycks and Gimpel, 2016).
public func gelu(_ x: Tensor) -> Tensor { x * ((erf(x * 0.7071067811865476) + 1) * 0.5) }

/// GELU with tanh in place of the distribution function.
public func geluTanh(_ x: Tensor) -> Tensor {
  x * ((tanh((x + x * x * x * 0.044715) * 0.7978845608028654) + 1) * 0.5)
}

/// `x sigmoid(x)`, also called swish.
public func silu(_ x: Tensor) -> Tensor { x * sigmoid(x) }

/// `x tanh(softplus(x))` (Misra, 2019).
public func mish(_ x: Tensor) -> Tensor { x * tanh(softplus(x)) }

/// The first half of an axis, gated by the sigmoid of the second: `a sigmoid(b)`.
///
/// Shapes: the axis of size `2 n` becomes one of `n`. Stops when its size is odd. Source: Dauphin et al.,
/// 2016.
public func glu(_ x: Tensor, axis: Int = -1) -> Tensor {
  let axis = x.shape.resolve(axis, for: "glu")
  let half = x.shape[axis] / 2
  guard x.shape[axis] == 2 * half else {
    fail("glu", "axis \(axis) of \(x.shape) cannot be halved")
  }
  return x.sliced(axis: axis, from: 0, count: half)
    * sigmoid(x.sliced(axis: axis, from: half, count: half))
}

// MARK: - Saturating functions

/// `x / 6 + 1/2` limited to [0, 1]. The derivative at -3 and 3 is 0.
public func hardSigmoid(_ x: Tensor) -> Tensor { clamp(x / 6 + 0.5, from: 0, through: 1) }

/// `x hardSigmoid(x)`.
public func hardSwish(_ x: Tensor) -> Tensor { x * hardSigmoid(x) }

/// `x` limited to `low...high`. The derivative at the limits is 0.
public func hardTanh(_ x: Tensor, from low: Double = -1, through high: Double = 1) -> Tensor {
  clamp(x, from: low, through: high)
}

/// `x / (1 + |x|)`. The derivative at 0 is 1.
public func softsign(_ x: Tensor) -> Tensor { x / (abs(x) + 1) }

/// `x - tanh(x)`.
public func tanhShrink(_ x: Tensor) -> Tensor { x - tanh(x) }
