import Autodiff
import Tensors

/// Zero with probability `rate`, otherwise `x / (1 - rate)`, so that the mean is kept.
///
/// Shapes: kept. Pullback: `dy` with the same mask and factor. Costs two deferred operations an element
/// and a mask of a byte each, drawn from `source` when the function is called; a rate of 0 costs nothing.
/// Stops when the rate is not in [0, 1), or the dtype is not float32 or float64. Source: Srivastava et
/// al., 2014.
public func dropout(_ x: Tensor, rate: Double, source: RandomSource = .current) -> Tensor {
  guard rate >= 0, rate < 1 else { fail("dropout", "a rate lies in [0, 1), given \(rate)") }
  if rate == 0 { return x }
  let keeps = Tensor.bernoulli(x.shape, probability: 1 - rate, source: source)
  return select(keeps, x * (1 / (1 - rate)), 0)
}
