import Autodiff
import Tensors

/// Zero with probability `rate`, otherwise `x / (1 - rate)`, so that the mean is kept.
///
/// The mask is drawn from `source` when the function is called. Pullback: the same mask and factor.
public func dropout(_ x: Tensor, rate: Double, source: RandomSource = .current) -> Tensor {
  guard rate >= 0, rate < 1 else { fail("dropout", "a rate lies in [0, 1), given \(rate)") }
  if rate == 0 { return x }
  let keeps = Tensor.bernoulli(x.shape, probability: 1 - rate, source: source)
  return select(keeps, x * (1 / (1 - rate)), 0)
}
