import Autodiff
import Tensors

// Compositions of primitives: none has a rule of its own. All cost a few deferred operations an element and
// run with what is around them, and all stop when the dtype is not float32 or float64.

// MARK: - Rectifiers

/// The rectifier: `y = max(x, 0)`.
///
/// Shapes: kept. Pullback: `dy` where x is above 0. Costs one deferred operation an element. Subgradient
/// at 0: 0. Stops when the dtype is not float32 or float64. Source: Nair and Hinton, 2010.
public func relu(_ x: Tensor) -> Tensor { maximum(x, 0) }

/// The rectifier limited to [0, 6]: `y = min(max(x, 0), 6)`.
///
/// Shapes: kept. Pullback: `dy` inside the limits. Costs two deferred operations an element. Subgradient
/// at 0 and 6: 0. Stops when the dtype is not float32 or float64. Source: Krizhevsky, 2010.
public func relu6(_ x: Tensor) -> Tensor { clamp(x, from: 0, through: 6) }

/// The leaky rectifier: `y = x` above 0, `slope x` below.
///
/// Shapes: kept. Pullback: `dy` above 0, `slope dy` below. Costs three deferred operations an element.
/// Subgradient at 0: `slope`. Stops when the dtype is not float32 or float64. Source: Maas et al., 2013.
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) -> Tensor {
  select(x .> 0, x, x * slope)
}

/// The leaky rectifier with slopes that are learned: `y = x` above 0, `slope x` below.
///
/// Shapes: `slope` broadcasts to `x`: one slope, or one for each channel (the last axis). Pullback: for x
/// `dy` above 0, `slope dy` below; for the slope `dy x` summed where x is not above 0. Costs three
/// deferred operations an element. Subgradient at 0: `slope`. Stops when `slope` does not broadcast to
/// `x`, or the dtypes differ or are not float32 or float64. Source: He et al., 2015.
public func prelu(_ x: Tensor, slope: Tensor) -> Tensor {
  guard Shape.broadcast(slope.shape, x.shape) == x.shape else {
    fail("prelu", "slopes of shape \(slope.shape) do not stretch to input \(x.shape)")
  }
  return select(x .> 0, x, x * slope)
}

/// `y = x` above `limit`, `value` elsewhere.
///
/// Shapes: kept. Pullback: `dy` above the limit. Costs two deferred operations an element. Subgradient at
/// the limit, where the function may jump: 0. NaN becomes `value`. Stops when the dtype is not float32 or
/// float64.
public func threshold(_ x: Tensor, above limit: Double, otherwise value: Double = 0) -> Tensor {
  select(x .> limit, x, value)
}

/// `y = x` where `|x|` exceeds `limit`, 0 elsewhere.
///
/// Shapes: kept. Pullback: `dy` beyond the limits. Costs three deferred operations an element.
/// Subgradient at the limits, where the function jumps: 0. NaN becomes 0. Stops when the dtype is not
/// float32 or float64.
public func hardShrink(_ x: Tensor, limit: Double = 0.5) -> Tensor {
  select(abs(x) .> limit, x, 0)
}

/// `x` brought nearer to 0 by `limit`, and 0 where `|x|` is less:
/// `y = max(x - limit, 0) + min(x + limit, 0)`.
///
/// Shapes: kept. Pullback: `dy` beyond the limits. Costs five deferred operations an element. Subgradient
/// at the limits: 0. Stops when the dtype is not float32 or float64.
public func softShrink(_ x: Tensor, limit: Double = 0.5) -> Tensor {
  // Not x less a clamp of it: at the limits the clamp's subgradient is 0, and the slope would be 1.
  maximum(x - limit, 0) + minimum(x + limit, 0)
}

// MARK: - Exponential units

/// The exponential unit: `y = x` above 0, `alpha (e^x - 1)` below.
///
/// Shapes: kept. Pullback: `dy` above 0, `dy alpha e^x` below. Costs five deferred operations an element;
/// nothing overflows. At 0 the derivative is `alpha`, which is exact for 1 and a subgradient otherwise.
/// Stops when the dtype is not float32 or float64. Source: Clevert et al., 2015.
public func elu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  // The exponential sees nothing positive, so that it cannot overflow where it is not chosen.
  // Chosen by the same mask: at 0 it is chosen, and its derivative is `alpha`.
  let positive = x .> 0
  return select(positive, x, expm1(select(positive, 0, x)) * alpha)
}

/// The exponential unit that is differentiable at 0 for every alpha: `y = x` above 0,
/// `alpha (e^(x / alpha) - 1)` below.
///
/// Shapes: kept. Pullback: `dy` above 0, `dy e^(x / alpha)` below; 1 at 0, exactly. Costs six deferred
/// operations an element; nothing overflows for a positive alpha. Stops when the dtype is not float32 or
/// float64. Source: Barron, 2017.
public func celu(_ x: Tensor, alpha: Double = 1) -> Tensor {
  let positive = x .> 0
  return select(positive, x, expm1(select(positive, 0, x / alpha)) * alpha)
}

/// The self-normalising exponential unit: `elu` with alpha 1.6733, times 1.0507.
///
/// Shapes: kept. Pullback: as `elu`, times 1.0507. Costs six deferred operations an element. Subgradient
/// at 0: the left slope, 1.7581. Stops when the dtype is not float32 or float64. Source: Klambauer et
/// al., 2017.
public func selu(_ x: Tensor) -> Tensor {
  elu(x, alpha: 1.6732632423543772) * 1.0507009873554805
}

/// The smooth rectifier: `y = log(1 + e^x)`, computed without overflow.
///
/// Shapes: kept. Pullback: `dy sigmoid(x)`, at 0 as well. Costs seven deferred operations an element.
/// Smooth everywhere. Stops when the dtype is not float32 or float64. Source: Dugas et al., 2001.
public func softplus(_ x: Tensor) -> Tensor {
  // Not relu(x) + log1p(exp(-abs(x))): at 0 their two subgradients add up to 0 and not to 1/2.
  let positive = x .> 0
  return select(positive, x, 0) + log1p(exp(select(positive, -x, x)))
}

/// `y = log(sigmoid(x))`, computed without overflow.
///
/// Shapes: kept. Pullback: `dy sigmoid(-x)`. Costs nine deferred operations an element. Smooth
/// everywhere. Stops when the dtype is not float32 or float64.
public func logSigmoid(_ x: Tensor) -> Tensor { -softplus(-x) }

// MARK: - Gates

/// `x` gated by the normal distribution function: `y = x (1 + erf(x / sqrt 2)) / 2`.
///
/// Shapes: kept. Pullback: `dy (P(x) + x p(x))` with P the distribution function and p its density. Costs
/// five deferred operations an element. Smooth everywhere. Stops when the dtype is not float32 or
/// float64. Source: Hendrycks and Gimpel, 2016.
public func gelu(_ x: Tensor) -> Tensor { x * ((erf(x * 0.7071067811865476) + 1) * 0.5) }

/// `gelu` with tanh in place of the distribution function:
/// `y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
///
/// Shapes: kept. Pullback: that of the formula. Differs from `gelu` by 5e-4 at most. Costs nine deferred
/// operations an element. Smooth everywhere. Stops when the dtype is not float32 or float64. Source:
/// Hendrycks and Gimpel, 2016.
public func geluTanh(_ x: Tensor) -> Tensor {
  x * ((tanh((x + x * x * x * 0.044715) * 0.7978845608028654) + 1) * 0.5)
}

/// `x` gated by its own sigmoid, also called swish: `y = x sigmoid(x)`.
///
/// Shapes: kept. Pullback: `dy (s + x s (1 - s))` with `s = sigmoid(x)`. Costs two deferred operations an
/// element. Smooth everywhere. Stops when the dtype is not float32 or float64. Source: Elfwing et al.,
/// 2017.
public func silu(_ x: Tensor) -> Tensor { x * sigmoid(x) }

/// `y = x tanh(softplus(x))`.
///
/// Shapes: kept. Pullback: `dy (t + x (1 - t^2) sigmoid(x))` with `t = tanh(softplus(x))`. Costs nine
/// deferred operations an element. Smooth everywhere. Stops when the dtype is not float32 or float64.
/// Source: Misra, 2019.
public func mish(_ x: Tensor) -> Tensor { x * tanh(softplus(x)) }

/// The first half of an axis, gated by the sigmoid of the second: `y = a sigmoid(b)`.
///
/// Shapes: the axis of size `2 n` becomes one of `n`. Pullback: `dy s` for a and `dy a s (1 - s)` for b
/// with `s = sigmoid(b)`. Costs two copies of half the input, unless the axis is the first, and two
/// deferred operations an element of the result. Stops when the size of the axis is odd, or the dtype is
/// not float32 or float64. Source: Dauphin et al., 2016.
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

/// A sigmoid of three straight lines: `y = x / 6 + 1/2`, limited to [0, 1].
///
/// Shapes: kept. Pullback: `dy / 6` inside. Costs four deferred operations an element. Subgradient at -3
/// and 3: 0. Stops when the dtype is not float32 or float64. Source: Courbariaux et al., 2015, with this
/// slope Howard et al., 2019.
public func hardSigmoid(_ x: Tensor) -> Tensor { clamp(x / 6 + 0.5, from: 0, through: 1) }

/// `x` gated by straight lines: `y = x hardSigmoid(x)`.
///
/// Shapes: kept. Pullback: `dy (h + x / 6)` between -3 and 3 with `h = hardSigmoid(x)`, `dy h` elsewhere.
/// Costs five deferred operations an element. Subgradients: 0 at -3, 1 at 3. Stops when the dtype is not
/// float32 or float64. Source: Howard et al., 2019.
public func hardSwish(_ x: Tensor) -> Tensor { x * hardSigmoid(x) }

/// `x` limited to `low...high`.
///
/// Shapes: kept. Pullback: `dy` inside. Costs two deferred operations an element. Subgradient at the
/// limits: 0. Stops when the dtype is not float32 or float64.
public func hardTanh(_ x: Tensor, from low: Double = -1, through high: Double = 1) -> Tensor {
  clamp(x, from: low, through: high)
}

/// `y = x / (1 + |x|)`.
///
/// Shapes: kept. Pullback: `dy / (1 + |x|)^2`; 1 at 0, exactly. Costs three deferred operations an
/// element. The second derivative jumps at 0, where it is 0 here. Stops when the dtype is not float32 or
/// float64. Source: Bergstra et al., 2009.
public func softsign(_ x: Tensor) -> Tensor { x / (abs(x) + 1) }

/// `y = x - tanh(x)`.
///
/// Shapes: kept. Pullback: `dy tanh(x)^2`. Costs two deferred operations an element. Smooth everywhere.
/// Stops when the dtype is not float32 or float64.
public func tanhShrink(_ x: Tensor) -> Tensor { x - tanh(x) }
