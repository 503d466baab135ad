import Autodiff
import Tensors

// Whole matrices of derivatives. They stand here and not beside `gradient` because they stack rows.

/// The derivatives of every element of a function's value for every element of `x`.
///
/// Shape: that of the value followed by that of `x`; `jacobian[i..., j...] = d value_i / d x_j`. One
/// walk backwards for each element of the value, from one recording: costs as many pullbacks as the
/// value has elements, and memory for the result. For a function with fewer inputs than results `jvp`
/// along each input is cheaper. Nests with every other derivative. An empty value or input gives an
/// empty result; elements that do not depend on `x` give zeros. Stops when the value is not float32 or
/// float64.
///
///     let rotation = jacobian(at: x) { matmul($0, r) }
public func jacobian(
  at x: Tensor, of function: (Tensor) throws -> Tensor
) rethrows -> Tensor {
  let (value, pullback) = try pullback(at: x, of: function)
  guard value.dtype.isCompute else {
    fail("jacobian", "wants a float32 or float64 result, the function returned \(value.dtype)")
  }
  let shape = Shape(Array(value.shape) + Array(x.shape))
  guard value.count > 0, x.count > 0 else { return .zeros(shape, dtype: value.dtype) }
  let rows = (0..<value.count).map { place in
    var one = [Double](repeating: 0, count: value.count)
    one[place] = 1
    return pullback(Tensor(one, shape: value.shape, dtype: value.dtype))
  }
  return stack(rows, axis: 0).reshaped(to: Array(shape))
}

/// The second derivatives of a scalar function.
///
/// Shape: that of `x` twice; `hessian[i..., j...] = d^2 f / (d x_i d x_j)`, symmetric up to rounding.
/// The Jacobian of the gradient: as many walks backwards, through forward and backward pass, as `x` has
/// elements. Use ``hessianVectorProduct(at:along:of:)`` where a product is enough. Stops when the
/// function's result is not a scalar.
///
///     let curvature = hessian(at: x) { (exp($0) * $0).sum() }
public func hessian(at x: Tensor, of function: (Tensor) throws -> Tensor) rethrows -> Tensor {
  try jacobian(at: x) { try gradient(at: $0, of: function) }
}
