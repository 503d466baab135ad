import Autodiff
import Kernels
import Tensors

/// The largest element of each window and channel.
///
/// Shapes: `[n, h, w, c]` to `[n, h', w', c]`, sizes as for convolution; with `roundsUp` a window that
/// begins inside the image or its padding on the left counts even if it ends outside. Padding never wins. Pullback: `dy` to
/// the largest; the first in row-major order among equals, which is the subgradient chosen.
public func maxPool2D(
  _ x: Tensor, window: Pair, strides: Pair? = nil, padding: Padding = .valid, dilation: Pair = 1,
  roundsUp: Bool = false
) -> Tensor {
  requireCompute(.maxPool, x)
  let g = windowGeometry("maxPool2D", x, window, strides, padding, dilation, roundsUp)
  let positions = Positions(count: g.outputShape.elementCount, window: window)
  return record(
    .maxPool, shape: g.outputShape, dtype: x.dtype,
    compute: {
      .computed(count: g.outputShape.elementCount, dtype: x.dtype) { target in
        maxPool(
          x.dtype, g, x.storage.bytes, into: target, positions: positions.memory.pointer)
      }
    },
    wrt(x) { dy in placeInWindows(dy, positions, g) })
}

/// The mean of each window and channel.
///
/// Shapes as for `maxPool2D`. With `countsPadding` zeros of the padding count as elements, otherwise
/// a window at the edge is the mean of what it covers. Pullback: `dy` spread evenly over its window.
public func avgPool2D(
  _ x: Tensor, window: Pair, strides: Pair? = nil, padding: Padding = .valid,
  countsPadding: Bool = true
) -> Tensor {
  let g = windowGeometry("avgPool2D", x, window, strides, padding, 1, false)
  func map(_ size: Int, _ count: Int, _ window: Int, _ stride: Int, _ before: Int) -> SparseRows {
    let rows = (0..<count).map { index -> [(index: Int, weight: Double)] in
      let start = index * stride - before
      let covered = Swift.max(start, 0)..<Swift.min(start + window, size)
      let weight = 1 / Double(countsPadding ? window : covered.count)
      return covered.map { ($0, weight) }
    }
    return SparseRows(inputLength: size, rows: rows)
  }
  return x.mapped(
    axis: 2, by: map(g.inputWidth, g.outputWidth, g.windowWidth, g.strideWidth, g.paddingLeft)
  ).mapped(
    axis: 1, by: map(g.inputHeight, g.outputHeight, g.windowHeight, g.strideHeight, g.paddingTop))
}

/// The mean of each of `height` by `width` cells of the image, whatever its size.
///
/// Cell `i` of `k` covers rows `floor(i h / k)` to `ceil((i + 1) h / k)`.
public func adaptiveAvgPool2D(_ x: Tensor, height: Int, width: Int) -> Tensor {
  guard x.rank == 4, height > 0, width > 0, x.shape[1] > 0, x.shape[2] > 0 else {
    fail("adaptiveAvgPool2D", "wants [n, h, w, c] and positive sizes, given \(x.shape)")
  }
  func map(_ size: Int, _ cells: Int) -> SparseRows {
    let rows = (0..<cells).map { cell -> [(index: Int, weight: Double)] in
      let covered = (cell * size / cells)..<(((cell + 1) * size + cells - 1) / cells)
      return covered.map { ($0, 1 / Double(covered.count)) }
    }
    return SparseRows(inputLength: size, rows: rows)
  }
  return x.mapped(axis: 2, by: map(x.shape[2], width)).mapped(axis: 1, by: map(x.shape[1], height))
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
      .computed(count: g.inputShape.elementCount, dtype: dy.dtype) { target in
        Kernels.placeInWindows(
          dy.dtype, g, dy.storage.bytes, positions: positions.memory.pointer, into: target)
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
  guard rows.before < dilation.height * (window.height - 1) + 1,
    columns.before < dilation.width * (window.width - 1) + 1
  else {
    fail(operation, "padding \(padding) is as large as the window \(window): a window is empty")
  }
  return WindowGeometry(
    batch: x.shape[0], inputHeight: x.shape[1], inputWidth: x.shape[2], channels: x.shape[3],
    outputHeight: rows.count, outputWidth: columns.count, windowHeight: window.height,
    windowWidth: window.width, strideHeight: strides.height, strideWidth: strides.width,
    paddingTop: rows.before, paddingLeft: columns.before, dilationHeight: dilation.height,
    dilationWidth: dilation.width)
}

extension WindowGeometry {
  fileprivate var inputShape: Shape { [batch, inputHeight, inputWidth, channels] }
  fileprivate var outputShape: Shape { [batch, outputHeight, outputWidth, channels] }
}
