import Autodiff
import Kernels
import Tensors

// A box is pooled slice by slice, then along its depth: the largest of the largest, and the mean of the
// means, are those of the box.

/// The largest element of each window and channel of a volume.
///
/// Shapes: `[n, d, h, w, c]` to `[n, d', h', w', c]`, sizes as for convolution. Padding never wins.
/// Pullback: `dy` to the largest; the first in row-major order among equals. Costs a read of the volume
/// for the slices and one of their result. Stops when a window has nothing but padding. Otherwise as
/// `maxPool2D`.
public func maxPool3D(
  _ x: Tensor, window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid,
  dilation: Triple = 1, roundsUp: Bool = false
) -> Tensor {
  maxPool3D(
    "maxPool3D", x, window: window, strides: strides, padding: padding, dilation: dilation,
    roundsUp: roundsUp
  ).largest
}

/// The largest of each window and, from other tensors of the same shape, what lies at its place.
func maxPool3D(
  _ operation: String, _ x: Tensor, alongside others: [Tensor] = [], window: Triple,
  strides: Triple? = nil, padding: VolumePadding = .valid, dilation: Triple = 1,
  roundsUp: Bool = false
) -> (largest: Tensor, others: [Tensor]) {
  let strides = strides ?? window
  requireVolume(operation, x, window, strides, dilation)
  let (batch, depth, channels) = (x.shape[0], x.shape[1], x.shape[4])
  let planes = maxPool2D(
    operation, x.asSlices, alongside: others.map(\.asSlices), window: window.plane,
    strides: strides.plane, padding: padding.plane, dilation: dilation.plane, roundsUp: roundsUp)
  let (height, width) = (planes.largest.shape[1], planes.largest.shape[2])
  func columns(_ slices: Tensor) -> Tensor {
    slices.reshaped(to: [batch, depth, height * width, channels])
  }
  let (front, back) = padding.depthAmounts(
    size: depth, window: window.depth, stride: strides.depth, dilation: dilation.depth)
  let boxes = maxPool2D(
    operation, columns(planes.largest), alongside: planes.others.map(columns),
    window: Pair(window.depth, 1), strides: Pair(strides.depth, 1),
    padding: .explicit(top: front, bottom: back, left: 0, right: 0),
    dilation: Pair(dilation.depth, 1), roundsUp: roundsUp)
  func volume(_ columns: Tensor) -> Tensor {
    columns.reshaped(to: [batch, columns.shape[1], height, width, channels])
  }
  return (volume(boxes.largest), boxes.others.map(volume))
}

/// The mean of each window and channel of a volume.
///
/// Shapes as for `maxPool3D`. With `countsPadding` zeros of the padding count as elements. Pullback:
/// `dy` spread evenly over its window. One pass for each axis. Otherwise as `avgPool2D`.
public func avgPool3D(
  _ x: Tensor, window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid,
  countsPadding: Bool = true
) -> Tensor {
  let strides = strides ?? window
  requireVolume("avgPool3D", x, window, strides, 1)
  let (batch, depth, channels) = (x.shape[0], x.shape[1], x.shape[4])
  let planes = avgPool2D(
    x.asSlices, window: window.plane, strides: strides.plane, padding: padding.plane,
    countsPadding: countsPadding)
  let amounts = padding.depthAmounts(
    size: depth, window: window.depth, stride: strides.depth, dilation: 1)
  let boxes = windowCount(
    "avgPool3D", x.shape, axis: 1, window.depth, strides.depth, 1, amounts: amounts)
  requireSomethingInEachWindow(
    "avgPool3D", x.shape, axis: 1, boxes, window.depth, strides.depth, 1)
  let map = SparseRows.averages(
    of: depth, windows: boxes.count, of: window.depth, every: strides.depth,
    before: amounts.before, countsPadding: countsPadding)
  return planes.reshaped(to: [batch, depth, planes.shape[1], planes.shape[2], channels])
    .mapped(axis: 1, by: map)
}

extension Tensor {
  /// A batch of volumes as a batch of their slices.
  var asSlices: Tensor {
    reshaped(to: [shape[0] * shape[1], shape[2], shape[3], shape[4]])
  }
}

private func requireVolume(
  _ operation: String, _ x: Tensor, _ window: Triple, _ strides: Triple, _ dilation: Triple
) {
  guard x.rank == 5 else {
    fail(operation, "wants a batch of volumes [n, d, h, w, c], given \(x.shape)")
  }
  guard window.all.allSatisfy({ $0 > 0 }) else {
    fail(operation, "a window is at least 1 along each axis, given \(window.all)")
  }
  requireSteps(operation, strides.all, dilation.all)
}
