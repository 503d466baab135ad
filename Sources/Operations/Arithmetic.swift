import Autodiff
import Kernels
import Tensors

// Each operation broadcasts its operands; the walk sums a cotangent over what was repeated. A Swift number
// takes the dtype of the tensor it meets. All stop when the operands' dtypes differ or are not float32 or
// float64, or when their shapes do not broadcast to one.

extension Tensor {
  /// The sum, element by element: `y = a + b`.
  ///
  /// Shapes: both broadcast to the result's. Pullback: `dy` for both, summed over what was repeated.
  /// Costs one deferred operation an element. Stops when the dtypes differ or are not float32 or float64,
  /// or the shapes do not broadcast.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    binary(.add, .add, .tensor(a), .tensor(b), wrt(a) { $0 }, wrt(b) { $0 })
  }

  /// The same with a number, which takes the tensor's dtype.
  public static func + (a: Tensor, b: some WeakNumber) -> Tensor {
    binary(.add, .add, .tensor(a), .number(b.asDouble), wrt(a) { $0 })
  }

  /// The same with the number on the left.
  public static func + (a: some WeakNumber, b: Tensor) -> Tensor { b + a }

  /// The difference, element by element: `y = a - b`.
  ///
  /// Shapes: both broadcast to the result's. Pullback: `dy` for a and `-dy` for b, summed over what was
  /// repeated. Costs one deferred operation an element. Stops when the dtypes differ or are not float32
  /// or float64, or the shapes do not broadcast.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    binary(.subtract, .subtract, .tensor(a), .tensor(b), wrt(a) { $0 }, wrt(b) { -$0 })
  }

  /// The same with a number, which takes the tensor's dtype.
  public static func - (a: Tensor, b: some WeakNumber) -> Tensor {
    binary(.subtract, .subtract, .tensor(a), .number(b.asDouble), wrt(a) { $0 })
  }

  /// The same with the number on the left.
  public static func - (a: some WeakNumber, b: Tensor) -> Tensor {
    binary(.subtract, .subtract, .number(a.asDouble), .tensor(b), wrt(b) { -$0 })
  }

  /// The negative: `y = -x`.
  ///
  /// Shapes: kept. Pullback: `-dy`. Costs one deferred operation an element. Stops when the dtype is not
  /// float32 or float64.
  public static prefix func - (x: Tensor) -> Tensor {
    unary(.negate, .negate, x, wrt(x) { -$0 })
  }

  /// The product, element by element: `y = a b`. Of matrices: `matmul`.
  ///
  /// Shapes: both broadcast to the result's. Pullback: `dy b` for a and `dy a` for b, summed over what
  /// was repeated. Costs one deferred operation an element. Stops when the dtypes differ or are not
  /// float32 or float64, or the shapes do not broadcast.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    binary(.multiply, .multiply, .tensor(a), .tensor(b), wrt(a) { $0 * b }, wrt(b) { $0 * a })
  }

  /// The same with a number, which takes the tensor's dtype.
  public static func * (a: Tensor, b: some WeakNumber) -> Tensor {
    let b = b.asDouble
    return binary(.multiply, .multiply, .tensor(a), .number(b), wrt(a) { $0 * b })
  }

  /// The same with the number on the left.
  public static func * (a: some WeakNumber, b: Tensor) -> Tensor { b * a }

  /// The quotient, element by element: `y = a / b`.
  ///
  /// Shapes: both broadcast to the result's. Pullback: `dy / b` for a and `-dy y / b` for b, summed over
  /// what was repeated. Costs one deferred operation an element. Where b is 0 it is infinite, or NaN for
  /// 0 / 0, and so are the gradients. Stops when the dtypes differ or are not float32 or float64, or the
  /// shapes do not broadcast.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    binary(
      .divide, .divide, .tensor(a), .tensor(b), wrt(a) { $0 / b },
      wrt(b, savingOutput) { dy, y in -(dy * y / b) })
  }

  /// The same with a number, which takes the tensor's dtype.
  public static func / (a: Tensor, b: some WeakNumber) -> Tensor {
    let b = b.asDouble
    return binary(.divide, .divide, .tensor(a), .number(b), wrt(a) { $0 / b })
  }

  /// The same with the number on the left.
  public static func / (a: some WeakNumber, b: Tensor) -> Tensor {
    binary(
      .divide, .divide, .number(a.asDouble), .tensor(b),
      wrt(b, savingOutput) { dy, y in -(dy * y / b) })
  }

  /// `a = a + b`: a new value, since tensors do not change.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// `a = a - b`.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// `a = a * b`.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// `a = a / b`.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
}

/// `x` to a constant power, element by element: `y = x^c`.
///
/// Shapes: kept. Pullback: `dy c x^(c-1)`, and 0 for c = 0. Costs one deferred operation an element; the
/// square is a product. Domain: a negative base wants a whole exponent, others give NaN, as in C. At 0
/// the gradient is infinite for exponents below 1 other than 0, and 0 above 1. Stops when the dtype is
/// not float32 or float64.
public func pow(_ x: Tensor, _ exponent: some WeakNumber) -> Tensor {
  let exponent = exponent.asDouble
  if exponent == 2 { return x * x }
  return binary(
    .power, .power, .tensor(x), .number(exponent),
    wrt(x) { dy in
      exponent == 0 ? .zeros(like: dy) : dy * (pow(x, exponent - 1) * exponent)
    })
}

/// `x` to the power `exponent`, element by element: `y = x^e`.
///
/// Shapes: both broadcast to the result's. Pullback: `dy e x^(e-1)` for x, 0 where both are 0;
/// `dy y log x` for the exponent, 0 where x is 0. Costs one deferred operation an element. Domain: a
/// negative base wants a whole exponent, others give NaN, and NaN is the gradient for the exponent below
/// 0. Stops when the dtypes differ or are not float32 or float64, or the shapes do not broadcast.
public func pow(_ x: Tensor, _ exponent: Tensor) -> Tensor {
  binary(
    .power, .power, .tensor(x), .tensor(exponent),
    wrt(x) { dy in
      // x^0 is 1 at 0 too: there 0 times an infinite 1 / x is 0.
      let base = select((x .== 0) .& (exponent .== 0), 1, x)
      return dy * (exponent * pow(base, exponent - 1))
    },
    wrt(exponent, savingOutput) { dy, y in
      dy * select(x .== 0, 0, y * log(select(x .== 0, 1, x)))
    })
}

/// The remainder of `a / b` with the sign of `a` (C's `fmod`): `y = a - b trunc(a / b)`.
///
/// Shapes: both broadcast to the result's. Pullback: `dy` for a and `-dy trunc(a / b)` for b. Costs one
/// deferred operation an element. Where `a / b` is a whole number other than 0 the remainder jumps, and
/// the gradient does not notice; for b = 0 it is NaN. Stops when the dtypes differ or are not float32 or
/// float64, or the shapes do not broadcast.
public func remainder(_ a: Tensor, _ b: Tensor) -> Tensor {
  binary(
    .remainder, .remainder, .tensor(a), .tensor(b), wrt(a) { $0 },
    wrt(b, savingOutput) { dy, y in dy * ((y - a) / b) })
}

/// The remainder of `a / b` with the sign of `b`, composed: `y = a - b floor(a / b)`.
///
/// Shapes: both broadcast to the result's. Pullback: `dy` for a and `-dy floor(a / b)` for b. Costs four
/// deferred operations an element. Where `a / b` is whole the remainder jumps, and the gradient does not
/// notice; for b = 0 it is NaN. Stops when the dtypes differ or are not float32 or float64, or the shapes
/// do not broadcast.
public func modulo(_ a: Tensor, _ b: Tensor) -> Tensor { a - b * floor(a / b) }

/// The larger of the two, element by element; NaN if either is.
///
/// Shapes: both broadcast to the result's. Pullback: `dy` to the larger, nothing to the other. Costs one
/// deferred operation an element. Where they are equal each gets half, so that `maximum(x, x)` has the
/// slope 1. Stops when the dtypes differ or are not float32 or float64, or the shapes do not broadcast.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
  binary(
    .maximum, .maximum, .tensor(a), .tensor(b),
    wrt(a) { dy in select(a .> b, dy, select(a .== b, dy * 0.5, 0)) },
    wrt(b) { dy in select(b .> a, dy, select(a .== b, dy * 0.5, 0)) })
}

/// The larger of tensor and number; NaN where the tensor is.
///
/// Shapes: kept. Pullback: `dy` where the tensor is larger. Costs one deferred operation an element.
/// Subgradient where they are equal: 0. Stops when the dtype is not float32 or float64.
public func maximum(_ a: Tensor, _ b: some WeakNumber) -> Tensor {
  let b = b.asDouble
  return binary(
    .maximum, .maximum, .tensor(a), .number(b),
    maskLink(a, from: { $0 .> b }))
}

/// The smaller of the two, element by element; NaN if either is.
///
/// Shapes: both broadcast to the result's. Pullback: `dy` to the smaller, nothing to the other. Costs one
/// deferred operation an element. Where they are equal each gets half, so that `minimum(x, x)` has the
/// slope 1. Stops when the dtypes differ or are not float32 or float64, or the shapes do not broadcast.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
  binary(
    .minimum, .minimum, .tensor(a), .tensor(b),
    wrt(a) { dy in select(a .< b, dy, select(a .== b, dy * 0.5, 0)) },
    wrt(b) { dy in select(b .< a, dy, select(a .== b, dy * 0.5, 0)) })
}

/// The smaller of tensor and number; NaN where the tensor is.
///
/// Shapes: kept. Pullback: `dy` where the tensor is smaller. Costs one deferred operation an element.
/// Subgradient where they are equal: 0. Stops when the dtype is not float32 or float64.
public func minimum(_ a: Tensor, _ b: some WeakNumber) -> Tensor {
  let b = b.asDouble
  return binary(
    .minimum, .minimum, .tensor(a), .number(b),
    maskLink(a, from: { $0 .< b }))
}

/// The rule of an operation that hands a cotangent on where a mask is 1, and whose mask is the same
/// whether it is read from the operand or from the result.
///
/// A deferred operand made of one stream that another rule keeps anyway, as in `relu(norm(x))`, is formed
/// again: batch norm's backward pass reads that stream too, and the result need not be read. Otherwise
/// the mask comes from the result, which the next operation keeps.
private func maskLink(_ x: Tensor, from mask: @escaping (Tensor) -> Tensor) -> Link? {
  if let source = x.storage.soleSource, Tape.current?.isKept(source) == true {
    return wrt(x) { dy in select(mask(x), dy, 0) }
  }
  return wrt(x, savingOutput) { dy, y in select(mask(y), dy, 0) }
}

/// `x` limited to `low...high`, composed: `y = min(max(x, low), high)`.
///
/// Shapes: kept. Pullback: `dy` inside, 0 beyond the limits. Costs two deferred operations an element.
/// Subgradient at the limits: 0. NaN stays NaN; with `low` above `high` all becomes `high`. Stops when
/// the dtype is not float32 or float64.
public func clamp(_ x: Tensor, from low: Double, through high: Double) -> Tensor {
  minimum(maximum(x, low), high)
}
