import Autodiff
import Kernels
import Tensors

/// The largest element of each window and channel.
///
/// Shapes: `[n, h, w, c]` to `[n, h', w', c]`, sizes as for convolution; with `roundsUp` a window that
/// begins inside the image or in the padding before it counts even if it ends outside. Padding never
/// wins. Pullback: `dy` to the largest; the first in row-major order among equals, which is the
/// subgradient chosen. Costs one read, and a byte for the position of each
/// (four where a window has more than 256). Stops when a window
/// has nothing but padding.
public func maxPool2D(
  _ x: Tensor, window: Pair, strides: Pair? = nil, padding: Padding = .valid, dilation: Pair = 1,
  roundsUp: Bool = false
) -> Tensor {
  maxPool2D(
    "maxPool2D", x, window: window, strides: strides, padding: padding, dilation: dilation,
    roundsUp: roundsUp
  ).largest
}

/// The largest of each window and, from other tensors of the same shape, what lies at its place.
func maxPool2D(
  _ operation: String, _ x: Tensor, alongside others: [Tensor] = [], window: Pair,
  strides: Pair? = nil, padding: Padding = .valid, dilation: Pair = 1, roundsUp: Bool = false
) -> (largest: Tensor, others: [Tensor]) {
  requireCompute(.maxPool, x)
  let g = windowGeometry(operation, x, window, strides, padding, dilation, roundsUp)
  let positions = Positions(count: g.outputShape.elementCount, window: window)
  let largest = record(
    .maxPool, shape: g.outputShape, dtype: x.dtype,
    compute: {
      .launched(count: g.outputShape.elementCount, dtype: x.dtype) { target in
        maxPool(
          x.dtype, g, x.storage.address, into: target, positions: positions.memory.pointer)
      }
    },
    wrt(x) { dy in placeInWindows(dy, positions, g) })
  return (largest, others.map { pickFromWindows($0, positions, g) })
}

/// The mean of each window and channel.
///
/// Shapes as for `maxPool2D`. With `countsPadding` zeros of the padding count as elements, otherwise
/// a window at the edge is the mean of what it covers. Pullback: `dy` spread evenly over its window.
/// One pass for each axis. Stops when a window has nothing but padding.
public func avgPool2D(
  _ x: Tensor, window: Pair, strides: Pair? = nil, padding: Padding = .valid,
  countsPadding: Bool = true
) -> Tensor {
  let g = windowGeometry("avgPool2D", x, window, strides, padding, 1, false)
  let across = SparseRows.averages(
    of: g.inputWidth, windows: g.outputWidth, of: g.windowWidth, every: g.strideWidth,
    before: g.paddingLeft, countsPadding: countsPadding)
  let down = SparseRows.averages(
    of: g.inputHeight, windows: g.outputHeight, of: g.windowHeight, every: g.strideHeight,
    before: g.paddingTop, countsPadding: countsPadding)
  return x.mapped(axis: 2, by: across).mapped(axis: 1, by: down)
}

extension SparseRows {
  /// The map to the means of the windows of an axis. No window lies outside it as a whole.
  static func averages(
    of size: Int, windows count: Int, of window: Int, every stride: Int, before: Int,
    countsPadding: Bool
  ) -> SparseRows {
    let rows = (0..<count).map { index -> [(index: Int, weight: Double)] in
      let start = index * stride - before
      let covered = Swift.max(start, 0)..<Swift.min(start + window, size)
      let weight = 1 / Double(countsPadding ? window : covered.count)
      return covered.map { ($0, weight) }
    }
    return SparseRows(inputLength: size, rows: rows)
  }
}

// MARK: - Picking and placing: each other's adjoint

/// Which cell of each window was chosen, one byte a window or four.
private final class Positions {
  let memory: Memory

  init(count: Int, window: Pair) {
    memory = Memory(byteCount: count * (window.height * window.width <= 256 ? 1 : 4))
  }
}

private func placeInWindows(_ dy: Tensor, _ positions: Positions, _ g: WindowGeometry) -> Tensor {
  record(
    .placeInWindows, shape: g.inputShape, dtype: dy.dtype,
    compute: {
      .launched(count: g.inputShape.elementCount, dtype: dy.dtype) { target in
        Kernels.placeInWindows(
          dy.dtype, g, dy.storage.address, positions: positions.memory.pointer, into: target)
      }
    },
    wrt(dy) { dx in pickFromWindows(dx, positions, g) })
}

private func pickFromWindows(_ x: Tensor, _ positions: Positions, _ g: WindowGeometry) -> Tensor {
  record(
    .pickFromWindows, shape: g.outputShape, dtype: x.dtype,
    compute: {
      .computed(count: g.outputShape.elementCount, dtype: x.dtype) { target in
        Kernels.pickFromWindows(
          x.dtype, g, x.storage.bytes, positions: positions.memory.pointer, into: target)
      }
    },
    wrt(x) { dy in placeInWindows(dy, positions, g) })
}

private func windowGeometry(
  _ operation: String, _ x: Tensor, _ window: Pair, _ strides: Pair?, _ padding: Padding,
  _ dilation: Pair, _ roundsUp: Bool
) -> WindowGeometry {
  guard x.rank == 4 else { fail(operation, "wants an image batch [n, h, w, c], given \(x.shape)") }
  let strides = strides ?? window
  guard window.height > 0, window.width > 0, strides.height > 0, strides.width > 0,
    dilation.height > 0, dilation.width > 0
  else { fail(operation, "window, strides and dilation are at least 1") }
  let rows = windowCount(
    operation, x.shape, axis: 1, window.height, strides.height, dilation.height, padding,
    roundsUp: roundsUp)
  let columns = windowCount(
    operation, x.shape, axis: 2, window.width, strides.width, dilation.width, padding,
    roundsUp: roundsUp)
  requireSomethingInEachWindow(
    operation, x.shape, axis: 1, rows, window.height, strides.height, dilation.height)
  requireSomethingInEachWindow(
    operation, x.shape, axis: 2, columns, window.width, strides.width, dilation.width)
  return WindowGeometry(
    batch: x.shape[0], inputHeight: x.shape[1], inputWidth: x.shape[2], channels: x.shape[3],
    outputHeight: rows.count, outputWidth: columns.count, windowHeight: window.height,
    windowWidth: window.width, strideHeight: strides.height, strideWidth: strides.width,
    paddingTop: rows.before, paddingLeft: columns.before, dilationHeight: dilation.height,
    dilationWidth: dilation.width)
}

/// Stops when a window lies in the padding as a whole.
func requireSomethingInEachWindow(
  _ operation: String, _ shape: Shape, axis: Int, _ windows: (count: Int, before: Int),
  _ window: Int, _ stride: Int, _ dilation: Int
) {
  let size = shape[axis]
  for index in 0..<windows.count {
    let start = index * stride - windows.before
    let isEmpty = (0..<window).allSatisfy {
      let place = start + $0 * dilation
      return place < 0 || place >= size
    }
    if isEmpty {
      fail(
        operation,
        "padding is as large as the window: window \(index) of axis \(axis) of \(shape) has nothing "
          + "but padding")
    }
  }
}

extension WindowGeometry {
  fileprivate var inputShape: Shape { [batch, inputHeight, inputWidth, channels] }
  fileprivate var outputShape: Shape { [batch, outputHeight, outputWidth, channels] }
}
