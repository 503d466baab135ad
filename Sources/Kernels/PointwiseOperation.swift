/// What a pointwise program can do to its values, in the order the C half counts them.
///
/// Comparisons and logic give 0 or 1 in the program's precision. `minimum` and `maximum` give NaN
/// where either side is NaN; `sign` keeps zeros and NaN; `round` takes ties to even; `remainder`
/// has the sign of its first operand; `select(mask, a, b)` is `a` where the mask is not zero.
package enum PointwiseOperation: Int32, Sendable, CaseIterable {
  case negate, absolute, exp, log, sqrt, rsqrt, tanh, sigmoid, erf, floor, ceil, round, sign, log1p
  case expm1, sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, reciprocal
  case logicalNot, isFinite, isNaN

  case add, subtract, multiply, divide, power, minimum, maximum, remainder, atan2
  case equal, notEqual, less, lessEqual, greater, greaterEqual, logicalAnd, logicalOr

  case select

  /// How many operands it takes.
  package var arity: Int {
    rawValue <= Self.isNaN.rawValue ? 1 : rawValue <= Self.logicalOr.rawValue ? 2 : 3
  }
  /// About how long it takes, where an addition of two values in the cache takes 1.
  var work: Int {
    switch self {
    case .divide, .sqrt, .rsqrt, .reciprocal: 3
    case .exp, .log, .tanh, .sigmoid, .erf, .log1p, .expm1, .sin, .cos, .tan: 8
    case .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .power, .remainder, .atan2: 40
    default: 1
    }
  }
}
