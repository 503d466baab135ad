import Autodiff
import Tensors

/// What a sample is made of.
public enum GridInterpolation: Sendable, Hashable {
  /// The nearest pixel, halves to the even one. The grid gets no gradient.
  case nearest
  /// The weighted mean of the four around the place.
  case bilinear
}

/// What lies beyond the edge of an image that is sampled.
public enum GridPadding: Sendable, Hashable {
  /// Zeros.
  case zeros
  /// The edge, repeated.
  case border
  /// The image mirrored again and again: about the centres of the outermost pixels when corners are
  /// aligned, else about their outer edges.
  case reflection
}

/// An image sampled at the places of a grid.
///
/// Shapes: `x` `[n, h, w, c]`, grid `[n, h', w', 2]` to `[n, h', w', c]`. A place is (x, y), across and
/// down, from -1 to 1: the centres of the outermost pixels with `alignsCorners`, else their outer edges.
/// With `u`, `v` the place in pixels and `i`, `j` running over the four pixels around it:
///
///     y[b, p] = sum x[b, i, j] max(0, 1 - |v - i|) max(0, 1 - |u - j|)
///
/// Pullback: for `x`, `dy` times the weights, added at the pixels; for the grid, the products of `dy` with
/// the differences between pixels; both have derivatives in turn. Costs four gathers of `n h' w' c`
/// numbers. Where a place falls on the centre of a pixel the interpolation has a kink: the slope is
/// taken to the right and below. Beyond the edge `border` and `reflection` give the grid a gradient of
/// zero and a mirrored one. A place that is NaN samples nothing. Stops when ranks, batches or dtypes
/// differ, or the image is empty. Source: Jaderberg et al., Spatial Transformer Networks, 2015.
public func gridSample(
  _ x: Tensor, at grid: Tensor, _ interpolation: GridInterpolation = .bilinear,
  padding: GridPadding = .zeros, alignsCorners: Bool = false
) -> Tensor {
  guard x.rank == 4, grid.rank == 4, grid.shape[3] == 2, grid.shape[0] == x.shape[0],
    x.shape[1] > 0, x.shape[2] > 0
  else {
    fail(
      "gridSample",
      "wants x [n, h, w, c] and a grid [n, h', w', 2], given \(x.shape) and \(grid.shape)")
  }
  guard x.dtype == grid.dtype else {
    fail("gridSample", "dtypes differ: x is \(x.dtype), the grid \(grid.dtype)")
  }
  func pixels(_ part: Int, _ size: Int) -> Tensor {
    let place = grid.sliced(axis: 3, from: part, count: 1).squeezed(axis: 3)
    let extent = Double(alignsCorners ? size - 1 : size)
    let scaled = (place + 1) * (extent / 2) - (alignsCorners ? 0 : 0.5)
    return padding.applied(to: scaled, size: size, alignsCorners: alignsCorners)
  }
  let (row, column) = (pixels(1, x.shape[1]), pixels(0, x.shape[2]))
  let rows = x.reshaped(to: [x.shape.product(0..<3), x.shape[3]])
  switch interpolation {
  case .nearest:
    let place = PixelPlace(row: round(row), column: round(column), of: x.shape)
    return select(place.isInside.expanded(at: -1), rows.gathered(at: place.indices), 0)
  case .bilinear:
    let (top, left) = (floor(row), floor(column))
    let (below, right) = (row - top, column - left)
    var sum: Tensor?
    for (row, vertical) in [(top, 1 - below), (top + 1, below)] as [(Tensor, Tensor)] {
      let columns: [(Tensor, Tensor)] = [(left, 1 - right), (left + 1, right)]
      for (column, horizontal) in columns {
        let place = PixelPlace(row: row, column: column, of: x.shape)
        let weight = select(place.isInside, vertical * horizontal, 0)
        let part = rows.gathered(at: place.indices) * weight.expanded(at: -1)
        sum = sum.map { $0 + part } ?? part
      }
    }
    return sum!
  }
}

/// The grid of an affine map, for `gridSample`.
///
/// Shapes: `maps` `[n, 2, 3]` to `[n, height, width, 2]`. Each place (x, y) of the result's pixels, from
/// -1 to 1, becomes `map (x, y, 1)`: the identity is `[[1, 0, 0], [0, 1, 0]]`. Pullback: the transposed
/// product. Costs `6 n height width` multiply-adds. Stops when a size is not positive. Source: Jaderberg
/// et al., 2015.
public func affineGrid(
  _ maps: Tensor, height: Int, width: Int, alignsCorners: Bool = false
) -> Tensor {
  guard maps.rank == 3, maps.shape[1] == 2, maps.shape[2] == 3, height > 0, width > 0 else {
    fail(
      "affineGrid",
      "wants maps [n, 2, 3] and positive sizes, given \(maps.shape), \(height) x \(width)")
  }
  func places(_ count: Int) -> [Double] {
    (0..<count).map { index in
      if alignsCorners { return count > 1 ? Double(2 * index) / Double(count - 1) - 1 : 0 }
      return Double(2 * index + 1) / Double(count) - 1
    }
  }
  var points: [Double] = []
  for y in places(height) {
    for x in places(width) { points += [x, y, 1] }
  }
  let base = Tensor(points, shape: [height * width, 3], dtype: maps.dtype)
  return matmul(base, maps, transposeB: true)
    .reshaped(to: [maps.shape[0], height, width, 2])
}

/// Whole rows and columns, as positions in the list of all pixels of a batch.
private struct PixelPlace {
  /// False outside the image and for NaN.
  let isInside: Tensor
  /// The positions; that of the batch's first pixel where nothing is to be seen.
  let indices: Tensor

  init(row: Tensor, column: Tensor, of shape: Shape) {
    let (batch, height, width) = (shape[0], shape[1], shape[2])
    isInside =
      (row .>= 0) .& (row .<= Double(height - 1)) .& (column .>= 0)
      .& (column .<= Double(width - 1))
    // In float64: float32 does not hold every position of a large batch.
    let place = row.cast(to: .float64) * Double(width) + column.cast(to: .float64)
    let first = Tensor.range(to: Double(batch), dtype: .float64) * Double(height * width)
    indices = (select(isInside, place, 0) + first.reshaped(to: [batch, 1, 1])).cast(to: .int64)
  }
}

extension GridPadding {
  /// The place in pixels that stands for one beyond the edge.
  fileprivate func applied(to place: Tensor, size: Int, alignsCorners: Bool) -> Tensor {
    let last = Double(size - 1)
    switch self {
    case .zeros: return place
    case .border: return clamp(place, from: 0, through: last)
    case .reflection:
      let low = alignsCorners ? 0 : -0.5
      let span = alignsCorners ? last : Double(size)
      if span == 0 { return place * 0 }
      let distance = abs(place - low)
      let rest = remainder(distance, Tensor.full([], span, dtype: place.dtype))
      let half = floor(distance / span) / 2
      let isMirrored = half .!= floor(half)
      return clamp(select(isMirrored, span - rest, rest) + low, from: 0, through: last)
    }
  }
}
