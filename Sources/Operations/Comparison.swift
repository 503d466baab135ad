import Autodiff
import Kernels
import Tensors

// Masks have dtype bool and no derivative: to a gradient they are constants. Any dtype compares.

extension Tensor {
  /// True where the two are equal, element by element.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. A comparison with NaN is false. Stops when the dtypes differ or the shapes do not
  /// broadcast.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(.equal, .equal, a, b) }
  /// True where the two differ, element by element.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. NaN differs from everything. Stops when the dtypes differ or the shapes do not broadcast.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(.notEqual, .notEqual, a, b) }
  /// True where the first is less, element by element.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. A comparison with NaN is false. Stops when the dtypes differ or the shapes do not
  /// broadcast.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(.less, .less, a, b) }
  /// True where the first is less or equal, element by element.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. A comparison with NaN is false. Stops when the dtypes differ or the shapes do not
  /// broadcast.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(.lessEqual, .lessEqual, a, b) }
  /// True where the first is greater, element by element.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. A comparison with NaN is false. Stops when the dtypes differ or the shapes do not
  /// broadcast.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(.greater, .greater, a, b) }
  /// True where the first is greater or equal, element by element.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. A comparison with NaN is false. Stops when the dtypes differ or the shapes do not
  /// broadcast.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor {
    compare(.greaterEqual, .greaterEqual, a, b)
  }

  /// The same with a number in place of the second tensor.
  public static func .== (a: Tensor, b: some WeakNumber) -> Tensor {
    compare(.equal, .equal, a, b)
  }
  /// The same with a number in place of the second tensor.
  public static func .!= (a: Tensor, b: some WeakNumber) -> Tensor {
    compare(.notEqual, .notEqual, a, b)
  }
  /// The same with a number in place of the second tensor.
  public static func .< (a: Tensor, b: some WeakNumber) -> Tensor { compare(.less, .less, a, b) }
  /// The same with a number in place of the second tensor.
  public static func .<= (a: Tensor, b: some WeakNumber) -> Tensor {
    compare(.lessEqual, .lessEqual, a, b)
  }
  /// The same with a number in place of the second tensor.
  public static func .> (a: Tensor, b: some WeakNumber) -> Tensor {
    compare(.greater, .greater, a, b)
  }
  /// The same with a number in place of the second tensor.
  public static func .>= (a: Tensor, b: some WeakNumber) -> Tensor {
    compare(.greaterEqual, .greaterEqual, a, b)
  }

  /// True where both masks are.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. Stops when the dtypes differ or the shapes do not broadcast.
  public static func .& (a: Tensor, b: Tensor) -> Tensor {
    compare(.logicalAnd, .logicalAnd, a, b)
  }
  /// True where either mask is.
  ///
  /// Shapes: both broadcast to the result's, of bool. No derivative. Costs one deferred operation an
  /// element. Stops when the dtypes differ or the shapes do not broadcast.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { compare(.logicalOr, .logicalOr, a, b) }

  private static func compare(
    _ primitive: Primitive, _ operation: PointwiseOperation, _ a: Tensor, _ b: Tensor
  ) -> Tensor {
    binary(primitive, operation, .tensor(a), .tensor(b), dtype: .bool)
  }

  private static func compare(
    _ primitive: Primitive, _ operation: PointwiseOperation, _ a: Tensor, _ b: some WeakNumber
  ) -> Tensor {
    binary(primitive, operation, .tensor(a), .number(b.asDouble), dtype: .bool)
  }
}

/// The opposite of a mask.
///
/// Shapes: kept. No derivative. Costs one deferred operation an element. Never stops: of numbers it tells
/// which are 0.
public func logicalNot(_ mask: Tensor) -> Tensor { mask .== 0 }

/// True where `x` is neither infinite nor NaN.
///
/// Shapes: kept; bool. No derivative. Costs one deferred operation an element. Stops when the dtype is
/// not float32 or float64.
public func isFinite(_ x: Tensor) -> Tensor { unary(.isFinite, .isFinite, x, dtype: .bool) }

/// True where `x` is NaN.
///
/// Shapes: kept; bool. No derivative. Costs one deferred operation an element. Stops when the dtype is
/// not float32 or float64.
public func isNaN(_ x: Tensor) -> Tensor { unary(.isNaN, .isNaN, x, dtype: .bool) }

/// `a` where the mask is true, `b` elsewhere.
///
/// Shapes: all three broadcast to the result's. Pullback: `dy` where the mask is true for `a`, where it
/// is false for `b`, summed over what was repeated; the mask is a constant. Costs one deferred operation
/// an element. A value that is not chosen has no influence, not even as NaN; but where the derivative of
/// what made it is infinite, the cotangent of 0 becomes NaN on its way back: choose before, as
/// `select(x .> 0, log(select(x .> 0, x, 1)), 0)`. Stops when the mask is not of bool, the dtypes of the
/// values differ or are not float32 or float64, or the shapes do not broadcast.
public func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  select(
    mask, .tensor(a), .tensor(b), wrt(a) { dy in select(mask, dy, 0) },
    wrt(b) { dy in select(mask, 0, dy) })
}

/// The same with a number where the mask is false.
public func select(_ mask: Tensor, _ a: Tensor, _ b: some WeakNumber) -> Tensor {
  select(mask, .tensor(a), .number(b.asDouble), wrt(a) { dy in select(mask, dy, 0) })
}

/// The same with a number where the mask is true.
public func select(_ mask: Tensor, _ a: some WeakNumber, _ b: Tensor) -> Tensor {
  select(mask, .number(a.asDouble), .tensor(b), wrt(b) { dy in select(mask, 0, dy) })
}

private func select(
  _ mask: Tensor, _ a: PointwiseInput, _ b: PointwiseInput, _ links: Link?...
) -> Tensor {
  let (valueShape, value) = common(.select, a, b)
  guard mask.dtype == .bool else {
    fail("select", "wants a mask of bool, given \(mask.dtype); compare to make one")
  }
  guard let shape = Shape.broadcast(mask.shape, valueShape) else {
    fail("select", "mask \(mask.shape) and values \(valueShape) do not broadcast to one shape")
  }
  requireCompute(.select, value)
  return record(
    .select, shape: shape, dtype: value.dtype, links: links,
    compute: {
      .pointwise(
        .select, count: shape.elementCount, dtype: value.dtype,
        PointwiseInput.tensor(mask).operand(in: shape), a.operand(in: shape),
        b.operand(in: shape), precision: .init(holding: value.dtype))
    })
}

extension Tensor {
  /// The same values in another dtype; itself if it has that dtype.
  ///
  /// Shapes: kept. Between floats the nearest value; to integers toward zero, saturating, NaN to 0; to
  /// bool whether it is not 0. Pullback, between float32 and float64: `dy` converted back; otherwise the
  /// result is a constant. Costs one deferred operation an element.
  public func cast(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    let source = self.dtype
    let link = source.isCompute && dtype.isCompute ? wrt(self) { $0.cast(to: source) } : nil
    return record(.cast, shape: shape, dtype: dtype, compute: { storage.cast(to: dtype) }, link)
  }
}
