import Autodiff
import Kernels
import Tensors

/// A Swift number that takes the dtype of the tensor it meets: `x * 2`, `x + 0.5`.
public protocol WeakNumber: TensorElement {}
extension Int: WeakNumber {}
extension Float: WeakNumber {}
extension Double: WeakNumber {}

/// An operand of a pointwise operation: a tensor, or a number of the tensor's dtype.
enum PointwiseInput {
  case tensor(Tensor)
  case number(Double)

  /// How the expression reads it over a domain of this shape.
  func operand(in shape: Shape) -> Expression.Operand {
    switch self {
    case .number(let value): return .constant(value)
    case .tensor(let tensor):
      if let access = tensor.shape.access(in: shape) { return .elements(tensor.storage, access) }
      let stretched = withoutRecording { tensor.broadcasted(to: shape) }
      return .elements(stretched.storage, .flat(stretched.count))
    }
  }
}

/// Records a pointwise operation of one tensor; `dtype` is the result's if it is another.
func unary(
  _ primitive: Primitive, _ operation: PointwiseOperation, _ x: Tensor, dtype: DType? = nil,
  _ link: Link? = nil
) -> Tensor {
  requireCompute(primitive, x)
  return record(
    primitive, shape: x.shape, dtype: dtype ?? x.dtype,
    compute: {
      .pointwise(
        operation, count: x.count, dtype: dtype ?? x.dtype,
        .elements(x.storage, .flat(x.count)), precision: .init(holding: x.dtype))
    }, link)
}

/// Records a pointwise operation of two operands, at least one a tensor, broadcast to one shape.
func binary(
  _ primitive: Primitive, _ operation: PointwiseOperation, _ a: PointwiseInput,
  _ b: PointwiseInput, dtype: DType? = nil, _ links: Link?...
) -> Tensor {
  let (shape, operand) = common(primitive, a, b)
  if dtype == nil { requireCompute(primitive, operand) }
  return record(
    primitive, shape: shape, dtype: dtype ?? operand.dtype, links: links,
    compute: {
      .pointwise(
        operation, count: shape.elementCount, dtype: dtype ?? operand.dtype, a.operand(in: shape),
        b.operand(in: shape), precision: .init(holding: operand.dtype))
    })
}

/// The shape two operands broadcast to, and the one (or either) that decides the dtype.
func common(
  _ primitive: Primitive, _ a: PointwiseInput, _ b: PointwiseInput
) -> (shape: Shape, decides: Tensor) {
  switch (a, b) {
  case (.tensor(let a), .tensor(let b)):
    guard a.dtype == b.dtype else {
      fail("\(primitive)", "dtypes differ: \(a.dtype) and \(b.dtype); convert one with cast(to:)")
    }
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      fail("\(primitive)", "shapes \(a.shape) and \(b.shape) do not broadcast to one")
    }
    return (shape, a)
  case (.tensor(let tensor), .number), (.number, .tensor(let tensor)):
    return (tensor.shape, tensor)
  case (.number, .number):
    preconditionFailure("an operation of two numbers is Swift's")
  }
}

func requireCompute(_ primitive: Primitive, _ x: Tensor) {
  guard x.dtype.isCompute else {
    fail("\(primitive)", "wants float32 or float64, given \(x.dtype); convert with cast(to:)")
  }
}
