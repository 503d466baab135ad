import Autodiff
import Tensors

// Compositions of primitives: none has a rule of its own.

/// `max(x, 0)`. The subgradient at 0 is 0.
public func relu(_ x: Tensor) -> Tensor { maximum(x, 0) }

/// `x` above 0, `slope x` below. At 0 the derivative is `slope`.
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) -> Tensor {
  select(x .> 0, x, x * slope)
}

/// `x` above 0, `alpha (exp(x) - 1)` below (Clevert et al., 2015).
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  // The exponential sees nothing positive, so that it cannot overflow where it is not chosen.
  // Chosen by the same mask: at 0 it is chosen, and its derivative is `alpha`.
  let positive = x .> 0
  return select(positive, x, expm1(select(positive, 0, x)) * alpha)
}

/// The self-normalising ELU (Klambauer et al., 2017).
public func selu(_ x: Tensor) -> Tensor {
  elu(x, alpha: 1.6732632423543772) * 1.0507009873554805
}

/// `x` times the normal distribution function of `x` (Hendrycks and Gimpel, 2016).
public func gelu(_ x: Tensor) -> Tensor { x * ((erf(x * 0.7071067811865476) + 1) * 0.5) }

/// GELU with tanh in place of the distribution function.
public func geluTanh(_ x: Tensor) -> Tensor {
  x * ((tanh((x + x * x * x * 0.044715) * 0.7978845608028654) + 1) * 0.5)
}

/// `x sigmoid(x)`, also called swish.
public func silu(_ x: Tensor) -> Tensor { x * sigmoid(x) }

/// `log(1 + exp(x))`, computed without overflow.
///
/// Smooth everywhere; the derivative is `sigmoid(x)`, at 0 as well.
public func softplus(_ x: Tensor) -> Tensor {
  // Not relu(x) + log1p(exp(-abs(x))): at 0 their two subgradients add up to 0 and not to 1/2.
  let positive = x .> 0
  return select(positive, x, 0) + log1p(exp(select(positive, -x, x)))
}

/// `x tanh(softplus(x))` (Misra, 2019).
public func mish(_ x: Tensor) -> Tensor { x * tanh(softplus(x)) }

/// `x / 6 + 1/2` limited to [0, 1].
public func hardSigmoid(_ x: Tensor) -> Tensor { clamp(x / 6 + 0.5, from: 0, through: 1) }

/// `x hardSigmoid(x)`.
public func hardSwish(_ x: Tensor) -> Tensor { x * hardSigmoid(x) }

/// `x` limited to [-1, 1].
public func hardTanh(_ x: Tensor) -> Tensor { clamp(x, from: -1, through: 1) }

/// `log(sigmoid(x))`, computed without overflow.
public func logSigmoid(_ x: Tensor) -> Tensor { -softplus(-x) }

// MARK: - The softmax family

/// `exp(x)` scaled to sum to 1 along an axis.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor { exp(logSoftmax(x, axis: axis)) }

/// The logarithm of `softmax`, computed without overflow.
///
/// The largest element is taken out of `x` itself: among elements near 1000, float32 would lose four
/// digits of a difference formed later.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  let largest = x.detached.max(axes: [axis], keepsAxes: true)
  let centred = x - select(isFinite(largest), largest, 0)
  return centred - log(exp(centred).sum(axis: axis, keepsAxes: true))
}

// MARK: - Dropout

/// Zero with probability `rate`, otherwise `x / (1 - rate)`, so that the mean is kept.
///
/// The mask is drawn from `source` when the function is called. Pullback: the same mask and factor.
public func dropout(_ x: Tensor, rate: Double, source: RandomSource = .current) -> Tensor {
  guard rate >= 0, rate < 1 else { fail("dropout", "a rate lies in [0, 1), given \(rate)") }
  if rate == 0 { return x }
  let keeps = Tensor.bernoulli(x.shape, probability: 1 - rate, source: source)
  return select(keeps, x * (1 / (1 - rate)), 0)
}
