import Autodiff
import Kernels
import Tensors

// Cell `i` of `k` along an axis of size `s` covers elements `floor(i s / k)` to `ceil((i + 1) s / k)`:
// cells are as even as can be, and overlap by one where `k` does not divide `s`.

// MARK: - Means

/// The mean of each of `width` cells of a sequence: `[n, w, c]` to `[n, width, c]`.
///
/// Cells as for `adaptiveAvgPool2D`. Stops when a size is not positive.
public func adaptiveAvgPool1D(_ x: Tensor, width: Int) -> Tensor {
  requireCells("adaptiveAvgPool1D", x, "[n, w, c]", [width])
  return x.averagedCells(axis: 1, width)
}

/// The mean of each of `height` by `width` cells of the image, whatever its size.
///
/// Shapes: `[n, h, w, c]` to `[n, height, width, c]`. Cell `i` of `k` covers rows `floor(i h / k)` to
/// `ceil((i + 1) h / k)`. Pullback: `dy` spread evenly over its cell. One pass for each axis. Stops when
/// a size is not positive.
public func adaptiveAvgPool2D(_ x: Tensor, height: Int, width: Int) -> Tensor {
  requireCells("adaptiveAvgPool2D", x, "[n, h, w, c]", [height, width])
  return x.averagedCells(axis: 2, width).averagedCells(axis: 1, height)
}

/// The mean of each of `depth` by `height` by `width` cells of a volume: `[n, d, h, w, c]` to
/// `[n, depth, height, width, c]`.
///
/// Cells as for `adaptiveAvgPool2D`. Stops when a size is not positive.
public func adaptiveAvgPool3D(_ x: Tensor, depth: Int, height: Int, width: Int) -> Tensor {
  requireCells("adaptiveAvgPool3D", x, "[n, d, h, w, c]", [depth, height, width])
  return x.averagedCells(axis: 3, width).averagedCells(axis: 2, height)
    .averagedCells(axis: 1, depth)
}

// MARK: - The largest

/// The largest element of each of `width` cells of a sequence: `[n, w, c]` to `[n, width, c]`.
///
/// Cells as for `adaptiveAvgPool2D`. Pullback: `dy` to the largest, the first among equals. Stops when a
/// size is not positive.
public func adaptiveMaxPool1D(_ x: Tensor, width: Int) -> Tensor {
  requireCells("adaptiveMaxPool1D", x, "[n, w, c]", [width])
  return x.largestOfCells(axis: 1, width)
}

/// The largest element of each of `height` by `width` cells of the image, whatever its size.
///
/// Shapes: `[n, h, w, c]` to `[n, height, width, c]`. Cells as for `adaptiveAvgPool2D`. Pullback: `dy`
/// to the largest; the first in row-major order among equals. One pass for each axis; cells of uneven
/// size are copied first. Stops when a size is not positive.
public func adaptiveMaxPool2D(_ x: Tensor, height: Int, width: Int) -> Tensor {
  requireCells("adaptiveMaxPool2D", x, "[n, h, w, c]", [height, width])
  return x.largestOfCells(axis: 2, width).largestOfCells(axis: 1, height)
}

/// The largest element of each of `depth` by `height` by `width` cells of a volume: `[n, d, h, w, c]`
/// to `[n, depth, height, width, c]`.
///
/// As `adaptiveMaxPool2D`. Stops when a size is not positive.
public func adaptiveMaxPool3D(_ x: Tensor, depth: Int, height: Int, width: Int) -> Tensor {
  requireCells("adaptiveMaxPool3D", x, "[n, d, h, w, c]", [depth, height, width])
  return x.largestOfCells(axis: 3, width).largestOfCells(axis: 2, height)
    .largestOfCells(axis: 1, depth)
}

// MARK: - One axis

private func cells(_ count: Int, of size: Int) -> [Range<Int>] {
  (0..<count).map { ($0 * size / count)..<((($0 + 1) * size + count - 1) / count) }
}

extension Tensor {
  fileprivate func averagedCells(axis: Int, _ count: Int) -> Tensor {
    let rows = cells(count, of: shape[axis]).map { cell in
      cell.map { (index: $0, weight: 1 / Double(cell.count)) }
    }
    return mapped(axis: axis, by: SparseRows(inputLength: shape[axis], rows: rows))
  }

  /// Windows of one size along an axis: a shorter cell repeats its last element, which adds no new
  /// largest.
  fileprivate func largestOfCells(axis: Int, _ count: Int) -> Tensor {
    let size = shape[axis]
    let cells = cells(count, of: size)
    let window = cells.reduce(1) { Swift.max($0, $1.count) }
    var even = self
    if size != count * window {
      let sources = cells.flatMap { cell in
        (0..<window).map { Swift.min(cell.lowerBound + $0, cell.upperBound - 1) }
      }
      even = mapped(axis: axis, by: .selecting(sources, from: size))
    }
    let outer = shape.product(0..<axis)
    let inner = shape.product((axis + 1)..<rank)
    return maxPool2D(
      even.reshaped(to: [outer, count * window, 1, inner]), window: Pair(window, 1)
    ).reshaped(to: Array(shape.replacing(axis: axis, with: count)))
  }
}

private func requireCells(_ operation: String, _ x: Tensor, _ layout: String, _ counts: [Int]) {
  guard x.rank == counts.count + 2, counts.allSatisfy({ $0 > 0 }),
    (1...counts.count).allSatisfy({ x.shape[$0] > 0 })
  else { fail(operation, "wants \(layout) and positive sizes, given \(x.shape) to \(counts)") }
}
