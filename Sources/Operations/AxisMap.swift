import Autodiff
import Kernels
import Tensors

extension Tensor {
  /// A sparse linear map along one axis: each element of the result is a weighted sum of a few of the
  /// axis. Mirrors, resampling and averages over windows are such maps; the pullback is the map
  /// transposed.
  package func mapped(axis: Int, by map: SparseRows) -> Tensor {
    requireCompute(.axisMap, self)
    let axis = shape.resolve(axis, for: "axisMap")
    guard map.inputLength == shape[axis] else {
      fail("axisMap", "a map of \(map.inputLength) elements along axis \(axis) of \(shape)")
    }
    let length = map.offsets.count - 1
    let result = shape.replacing(axis: axis, with: length)
    return record(
      .axisMap, shape: result, dtype: dtype,
      compute: {
        .computed(count: result.elementCount, dtype: dtype) { target in
          axisMap(
            dtype, storage.bytes, outer: shape.product(0..<axis),
            inner: shape.product((axis + 1)..<rank), map: map, into: target)
        }
      },
      wrt(self) { dy in dy.mapped(axis: axis, by: map.transposed) })
  }
}

extension SparseRows {
  /// The map that picks these elements.
  package static func selecting(_ sources: some Collection<Int>, from length: Int) -> SparseRows {
    SparseRows(inputLength: length, rows: sources.map { [(index: $0, weight: 1)] })
  }
}
