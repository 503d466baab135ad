import Autodiff
import Tensors

/// Each channel with mean 0 and variance 1 over the batch and the map, then scaled and shifted.
///
/// Shapes: `[n, ..., c]` to the same; `scale` and `offset` `[c]`.
///
///     y = (x - mean) / sqrt(variance + epsilon) * scale + offset
///
/// The statistics are those of `x` itself (training), the variance biased. Pullback: with `z` the
/// normalised input and means over all but the last axis,
/// `(dy - mean(dy) - z mean(dy z)) scale / sqrt(variance + epsilon)` for `x`, the sums of `dy z` and `dy`
/// for the other two. Costs one pass for the statistics and three pointwise operations; backward two sums
/// formed in one pass. A channel of one value gives the offset. Stops with fewer than two axes, or when
/// `scale` or `offset` are not `[c]`. The layer `BatchNorm` keeps running averages as well. Source: Ioffe
/// and Szegedy, 2015.
public func batchNorm(
  _ x: Tensor, scale: Tensor? = nil, offset: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  requireChannels("batchNorm", x, axes: 2, scale, offset)
  let (mean, variance) = moments(x)
  return batchNorm(
    x, mean: mean, variance: variance, scale: scale, offset: offset, epsilon: epsilon)
}

/// The same with given statistics, as in use after training.
///
/// Shapes: `[n, ..., c]` to the same; `mean`, `variance`, `scale` and `offset` `[c]`. Pullback:
/// `dy scale / sqrt(variance + epsilon)` for `x`; `mean` and `variance` have gradients too, so that
/// statistics computed elsewhere may be differentiated through. Costs three pointwise operations. Stops
/// with fewer than two axes, or when one of the four is not `[c]`.
public func batchNorm(
  _ x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor? = nil, offset: Tensor? = nil,
  epsilon: Double = 1e-5
) -> Tensor {
  requireChannels("batchNorm", x, axes: 2, scale, offset)
  for (name, statistic) in [("mean", mean), ("variance", variance)] {
    guard statistic.shape == [x.shape[-1]] else {
      fail(
        "batchNorm", "\(name) has shape \(statistic.shape), \(x.shape) wants [\(x.shape[-1])]")
    }
  }
  let factor = rsqrt(variance + epsilon)
  let z = normalize(x, mean: mean, scale: scale.map { $0 * factor } ?? factor)
  return offset.map { z + $0 } ?? z
}
