import Tensors

/// Whole channels dropped: each channel of each sample is zero with probability `rate`, otherwise
/// `x / (1 - rate)`.
///
/// Shapes: `[n, ..., c]` to the same. Neighbouring pixels say nearly the same, so dropping single ones
/// takes nothing away; dropping their channel does. The mask is drawn from `source` when the function is
/// called. Pullback: the same mask and factor. Costs two deferred operations an element. Stops when the
/// rate is not in [0, 1) or there are fewer
/// than two axes. Source: Tompson et al., 2015.
public func spatialDropout(
  _ x: Tensor, rate: Double, source: RandomSource = .current
) -> Tensor {
  guard x.rank >= 2 else { fail("spatialDropout", "wants [n, ..., c], given \(x.shape)") }
  let ones = [Int](repeating: 1, count: x.rank - 2)
  return dropped(
    "spatialDropout", x, by: Shape([x.shape[0]] + ones + [x.shape[-1]]), rate, source)
}

/// Whole samples dropped: each is zero with probability `rate`, otherwise `x / (1 - rate)`.
///
/// Shapes: `[n, ...]` to the same. On the branch of a residual block it makes a network of random depth.
/// The mask is drawn from `source` when the function is called. Pullback: the same mask and factor. Costs
/// two deferred operations an element. Stops when the rate is not in [0, 1) or there is no axis. Source:
/// Huang et al., 2016.
public func dropPath(_ x: Tensor, rate: Double, source: RandomSource = .current) -> Tensor {
  guard x.rank >= 1 else { fail("dropPath", "wants a batch [n, ...], given a scalar") }
  let ones = [Int](repeating: 1, count: x.rank - 1)
  return dropped("dropPath", x, by: Shape([x.shape[0]] + ones), rate, source)
}

private func dropped(
  _ operation: String, _ x: Tensor, by mask: Shape, _ rate: Double, _ source: RandomSource
) -> Tensor {
  guard rate >= 0, rate < 1 else { fail(operation, "a rate lies in [0, 1), given \(rate)") }
  if rate == 0 { return x }
  let keeps = Tensor.bernoulli(mask, probability: 1 - rate, source: source)
  return select(keeps, x * (1 / (1 - rate)), 0)
}
