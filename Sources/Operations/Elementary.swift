import Autodiff
import Kernels
import Tensors

// A scalar rule is one line: the derivative times the cotangent. Where the derivative is simplest in
// terms of the result, the rule is handed the result. All stop unless the dtype is float32 or float64.

// MARK: - Powers, exponentials, logarithms

/// Exponential: `y = e^x`.
///
/// Shapes: kept. Pullback: `dy y`. Costs one deferred operation an element. Infinite, with its gradient,
/// above 88.72 in float32 and 709.78 in float64. Stops when the dtype is not float32 or float64.
public func exp(_ x: Tensor) -> Tensor {
  unary(.exp, .exp, x, wrt(x, savingOutput) { dy, y in dy * y })
}

/// Natural logarithm: `e^y = x`.
///
/// Shapes: kept. Pullback: `dy / x`. Costs one deferred operation an element. Domain: above 0; at 0 it is
/// -inf and its gradient infinite, below 0 NaN. Stops when the dtype is not float32 or float64.
public func log(_ x: Tensor) -> Tensor { unary(.log, .log, x, wrt(x) { $0 / x }) }

/// Square root: `y^2 = x`.
///
/// Shapes: kept. Pullback: `dy / (2 y)`. Costs one deferred operation an element. Domain: from 0 on, NaN
/// below. At 0 the gradient is infinite, and NaN where `dy` is 0 too: norms and deviations of this
/// library choose 0 there. Stops when the dtype is not float32 or float64.
public func sqrt(_ x: Tensor) -> Tensor {
  unary(.sqrt, .sqrt, x, wrt(x, savingOutput) { dy, y in dy / (y * 2) })
}

/// The reciprocal: `y = 1 / x`.
///
/// Shapes: kept. Pullback: `-dy y^2`. Costs one deferred operation an element. At 0 it is infinite, with
/// its gradient. Stops when the dtype is not float32 or float64.
public func reciprocal(_ x: Tensor) -> Tensor {
  unary(.reciprocal, .reciprocal, x, wrt(x, savingOutput) { dy, y in -(dy * (y * y)) })
}

/// The reciprocal of the root: `y = 1 / sqrt(x)`, composed.
///
/// Shapes: kept. Pullback: `-dy y^3 / 2`. Costs two deferred operations an element. Domain: above 0; at 0
/// it is infinite, below NaN. Stops when the dtype is not float32 or float64.
public func rsqrt(_ x: Tensor) -> Tensor { reciprocal(sqrt(x)) }

/// The square: `y = x x`, composed.
///
/// Shapes: kept. Pullback: `2 dy x`. Costs one deferred operation an element. Stops when the dtype is not
/// float32 or float64.
public func square(_ x: Tensor) -> Tensor { x * x }

/// `y = 2^x`, composed: `exp(x log 2)`.
///
/// Shapes: kept. Pullback: `dy y log 2`. Costs two deferred operations an element. Of a whole number it
/// may differ from the power of two in the last digits. Stops when the dtype is not float32 or float64.
public func exp2(_ x: Tensor) -> Tensor { exp(x * 0.6931471805599453) }

/// Logarithm to base 2, composed: `log(x) / log 2`.
///
/// Shapes: kept. Pullback: `dy / (x log 2)`. Costs two deferred operations an element. Domain: that of
/// `log`. Of a power of two it may differ from the whole number in the last digit. Stops when the dtype
/// is not float32 or float64.
public func log2(_ x: Tensor) -> Tensor { log(x) * 1.4426950408889634 }

/// Logarithm to base 10, composed: `log(x) / log 10`.
///
/// Shapes: kept. Pullback: `dy / (x log 10)`. Costs two deferred operations an element. Domain: that of
/// `log`. Stops when the dtype is not float32 or float64.
public func log10(_ x: Tensor) -> Tensor { log(x) * 0.4342944819032518 }

/// The inverse of `sigmoid`: `y = log(x / (1 - x))`, composed.
///
/// Shapes: kept. Pullback: `dy / x + dy / (1 - x)`. Costs four deferred operations an element. Domain:
/// (0, 1); -inf at 0 and inf at 1, with infinite gradients, NaN outside. Stops when the dtype is not
/// float32 or float64.
public func logit(_ x: Tensor) -> Tensor { log(x) - log1p(-x) }

/// `y = log(1 + x)`, accurate near 0.
///
/// Shapes: kept. Pullback: `dy / (1 + x)`. Costs one deferred operation an element. Domain: above -1; at
/// -1 it is -inf and its gradient infinite, below NaN. Stops when the dtype is not float32 or float64.
public func log1p(_ x: Tensor) -> Tensor { unary(.log1p, .log1p, x, wrt(x) { $0 / (x + 1) }) }

/// `y = e^x - 1`, accurate near 0.
///
/// Shapes: kept. Pullback: `dy (y + 1)`. Costs one deferred operation an element. Infinite where `exp`
/// is. Stops when the dtype is not float32 or float64.
public func expm1(_ x: Tensor) -> Tensor {
  unary(.expm1, .expm1, x, wrt(x, savingOutput) { dy, y in dy * (y + 1) })
}

/// Absolute value: `y = |x|`.
///
/// Shapes: kept. Pullback: `dy sign(x)`. Costs one deferred operation an element. Subgradient at 0: 0.
/// Stops when the dtype is not float32 or float64.
public func abs(_ x: Tensor) -> Tensor { unary(.absolute, .absolute, x, wrt(x) { $0 * sign(x) }) }

// MARK: - Sigmoids

/// Hyperbolic tangent: `y = (e^x - e^-x) / (e^x + e^-x)`.
///
/// Shapes: kept. Pullback: `dy (1 - y^2)`. Costs one deferred operation an element. Where `y` rounds to 1
/// or -1, beyond about 9 in float32 and 19 in float64, the gradient is 0. Stops when the dtype is not
/// float32 or float64.
public func tanh(_ x: Tensor) -> Tensor {
  unary(.tanh, .tanh, x, wrt(x, savingOutput) { dy, y in dy * (1 - y * y) })
}

/// The logistic function: `y = 1 / (1 + e^-x)`.
///
/// Shapes: kept. Pullback: `dy y (1 - y)`. Costs one deferred operation an element. Where `y` rounds to
/// 1, above about 17 in float32 and 37 in float64, the gradient is 0; on the other side it stays small
/// and right. Stops when the dtype is not float32 or float64.
public func sigmoid(_ x: Tensor) -> Tensor {
  unary(.sigmoid, .sigmoid, x, wrt(x, savingOutput) { dy, y in dy * (y * (1 - y)) })
}

/// The error function: `y = 2 / sqrt(pi)` times the integral of `e^(-t^2)` from 0 to x.
///
/// Shapes: kept. Pullback: `dy 2 / sqrt(pi) e^(-x^2)`. Costs one deferred operation an element. Stops
/// when the dtype is not float32 or float64.
public func erf(_ x: Tensor) -> Tensor {
  unary(.erf, .erf, x, wrt(x) { $0 * (exp(-(x * x)) * 1.1283791670955126) })
}

// MARK: - Circular functions and their inverses

/// Sine of an angle in radians.
///
/// Shapes: kept. Pullback: `dy cos x`. Costs one deferred operation an element. Of an infinite angle NaN.
/// Stops when the dtype is not float32 or float64.
public func sin(_ x: Tensor) -> Tensor { unary(.sin, .sin, x, wrt(x) { $0 * cos(x) }) }

/// Cosine of an angle in radians.
///
/// Shapes: kept. Pullback: `-dy sin x`. Costs one deferred operation an element. Of an infinite angle
/// NaN. Stops when the dtype is not float32 or float64.
public func cos(_ x: Tensor) -> Tensor { unary(.cos, .cos, x, wrt(x) { -($0 * sin(x)) }) }

/// Tangent of an angle in radians: `y = sin x / cos x`.
///
/// Shapes: kept. Pullback: `dy (1 + y^2)`. Costs one deferred operation an element. Beside the odd
/// multiples of pi / 2, which no float is, it is very large. Stops when the dtype is not float32 or
/// float64.
public func tan(_ x: Tensor) -> Tensor {
  unary(.tan, .tan, x, wrt(x, savingOutput) { dy, y in dy * (y * y + 1) })
}

/// Inverse sine, from -pi / 2 to pi / 2.
///
/// Shapes: kept. Pullback: `dy / sqrt(1 - x^2)`. Costs one deferred operation an element. Domain: [-1,
/// 1], NaN beyond; at the ends the gradient is infinite. Stops when the dtype is not float32 or float64.
public func asin(_ x: Tensor) -> Tensor { unary(.asin, .asin, x, wrt(x) { $0 / sqrt(1 - x * x) }) }

/// Inverse cosine, from 0 to pi.
///
/// Shapes: kept. Pullback: `-dy / sqrt(1 - x^2)`. Costs one deferred operation an element. Domain: [-1,
/// 1], NaN beyond; at the ends the gradient is infinite. Stops when the dtype is not float32 or float64.
public func acos(_ x: Tensor) -> Tensor {
  unary(.acos, .acos, x, wrt(x) { -($0 / sqrt(1 - x * x)) })
}

/// Inverse tangent, from -pi / 2 to pi / 2.
///
/// Shapes: kept. Pullback: `dy / (1 + x^2)`. Costs one deferred operation an element. Stops when the
/// dtype is not float32 or float64.
public func atan(_ x: Tensor) -> Tensor { unary(.atan, .atan, x, wrt(x) { $0 / (x * x + 1) }) }

/// The angle of the point (x, y), from -pi to pi.
///
/// Shapes: `y` and `x` broadcast to the result's. Pullback: `dy x / (x^2 + y^2)` for y and
/// `-dy y / (x^2 + y^2)` for x. Costs one deferred operation an element. At the origin the value is C's
/// and the gradient NaN; across the negative half of the x axis the angle jumps by 2 pi, and the gradient
/// does not notice. Stops when the dtypes differ or are not float32 or float64, or the shapes do not
/// broadcast.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor {
  binary(
    .atan2, .atan2, .tensor(y), .tensor(x),
    wrt(y) { dy in dy * (x / (x * x + y * y)) },
    wrt(x) { dy in -(dy * (y / (x * x + y * y))) })
}

// MARK: - Hyperbolic functions and their inverses

/// Hyperbolic sine: `y = (e^x - e^-x) / 2`.
///
/// Shapes: kept. Pullback: `dy cosh x`. Costs one deferred operation an element. Infinite, with its
/// gradient, beyond about 89 in float32 and 710 in float64. Stops when the dtype is not float32 or
/// float64.
public func sinh(_ x: Tensor) -> Tensor { unary(.sinh, .sinh, x, wrt(x) { $0 * cosh(x) }) }

/// Hyperbolic cosine: `y = (e^x + e^-x) / 2`.
///
/// Shapes: kept. Pullback: `dy sinh x`. Costs one deferred operation an element. Infinite, with its
/// gradient, beyond about 89 in float32 and 710 in float64. Stops when the dtype is not float32 or
/// float64.
public func cosh(_ x: Tensor) -> Tensor { unary(.cosh, .cosh, x, wrt(x) { $0 * sinh(x) }) }

/// Inverse hyperbolic sine: `y = log(x + sqrt(x^2 + 1))`.
///
/// Shapes: kept. Pullback: `dy / sqrt(x^2 + 1)`. Costs one deferred operation an element. The gradient is
/// 0 where `x^2` overflows. Stops when the dtype is not float32 or float64.
public func asinh(_ x: Tensor) -> Tensor {
  unary(.asinh, .asinh, x, wrt(x) { $0 / sqrt(x * x + 1) })
}

/// Inverse hyperbolic cosine, from 0 on: `y = log(x + sqrt(x^2 - 1))`.
///
/// Shapes: kept. Pullback: `dy / sqrt(x^2 - 1)`. Costs one deferred operation an element. Domain: from 1
/// on, NaN below; at 1 the gradient is infinite. Stops when the dtype is not float32 or float64.
public func acosh(_ x: Tensor) -> Tensor {
  unary(.acosh, .acosh, x, wrt(x) { $0 / sqrt(x * x - 1) })
}

/// Inverse hyperbolic tangent: `y = log((1 + x) / (1 - x)) / 2`.
///
/// Shapes: kept. Pullback: `dy / (1 - x^2)`. Costs one deferred operation an element. Domain: (-1, 1);
/// infinite, with its gradient, at the ends, NaN beyond. Stops when the dtype is not float32 or float64.
public func atanh(_ x: Tensor) -> Tensor { unary(.atanh, .atanh, x, wrt(x) { $0 / (1 - x * x) }) }

// MARK: - Steps: no derivative

/// The largest whole number that is not above `x`.
///
/// Shapes: kept. No derivative: to a gradient the result is a constant. Costs one deferred operation an
/// element. Stops when the dtype is not float32 or float64.
public func floor(_ x: Tensor) -> Tensor { unary(.floor, .floor, x) }

/// The smallest whole number that is not below `x`.
///
/// Shapes: kept. No derivative: to a gradient the result is a constant. Costs one deferred operation an
/// element. Stops when the dtype is not float32 or float64.
public func ceil(_ x: Tensor) -> Tensor { unary(.ceil, .ceil, x) }

/// The nearest whole number, halves to the even one.
///
/// Shapes: kept. No derivative: to a gradient the result is a constant. Costs one deferred operation an
/// element. Stops when the dtype is not float32 or float64.
public func round(_ x: Tensor) -> Tensor { unary(.round, .round, x) }

/// -1, 0 or 1; NaN for NaN.
///
/// Shapes: kept. No derivative: to a gradient the result is a constant. Costs one deferred operation an
/// element. Stops when the dtype is not float32 or float64.
public func sign(_ x: Tensor) -> Tensor { unary(.sign, .sign, x) }
