import Autodiff
import Kernels
import Tensors

// A scalar rule is one line: the derivative times the cotangent. Where the derivative is simplest in
// terms of the result, the rule is handed the result.

/// Exponential. Pullback: `dy y`.
public func exp(_ x: Tensor) -> Tensor {
  unary(.exp, .exp, x, wrt(x, savingOutput) { dy, y in dy * y })
}

/// Natural logarithm; -inf at 0, NaN below. Pullback: `dy / x`.
public func log(_ x: Tensor) -> Tensor { unary(.log, .log, x, wrt(x) { $0 / x }) }

/// Square root; NaN below 0. Pullback: `dy / (2 y)`, infinite at 0.
public func sqrt(_ x: Tensor) -> Tensor {
  unary(.sqrt, .sqrt, x, wrt(x, savingOutput) { dy, y in dy / (y * 2) })
}

/// `1 / x`. Pullback: `-dy y^2`.
public func reciprocal(_ x: Tensor) -> Tensor {
  unary(.reciprocal, .reciprocal, x, wrt(x, savingOutput) { dy, y in -(dy * (y * y)) })
}

/// `1 / sqrt(x)`, composed.
public func rsqrt(_ x: Tensor) -> Tensor { reciprocal(sqrt(x)) }

/// `x^2`, composed.
public func square(_ x: Tensor) -> Tensor { x * x }

/// `2^x`, composed: `exp(x log 2)`. Pullback: `dy y log 2`.
public func exp2(_ x: Tensor) -> Tensor { exp(x * 0.6931471805599453) }

/// Logarithm to base 2, composed: `log(x) / log 2`. -inf at 0, NaN below.
///
/// Of a power of two it may differ from the whole number in the last digit.
public func log2(_ x: Tensor) -> Tensor { log(x) * 1.4426950408889634 }

/// Logarithm to base 10, composed: `log(x) / log 10`. -inf at 0, NaN below.
public func log10(_ x: Tensor) -> Tensor { log(x) * 0.4342944819032518 }

/// `log(x / (1 - x))`, the inverse of `sigmoid`, composed. -inf at 0, inf at 1, NaN outside [0, 1].
public func logit(_ x: Tensor) -> Tensor { log(x) - log1p(-x) }

/// `log(1 + x)`, accurate near 0. Pullback: `dy / (1 + x)`.
public func log1p(_ x: Tensor) -> Tensor { unary(.log1p, .log1p, x, wrt(x) { $0 / (x + 1) }) }

/// `exp(x) - 1`, accurate near 0. Pullback: `dy (y + 1)`.
public func expm1(_ x: Tensor) -> Tensor {
  unary(.expm1, .expm1, x, wrt(x, savingOutput) { dy, y in dy * (y + 1) })
}

/// Absolute value. Pullback: `dy sign(x)`; 0 at 0.
public func abs(_ x: Tensor) -> Tensor { unary(.absolute, .absolute, x, wrt(x) { $0 * sign(x) }) }

/// Hyperbolic tangent. Pullback: `dy (1 - y^2)`.
public func tanh(_ x: Tensor) -> Tensor {
  unary(.tanh, .tanh, x, wrt(x, savingOutput) { dy, y in dy * (1 - y * y) })
}

/// `1 / (1 + exp(-x))`. Pullback: `dy y (1 - y)`.
public func sigmoid(_ x: Tensor) -> Tensor {
  unary(.sigmoid, .sigmoid, x, wrt(x, savingOutput) { dy, y in dy * (y * (1 - y)) })
}

/// The error function. Pullback: `dy 2 / sqrt(pi) exp(-x^2)`.
public func erf(_ x: Tensor) -> Tensor {
  unary(.erf, .erf, x, wrt(x) { $0 * (exp(-(x * x)) * 1.1283791670955126) })
}

/// Sine. Pullback: `dy cos x`.
public func sin(_ x: Tensor) -> Tensor { unary(.sin, .sin, x, wrt(x) { $0 * cos(x) }) }

/// Cosine. Pullback: `-dy sin x`.
public func cos(_ x: Tensor) -> Tensor { unary(.cos, .cos, x, wrt(x) { -($0 * sin(x)) }) }

/// Tangent. Pullback: `dy (1 + y^2)`.
public func tan(_ x: Tensor) -> Tensor {
  unary(.tan, .tan, x, wrt(x, savingOutput) { dy, y in dy * (y * y + 1) })
}

/// Inverse sine on [-1, 1]. Pullback: `dy / sqrt(1 - x^2)`.
public func asin(_ x: Tensor) -> Tensor { unary(.asin, .asin, x, wrt(x) { $0 / sqrt(1 - x * x) }) }

/// Inverse cosine on [-1, 1]. Pullback: `-dy / sqrt(1 - x^2)`.
public func acos(_ x: Tensor) -> Tensor {
  unary(.acos, .acos, x, wrt(x) { -($0 / sqrt(1 - x * x)) })
}

/// Inverse tangent. Pullback: `dy / (1 + x^2)`.
public func atan(_ x: Tensor) -> Tensor { unary(.atan, .atan, x, wrt(x) { $0 / (x * x + 1) }) }

/// The angle of the point (x, y), from -pi to pi.
///
/// Shapes: `y` and `x` broadcast. Pullback: `dy x / (x^2 + y^2)` and `-dy y / (x^2 + y^2)`. Domain: at the
/// origin the value is C's and the gradient NaN.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor {
  binary(
    .atan2, .atan2, .tensor(y), .tensor(x),
    wrt(y) { dy in dy * (x / (x * x + y * y)) },
    wrt(x) { dy in -(dy * (y / (x * x + y * y))) })
}

/// Hyperbolic sine. Pullback: `dy cosh x`.
public func sinh(_ x: Tensor) -> Tensor { unary(.sinh, .sinh, x, wrt(x) { $0 * cosh(x) }) }

/// Hyperbolic cosine. Pullback: `dy sinh x`.
public func cosh(_ x: Tensor) -> Tensor { unary(.cosh, .cosh, x, wrt(x) { $0 * sinh(x) }) }

/// Inverse hyperbolic sine. Pullback: `dy / sqrt(x^2 + 1)`.
public func asinh(_ x: Tensor) -> Tensor {
  unary(.asinh, .asinh, x, wrt(x) { $0 / sqrt(x * x + 1) })
}

/// Inverse hyperbolic cosine on [1, inf). Pullback: `dy / sqrt(x^2 - 1)`.
public func acosh(_ x: Tensor) -> Tensor {
  unary(.acosh, .acosh, x, wrt(x) { $0 / sqrt(x * x - 1) })
}

/// Inverse hyperbolic tangent on (-1, 1). Pullback: `dy / (1 - x^2)`.
public func atanh(_ x: Tensor) -> Tensor { unary(.atanh, .atanh, x, wrt(x) { $0 / (1 - x * x) }) }

// MARK: - Steps: no derivative

/// The largest whole number not above `x`. No derivative: the result is a constant.
public func floor(_ x: Tensor) -> Tensor { unary(.floor, .floor, x) }

/// The smallest whole number not below `x`. No derivative.
public func ceil(_ x: Tensor) -> Tensor { unary(.ceil, .ceil, x) }

/// The nearest whole number, halves to even. No derivative.
public func round(_ x: Tensor) -> Tensor { unary(.round, .round, x) }

/// -1, 0 or 1; NaN for NaN. No derivative.
public func sign(_ x: Tensor) -> Tensor { unary(.sign, .sign, x) }
