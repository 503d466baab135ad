import Autodiff
import Kernels
import Tensors

/// The largest element of each window and channel of a sequence.
///
/// Shapes: `[n, w, c]` to `[n, w', c]`; otherwise as `maxPool2D` on images of one row. Of an explicit
/// padding, left and right are used.
public func maxPool1D(
  _ x: Tensor, window: Int, stride: Int? = nil, padding: Padding = .valid, dilation: Int = 1,
  roundsUp: Bool = false
) -> Tensor {
  maxPool1D(
    "maxPool1D", x, window: window, stride: stride, padding: padding, dilation: dilation,
    roundsUp: roundsUp
  ).largest
}

/// The largest of each window and, from other tensors of the same shape, what lies at its place.
func maxPool1D(
  _ operation: String, _ x: Tensor, alongside others: [Tensor] = [], window: Int,
  stride: Int? = nil, padding: Padding = .valid, dilation: Int = 1, roundsUp: Bool = false
) -> (largest: Tensor, others: [Tensor]) {
  let stride = stride ?? window
  let row = rowPadding(operation, x, window, stride, dilation, padding)
  let (largest, picked) = maxPool2D(
    operation, x.expanded(at: 1), alongside: others.map { $0.expanded(at: 1) },
    window: Pair(1, window), strides: Pair(1, stride), padding: row, dilation: Pair(1, dilation),
    roundsUp: roundsUp)
  return (largest.squeezed(axis: 1), picked.map { $0.squeezed(axis: 1) })
}

/// The mean of each window and channel of a sequence.
///
/// Shapes: `[n, w, c]` to `[n, w', c]`; otherwise as `avgPool2D` on images of one row.
public func avgPool1D(
  _ x: Tensor, window: Int, stride: Int? = nil, padding: Padding = .valid,
  countsPadding: Bool = true
) -> Tensor {
  let stride = stride ?? window
  let row = rowPadding("avgPool1D", x, window, stride, 1, padding)
  return avgPool2D(
    x.expanded(at: 1), window: Pair(1, window), strides: Pair(1, stride), padding: row,
    countsPadding: countsPadding
  ).squeezed(axis: 1)
}

private func rowPadding(
  _ operation: String, _ x: Tensor, _ window: Int, _ stride: Int, _ dilation: Int,
  _ padding: Padding
) -> Padding {
  guard x.rank == 3 else {
    fail(operation, "wants a batch of sequences [n, w, c], given \(x.shape)")
  }
  guard window > 0 else { fail(operation, "a window is at least 1, given \(window)") }
  requireSteps(operation, [stride], [dilation])
  return padding.ofRow(size: x.shape[1], window: window, stride: stride, dilation: dilation)
}
