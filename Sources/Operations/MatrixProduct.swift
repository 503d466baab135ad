import Autodiff
import Kernels
import Tensors

/// The matrix product `op(a) op(b)`, where `op` transposes the last two axes if asked to.
///
/// Shapes: `[..., m, k]` and `[..., k, n]` to `[..., m, n]`; leading axes are a batch and broadcast. A
/// matrix `b` is shared by the whole batch of `a`. Pullback: `dy op(b)'` and `op(a)' dy`. Costs `m n k`
/// multiply-adds a product. With `k` = 0 the result is zero. Stops when there are fewer than two axes,
/// the inner sizes differ, batch axes do not broadcast, or the dtypes differ or are not float32 or
/// float64.
public func matmul(
  _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
) -> Tensor {
  requireCompute(.matmul, a)
  guard a.dtype == b.dtype else {
    fail("matmul", "dtypes differ: \(a.dtype) and \(b.dtype); convert one with cast(to:)")
  }
  guard a.rank >= 2, b.rank >= 2 else {
    fail(
      "matmul", "wants matrices, given \(a.shape) and \(b.shape); add an axis with expanded(at:)")
  }
  let (m, k) = matrixSizes(a.shape, transposed: transposeA)
  let (k2, n) = matrixSizes(b.shape, transposed: transposeB)
  guard k == k2 else {
    fail(
      "matmul",
      "inner sizes differ: a is \(a.shape)\(transposeA ? " transposed" : ""), "
        + "b is \(b.shape)\(transposeB ? " transposed" : "")")
  }
  if b.rank == 2, a.rank > 2, !transposeA {
    let rows = a.viewed(as: [a.shape.product(0..<(a.rank - 1)), k])
    return matmul(rows, b, transposeB: transposeB).viewed(as: a.shape.replacing(axis: -1, with: n))
  }
  let batchA = Shape(Array(a.shape.dropLast(2)))
  let batchB = Shape(Array(b.shape.dropLast(2)))
  guard let batch = Shape.broadcast(batchA, batchB) else {
    fail("matmul", "batch axes do not broadcast: a is \(a.shape), b is \(b.shape)")
  }
  let left = batched(a, batchA, to: batch)
  let right = batched(b, batchB, to: batch)
  return record(
    .matmul, shape: Shape(Array(batch) + [m, n]), dtype: a.dtype,
    multiplyAdds: batch.elementCount * m * n * k,
    compute: {
      .computed(count: batch.elementCount * m * n, dtype: a.dtype) { target in
        matrixProduct(
          a.dtype, batch: batch.elementCount, rows: m, columns: n, inner: k,
          a: left.storage.bytes, aTransposed: transposeA, aBatchStride: left.stride,
          b: right.storage.bytes, bTransposed: transposeB, bBatchStride: right.stride,
          into: target)
      }
    },
    wrt(a) { dy in
      transposeA
        ? matmul(b, dy, transposeA: transposeB, transposeB: true)
        : matmul(dy, b, transposeB: !transposeB)
    },
    wrt(b) { dy in
      transposeB
        ? matmul(dy, a, transposeA: true, transposeB: transposeA)
        : matmul(a, dy, transposeA: !transposeA)
    })
}

private func matrixSizes(_ shape: Shape, transposed: Bool) -> (Int, Int) {
  transposed ? (shape[-1], shape[-2]) : (shape[-2], shape[-1])
}

/// The contents of a batch of matrices and the distance between two; 0 for one that all share.
private func batched(
  _ x: Tensor, _ own: Shape, to batch: Shape
) -> (storage: Storage, stride: Int) {
  let size = x.shape[-1] * x.shape[-2]
  if own.elementCount == batch.elementCount { return (x.storage, size) }
  if own.elementCount == 1 { return (x.storage, 0) }
  let target = Shape(Array(batch) + [x.shape[-2], x.shape[-1]])
  return (withoutRecording { x.broadcasted(to: target) }.storage, size)
}
