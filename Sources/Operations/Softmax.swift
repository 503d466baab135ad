import Autodiff
import Tensors

// Compositions: along one axis, without overflow.

/// `exp(x)` scaled to sum to 1 along an axis.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor { exp(logSoftmax(x, axis: axis)) }

/// `exp(-x)` scaled to sum to 1 along an axis: the smallest element weighs most.
public func softmin(_ x: Tensor, axis: Int = -1) -> Tensor { softmax(-x, axis: axis) }

/// The logarithm of `softmax`, computed without overflow.
///
/// The largest element is taken out of `x` itself: among elements near 1000, float32 would lose four
/// digits of a difference formed later.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  let largest = x.detached.max(axes: [axis], keepsAxes: true)
  let centred = x - select(isFinite(largest), largest, 0)
  return centred - log(exp(centred).sum(axis: axis, keepsAxes: true))
}

/// `log(sum(exp(x)))` over an axis, without overflow: the largest element is taken out first.
///
/// Pullback: `dy softmax(x)`. Of all -inf it is -inf.
public func logSumExp(_ x: Tensor, axis: Int = -1, keepsAxes: Bool = false) -> Tensor {
  let largest = x.detached.max(axes: [axis], keepsAxes: true)
  let shift = select(isFinite(largest), largest, 0)
  let result = log(exp(x - shift).sum(axis: axis, keepsAxes: true)) + shift
  return keepsAxes ? result : result.squeezed(axis: axis)
}
