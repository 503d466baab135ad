import Autodiff
import Kernels
import Tensors

/// `log(sum(exp(x))) - x[label]` of each row, in one pass.
///
/// Shapes: `x` `[..., classes]`, labels `[...]` of int32 or int64, to `[...]`. Pullback:
/// `(softmax(x) - unit(label)) dy`. Costs one read of `x`, forward and backward; the largest logit is
/// taken out first, so nothing overflows. Stops when a label is not in `0..<classes`, naming it.
package func softmaxCrossEntropy(_ x: Tensor, _ labels: Tensor) -> Tensor {
  requireCompute(.softmaxCrossEntropy, x)
  requireIndices("crossEntropy", labels)
  let classes = x.shape[-1]
  return record(
    .softmaxCrossEntropy, shape: labels.shape, dtype: x.dtype,
    compute: {
      .computed(count: labels.count, dtype: x.dtype) { target in
        let bad = Kernels.crossEntropy(
          x.dtype, x.storage.bytes, rows: labels.count, columns: classes,
          labels: labels.storage.bytes, labelDType: labels.dtype, into: target)
        requireInside("crossEntropy", labels, bad, classes)
      }
    },
    wrt(x) { dy in softmaxCrossEntropyGradient(x, labels, dy) })
}

/// `(softmax(x) - unit(label)) dy` of each row, in one pass: the pullback of `softmaxCrossEntropy`.
///
/// With p = softmax(x), pullback for `x`: `(p u - p sum(p u)) dy`; for `dy`: `sum(p u) - u[label]`.
package func softmaxCrossEntropyGradient(
  _ x: Tensor, _ labels: Tensor, _ dy: Tensor
) -> Tensor {
  let classes = x.shape[-1]
  return record(
    .softmaxCrossEntropyGradient, shape: x.shape, dtype: x.dtype,
    compute: {
      .computed(count: x.count, dtype: x.dtype) { target in
        let bad = Kernels.crossEntropyGradient(
          x.dtype, x.storage.bytes, rows: labels.count, columns: classes,
          labels: labels.storage.bytes, labelDType: labels.dtype, dy: dy.storage.bytes,
          into: target)
        requireInside("crossEntropy", labels, bad, classes)
      }
    },
    wrt(x) { u in
      let p = softmax(x)
      let weighted = p * u
      return (weighted - p * weighted.sum(axis: -1, keepsAxes: true)) * dy.expanded(at: -1)
    },
    wrt(dy) { u in (softmax(x) * u).sum(axis: -1) - u.pickedPerRow(labels) })
}
