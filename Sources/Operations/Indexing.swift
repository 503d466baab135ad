import Autodiff
import Kernels
import Tensors

extension Tensor {
  /// The parts of an axis at these indices.
  ///
  /// Shapes: an axis of size `s` becomes the axes of `indices` (int32 or int64). Formula, for the first
  /// axis: `y[i, ...] = x[indices[i], ...]`. Pullback: `dy` added at the indices, in order. Costs a copy
  /// of what is taken. Stops when the axis does not exist, the indices have another dtype, or one is not
  /// in `0..<s`, naming it.
  public func gathered(at indices: Tensor, axis: Int = 0) -> Tensor {
    let axis = shape.resolve(axis, for: "gather")
    requireIndices("gather", indices)
    let length = shape[axis]
    let sizes = Array(shape.prefix(axis)) + Array(indices.shape) + Array(shape.dropFirst(axis + 1))
    let result = Shape(sizes)
    return record(
      .gather, shape: result, dtype: dtype,
      compute: {
        .computed(count: result.elementCount, dtype: dtype) { target in
          let bad = gatherAlongAxis(
            byteWidth: dtype.byteWidth, storage.bytes, outer: shape.product(0..<axis),
            length: length, inner: shape.product((axis + 1)..<rank), indices: indices.storage.bytes,
            indexDType: indices.dtype, indexCount: indices.count, into: target)
          requireInside("gather", indices, bad, length)
        }
      },
      wrt(self) { dy in dy.scatterAdded(at: indices, axis: axis, length: length) })
  }

  /// Zeros with the parts of this tensor added at the indices of an axis of size `length`.
  ///
  /// The adjoint of `gathered`. Shapes: the axes of `indices` (int32 or int64) at `axis` become one of
  /// `length`. Pullback: `dy` gathered at the indices. Costs a pass; parts that fall on the same index
  /// are added in order. Stops when the indices have another dtype, do not stand at that axis, or one is
  /// not in `0..<length`, naming it, or the dtype is not float32 or float64.
  public func scatterAdded(at indices: Tensor, axis: Int = 0, length: Int) -> Tensor {
    requireIndices("scatterAdd", indices)
    requireCompute(.scatterAdd, self)
    let end = axis + indices.rank
    guard axis >= 0, end <= rank, Shape(Array(shape)[axis..<end]) == indices.shape else {
      fail("scatterAdd", "indices \(indices.shape) do not stand at axis \(axis) of \(shape)")
    }
    let result = Shape(Array(shape.prefix(axis)) + [length] + Array(shape.dropFirst(end)))
    return record(
      .scatterAdd, shape: result, dtype: dtype,
      compute: {
        .computed(count: result.elementCount, dtype: dtype) { target in
          let bad = scatterAddAlongAxis(
            dtype, storage.bytes, outer: shape.product(0..<axis), length: length,
            inner: shape.product(end..<rank), indices: indices.storage.bytes,
            indexDType: indices.dtype, indexCount: indices.count, into: target)
          requireInside("scatterAdd", indices, bad, length)
        }
      },
      wrt(self) { dy in dy.gathered(at: indices, axis: axis) })
  }

  /// One element of each row.
  ///
  /// Shapes: `[..., n]` and indices `[...]` (int32 or int64) to `[...]`. Pullback: `dy` at the chosen
  /// place of each row, zeros elsewhere. Costs one read of the indices. Stops when there is not an index
  /// for each row, they have another dtype, or one is not in `0..<n`, naming it.
  public func pickedPerRow(_ indices: Tensor) -> Tensor {
    requireIndices("pickPerRow", indices)
    guard rank > 0, indices.shape == Shape(Array(shape.dropLast())) else {
      fail("pickPerRow", "\(shape) wants an index for each row, given \(indices.shape)")
    }
    let columns = shape[-1]
    return record(
      .pickPerRow, shape: indices.shape, dtype: dtype,
      compute: {
        .computed(count: indices.count, dtype: dtype) { target in
          let bad = pickPerRow(
            byteWidth: dtype.byteWidth, storage.bytes, rows: indices.count, columns: columns,
            indices: indices.storage.bytes, indexDType: indices.dtype, into: target)
          requireInside("pickPerRow", indices, bad, columns)
        }
      },
      wrt(self) { dy in dy.placedPerRow(indices, columns: columns) })
  }

  /// Rows of zeros with this tensor's element at the index of each: the adjoint of `pickedPerRow`.
  ///
  /// Shapes: `[...]` and indices `[...]` to `[..., columns]`. Pullback: `dy` picked at the indices. Costs
  /// one write of the result. Stops when the shapes differ, the indices are not of int32 or int64, or one
  /// is not in `0..<columns`, naming it.
  public func placedPerRow(_ indices: Tensor, columns: Int) -> Tensor {
    requireIndices("placePerRow", indices)
    guard indices.shape == shape else {
      fail("placePerRow", "\(shape) wants as many indices, given \(indices.shape)")
    }
    let result = Shape(Array(shape) + [columns])
    return record(
      .placePerRow, shape: result, dtype: dtype,
      compute: {
        .computed(count: result.elementCount, dtype: dtype) { target in
          let bad = placePerRow(
            byteWidth: dtype.byteWidth, storage.bytes, rows: indices.count, columns: columns,
            indices: indices.storage.bytes, indexDType: indices.dtype, into: target)
          requireInside("placePerRow", indices, bad, columns)
        }
      },
      wrt(self) { dy in dy.pickedPerRow(indices) })
  }
}

func requireIndices(_ operation: String, _ indices: Tensor) {
  guard indices.dtype == .int32 || indices.dtype == .int64 else {
    fail(operation, "wants indices of int32 or int64, given \(indices.dtype)")
  }
}

func requireInside(_ operation: String, _ indices: Tensor, _ bad: Int?, _ length: Int) {
  guard let bad else { return }
  let value = indices.scalars(of: Int.self)[bad]
  fail(operation, "index \(value) at position \(bad) is not in 0..<\(length)")
}
