import Autodiff
import Kernels
import Tensors

// Each operation broadcasts its operands; the walk sums a cotangent over what was repeated.

extension Tensor {
  /// The sum, element by element. Pullback: `dy` for both.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    binary(.add, .add, .tensor(a), .tensor(b), wrt(a) { $0 }, wrt(b) { $0 })
  }

  public static func + (a: Tensor, b: some WeakNumber) -> Tensor {
    binary(.add, .add, .tensor(a), .number(b.asDouble), wrt(a) { $0 })
  }

  public static func + (a: some WeakNumber, b: Tensor) -> Tensor { b + a }

  /// The difference. Pullback: `dy` and `-dy`.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    binary(.subtract, .subtract, .tensor(a), .tensor(b), wrt(a) { $0 }, wrt(b) { -$0 })
  }

  public static func - (a: Tensor, b: some WeakNumber) -> Tensor {
    binary(.subtract, .subtract, .tensor(a), .number(b.asDouble), wrt(a) { $0 })
  }

  public static func - (a: some WeakNumber, b: Tensor) -> Tensor {
    binary(.subtract, .subtract, .number(a.asDouble), .tensor(b), wrt(b) { -$0 })
  }

  /// The negative. Pullback: `-dy`.
  public static prefix func - (x: Tensor) -> Tensor {
    unary(.negate, .negate, x, wrt(x) { -$0 })
  }

  /// The product, element by element. Pullback: `dy b` and `dy a`.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    binary(.multiply, .multiply, .tensor(a), .tensor(b), wrt(a) { $0 * b }, wrt(b) { $0 * a })
  }

  public static func * (a: Tensor, b: some WeakNumber) -> Tensor {
    let b = b.asDouble
    return binary(.multiply, .multiply, .tensor(a), .number(b), wrt(a) { $0 * b })
  }

  public static func * (a: some WeakNumber, b: Tensor) -> Tensor { b * a }

  /// The quotient. Pullback: `dy / b` and `-dy y / b`.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    binary(
      .divide, .divide, .tensor(a), .tensor(b), wrt(a) { $0 / b },
      wrt(b, savingOutput) { dy, y in -(dy * y / b) })
  }

  public static func / (a: Tensor, b: some WeakNumber) -> Tensor {
    let b = b.asDouble
    return binary(.divide, .divide, .tensor(a), .number(b), wrt(a) { $0 / b })
  }

  public static func / (a: some WeakNumber, b: Tensor) -> Tensor {
    binary(
      .divide, .divide, .number(a.asDouble), .tensor(b),
      wrt(b, savingOutput) { dy, y in -(dy * y / b) })
  }

  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
}

/// `x` to a constant power. Pullback: `dy c x^(c-1)`.
///
/// A negative base wants a whole exponent; others give NaN, as in C.
public func pow(_ x: Tensor, _ exponent: some WeakNumber) -> Tensor {
  let exponent = exponent.asDouble
  if exponent == 2 { return x * x }
  return binary(
    .power, .power, .tensor(x), .number(exponent),
    wrt(x) { dy in
      exponent == 0 ? .zeros(like: dy) : dy * (pow(x, exponent - 1) * exponent)
    })
}

/// `x` to the power `exponent`, element by element.
///
/// Pullback: `dy e x^(e-1)` and `dy y log x`, the latter 0 where `x` is 0. Domain for the gradient of
/// the exponent: `x >= 0`.
public func pow(_ x: Tensor, _ exponent: Tensor) -> Tensor {
  binary(
    .power, .power, .tensor(x), .tensor(exponent),
    wrt(x) { dy in dy * (exponent * pow(x, exponent - 1)) },
    wrt(exponent, savingOutput) { dy, y in
      dy * select(x .== 0, 0, y * log(select(x .== 0, 1, x)))
    })
}

/// The remainder of `a / b` with the sign of `a` (C's `fmod`).
///
/// Pullback: `dy` and `-dy trunc(a / b)`; not defined where `a / b` is whole.
public func remainder(_ a: Tensor, _ b: Tensor) -> Tensor {
  binary(
    .remainder, .remainder, .tensor(a), .tensor(b), wrt(a) { $0 },
    wrt(b, savingOutput) { dy, y in dy * ((y - a) / b) })
}

/// The remainder of `a / b` with the sign of `b`: `a - b floor(a / b)`, composed.
///
/// Pullback: `dy` and `-dy floor(a / b)`; not defined where `a / b` is whole.
public func modulo(_ a: Tensor, _ b: Tensor) -> Tensor { a - b * floor(a / b) }

/// The larger of the two, element by element; NaN if either is.
///
/// Pullback: `dy` to the larger. Where they are equal each gets half.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
  binary(
    .maximum, .maximum, .tensor(a), .tensor(b),
    wrt(a) { dy in select(a .> b, dy, select(a .== b, dy * 0.5, 0)) },
    wrt(b) { dy in select(b .> a, dy, select(a .== b, dy * 0.5, 0)) })
}

/// The larger of tensor and number. Pullback: `dy` where the tensor is larger; 0 where they are equal.
public func maximum(_ a: Tensor, _ b: some WeakNumber) -> Tensor {
  let b = b.asDouble
  return binary(
    .maximum, .maximum, .tensor(a), .number(b),
    maskLink(a, from: { $0 .> b }))
}

/// The smaller of the two, element by element; NaN if either is.
///
/// Pullback: `dy` to the smaller. Where they are equal each gets half.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor {
  binary(
    .minimum, .minimum, .tensor(a), .tensor(b),
    wrt(a) { dy in select(a .< b, dy, select(a .== b, dy * 0.5, 0)) },
    wrt(b) { dy in select(b .< a, dy, select(a .== b, dy * 0.5, 0)) })
}

/// The smaller of tensor and number. Pullback: `dy` where the tensor is smaller; 0 where they are
/// equal.
public func minimum(_ a: Tensor, _ b: some WeakNumber) -> Tensor {
  let b = b.asDouble
  return binary(
    .minimum, .minimum, .tensor(a), .number(b),
    maskLink(a, from: { $0 .< b }))
}

/// The rule of an operation that hands a cotangent on where a mask is 1, and whose mask is the same whether
/// it is read from the operand or from the result.
///
/// A deferred operand made of one stream that another rule keeps anyway, as in `relu(norm(x))`, is formed
/// again: batch norm's backward pass reads that stream too, and the result need not be read. Otherwise the
/// mask comes from the result, which the next operation keeps.
private func maskLink(_ x: Tensor, from mask: @escaping (Tensor) -> Tensor) -> Link? {
  if let source = x.storage.soleSource, Tape.current?.isKept(source) == true {
    return wrt(x) { dy in select(mask(x), dy, 0) }
  }
  return wrt(x, savingOutput) { dy, y in select(mask(y), dy, 0) }
}

/// `x` limited to `low...high`. Pullback: `dy` inside, 0 at and beyond the limits.
public func clamp(_ x: Tensor, from low: Double, through high: Double) -> Tensor {
  minimum(maximum(x, low), high)
}
