import Autodiff
import Kernels
import Tensors

extension Tensor {
  /// Elements along an axis at indices of their own: `y[i, k] = x[i, index[i, k]]` for the last axis.
  ///
  /// Shapes: indices (int32 or int64) have the tensor's shape but for the size of `axis`; so has the
  /// result. `gathered` takes whole parts at one list of indices instead. Pullback: `dy` added at the
  /// indices, in order. Costs one read of the indices. Stops when the shapes disagree or an index is not
  /// in the axis, naming it.
  public func taken(along axis: Int = -1, at indices: Tensor) -> Tensor {
    requireIndices("takeAlong", indices)
    let axis = shape.resolve(axis, for: "takeAlong")
    requireAligned("takeAlong", indices, axis)
    let length = shape[axis]
    return record(
      .takeAlong, shape: indices.shape, dtype: dtype,
      compute: {
        .computed(count: indices.count, dtype: dtype) { target in
          let bad = takeAlongAxis(
            byteWidth: dtype.byteWidth, storage.bytes, outer: shape.product(0..<axis),
            length: length, count: indices.shape[axis],
            inner: shape.product((axis + 1)..<rank), indices: indices.storage.bytes,
            indexDType: indices.dtype, into: target)
          requireInside("takeAlong", indices, bad, length)
        }
      },
      wrt(self) { dy in dy.added(along: axis, at: indices, length: length) })
  }

  /// Zeros with each element of this tensor added at its index of an axis of size `length`.
  ///
  /// The adjoint of `taken`, called scatter-add elsewhere. Shapes: indices have the tensor's shape; the
  /// result differs in the size of `axis`. Elements that fall on the same place are added in order.
  /// Pullback: `dy` taken at the indices. Costs one write of the result and a read of the tensor.
  /// Stops when the shapes disagree or an index is not in `0..<length`, naming it.
  public func added(along axis: Int = -1, at indices: Tensor, length: Int) -> Tensor {
    requireIndices("addAlong", indices)
    requireCompute(.addAlong, self)
    let axis = shape.resolve(axis, for: "addAlong")
    guard indices.shape == shape else {
      fail("addAlong", "\(shape) wants an index for each element, given \(indices.shape)")
    }
    let result = shape.replacing(axis: axis, with: length)
    return record(
      .addAlong, shape: result, dtype: dtype,
      compute: {
        .computed(count: result.elementCount, dtype: dtype) { target in
          let bad = addAlongAxis(
            dtype, storage.bytes, outer: shape.product(0..<axis), length: length,
            count: shape[axis], inner: shape.product((axis + 1)..<rank),
            indices: indices.storage.bytes, indexDType: indices.dtype, into: target)
          requireInside("addAlong", indices, bad, length)
        }
      },
      wrt(self) { dy in dy.taken(along: axis, at: indices) })
  }

  private func requireAligned(_ operation: String, _ indices: Tensor, _ axis: Int) {
    guard indices.rank == rank,
      indices.shape.replacing(axis: axis, with: 0) == shape.replacing(axis: axis, with: 0)
    else {
      fail(
        operation,
        "indices \(indices.shape) want the shape \(shape) but for the size of axis \(axis)")
    }
  }
}
