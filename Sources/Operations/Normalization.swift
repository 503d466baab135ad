import Autodiff
import Kernels
import Tensors

/// `(x - mean) * scale`: what every normalisation does once its statistics are known.
///
/// Shapes: `mean` and `scale` broadcast to the shape of `x`, which is the result's: in batch norm both
/// are `[channels]` and `scale` is `gamma / sqrt(variance + epsilon)`.
///
/// Pullback: `dy scale` for `x`, `-scale sum(dy)` for `mean` and `sum(dy (x - mean))` for `scale`, where
/// the sums run over what was broadcast. Written as a difference and a product, the mean's part would be
/// a third sum over the whole domain, of `dy scale`.
///
/// Two pointwise operations an element; its two sums backward are formed in one pass. Stops when the
/// dtypes differ or a statistic does not broadcast to `x`. Source: Ioffe and Szegedy (2015).
public func normalize(_ x: Tensor, mean: Tensor, scale: Tensor) -> Tensor {
  requireCompute(.normalize, x)
  for (name, statistic) in [("mean", mean), ("scale", scale)] {
    guard statistic.dtype == x.dtype else {
      fail("normalize", "dtypes differ: input is \(x.dtype), \(name) is \(statistic.dtype)")
    }
    guard Shape.broadcast(statistic.shape, x.shape) == x.shape else {
      fail("normalize", "\(name) of shape \(statistic.shape) does not stretch to input \(x.shape)")
    }
  }
  return record(
    .normalize, shape: x.shape, dtype: x.dtype,
    compute: {
      let precision = PointwiseProgram.Precision(holding: x.dtype)
      let difference = Storage.pointwise(
        .subtract, count: x.count, dtype: x.dtype, .elements(x.storage, .flat(x.count)),
        PointwiseInput.tensor(mean).operand(in: x.shape), precision: precision)
      return .pointwise(
        .multiply, count: x.count, dtype: x.dtype, .elements(difference, .flat(x.count)),
        PointwiseInput.tensor(scale).operand(in: x.shape), precision: precision)
    },
    wrt(x) { dy in dy * scale },
    wrt(mean) { dy in
      // One factor for each mean: sum first, then scale a small tensor.
      guard Shape.broadcast(scale.shape, mean.shape) == mean.shape else { return -(dy * scale) }
      return -(dy.summed(to: mean.shape, for: .normalize) * scale)
    },
    wrt(scale) { dy in dy * (x - mean) })
}
