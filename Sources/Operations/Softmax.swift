import Autodiff
import Tensors

// Compositions: along one axis, without overflow.

/// Exponentials scaled to sum to 1 along an axis: `y = e^x / sum e^x`.
///
/// Shapes: kept. Pullback: `y (dy - sum(dy y))`. Costs two reductions and a few deferred operations an
/// element; nothing overflows. Of all -inf NaN. Stops when the axis does not exist, or the dtype is not
/// float32 or float64.
public func softmax(_ x: Tensor, axis: Int = -1) -> Tensor { exp(logSoftmax(x, axis: axis)) }

/// The softmax of `-x`: the smallest element weighs most.
///
/// Shapes: kept. Pullback: `-y (dy - sum(dy y))`. Otherwise as `softmax`.
public func softmin(_ x: Tensor, axis: Int = -1) -> Tensor { softmax(-x, axis: axis) }

/// The logarithm of `softmax`, computed without overflow: `y = x - log(sum e^x)`.
///
/// Shapes: kept. Pullback: `dy - e^y sum(dy)`. Costs two reductions and a few deferred operations an
/// element. The largest element is taken out of `x` itself: among elements near 1000, float32 would lose
/// four digits of a difference formed later. Stops when the axis does not exist, or the dtype is not
/// float32 or float64.
public func logSoftmax(_ x: Tensor, axis: Int = -1) -> Tensor {
  let largest = x.detached.max(axes: [axis], keepsAxes: true)
  let centred = x - select(isFinite(largest), largest, 0)
  return centred - log(exp(centred).sum(axis: axis, keepsAxes: true))
}

/// A smooth maximum over an axis: `y = log(sum e^x)`, computed without overflow.
///
/// Shapes: the axis goes; with `keepsAxes` it stays, with size 1. Pullback: `dy softmax(x)`. Costs two
/// reductions and three deferred operations an element. Of all -inf it is -inf. Stops when the axis is
/// empty or does not exist, or the dtype is not float32 or float64.
public func logSumExp(_ x: Tensor, axis: Int = -1, keepsAxes: Bool = false) -> Tensor {
  let largest = x.detached.max(axes: [axis], keepsAxes: true)
  let shift = select(isFinite(largest), largest, 0)
  let result = log(exp(x - shift).sum(axis: axis, keepsAxes: true)) + shift
  return keepsAxes ? result : result.squeezed(axis: axis)
}
