import Autodiff
import Tensors

/// What a sample is made of.
public enum GridInterpolation: Sendable, Hashable {
  /// The nearest pixel, halves to the even one. The grid gets no gradient.
  case nearest
  /// The weighted mean of the four pixels, or eight voxels, around the place.
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

/// An image or a volume sampled at the places of a grid.
///
/// Shapes: an image `x` `[n, h, w, c]` and a grid `[n, h', w', 2]` to `[n, h', w', c]`; a volume
/// `[n, d, h, w, c]` and `[n, d', h', w', 3]` to `[n, d', h', w', c]`. A place is (x, y), across and
/// down, or (x, y, z), from -1 to 1: the centres of the outermost pixels with `alignsCorners`, else their
/// outer edges. With `u`, `v` the place in pixels and `i`, `j` running over the four pixels around it:
///
///     y[b, p] = sum x[b, i, j] max(0, 1 - |v - i|) max(0, 1 - |u - j|)
///
/// Pullback: for `x`, `dy` times the weights, added at the pixels; for the grid, the products of `dy`
/// with the differences between pixels; both have derivatives in turn. Costs four gathers of `n h' w' c`
/// numbers, eight in a volume. Where a place falls on the centre of a pixel the interpolation has a kink:
/// the slope is taken to the right, below and behind. Beyond the edge `border` and `reflection` give the
/// grid a gradient of zero and a mirrored one. A place that is NaN samples nothing. Stops when ranks,
/// batches or dtypes differ, or the image is empty. Source: Jaderberg et al., Spatial Transformer
/// Networks, 2015.
public func gridSample(
  _ x: Tensor, at grid: Tensor, _ interpolation: GridInterpolation = .bilinear,
  padding: GridPadding = .zeros, alignsCorners: Bool = false
) -> Tensor {
  let axes = x.rank - 2
  guard axes == 2 || axes == 3, grid.rank == x.rank, grid.shape[-1] == axes,
    grid.shape[0] == x.shape[0], (1...axes).allSatisfy({ x.shape[$0] > 0 })
  else {
    fail(
      "gridSample",
      "wants x [n, h, w, c] and a grid [n, h', w', 2], or x [n, d, h, w, c] and a grid "
        + "[n, d', h', w', 3], given \(x.shape) and \(grid.shape)")
  }
  guard x.dtype == grid.dtype else {
    fail("gridSample", "dtypes differ: x is \(x.dtype), the grid \(grid.dtype)")
  }
  // The grid names the last axis first.
  let places = (1...axes).map { axis in
    let size = x.shape[axis]
    let place = grid.sliced(axis: -1, from: axes - axis, count: 1).squeezed(axis: -1)
    let extent = Double(alignsCorners ? size - 1 : size)
    let scaled = (place + 1) * (extent / 2) - (alignsCorners ? 0 : 0.5)
    return padding.applied(to: scaled, size: size, alignsCorners: alignsCorners)
  }
  let pixels = x.reshaped(to: [x.shape.product(0..<(axes + 1)), x.shape[-1]])
  switch interpolation {
  case .nearest:
    let place = PixelPlace(places.map { round($0) }, of: x.shape)
    return select(place.isInside.expanded(at: -1), pixels.gathered(at: place.indices), 0)
  case .bilinear:
    let sides = places.map { place in
      let low = floor(place)
      let share = place - low
      return [(place: low, weight: 1 - share), (place: low + 1, weight: share)]
    }
    var sum: Tensor?
    for corner in 0..<(1 << axes) {
      let chosen = (0..<axes).map { sides[$0][corner >> (axes - 1 - $0) & 1] }
      let place = PixelPlace(chosen.map(\.place), of: x.shape)
      let product = chosen.dropFirst().reduce(chosen[0].weight) { $0 * $1.weight }
      let weight = select(place.isInside, product, 0)
      let part = pixels.gathered(at: place.indices) * weight.expanded(at: -1)
      sum = sum.map { $0 + part } ?? part
    }
    return sum!
  }
}

/// The grid of an affine map of the plane, for `gridSample`.
///
/// Shapes: `maps` `[n, 2, 3]` to `[n, height, width, 2]`. Each place (x, y) of the result's pixels, from
/// -1 to 1, becomes `map (x, y, 1)`: the identity is `[[1, 0, 0], [0, 1, 0]]`. Pullback: the transposed
/// product. Costs `6 n height width` multiply-adds. Stops when a size is not positive. Source: Jaderberg
/// et al., 2015.
public func affineGrid(
  _ maps: Tensor, height: Int, width: Int, alignsCorners: Bool = false
) -> Tensor {
  affineGrid(maps, sizes: [height, width], alignsCorners)
}

/// The grid of an affine map of space, for `gridSample`.
///
/// Shapes: `maps` `[n, 3, 4]` to `[n, depth, height, width, 3]`. Each place (x, y, z) becomes
/// `map (x, y, z, 1)`. Pullback: the transposed product. Costs `12 n depth height width` multiply-adds.
/// Stops when a size is not positive.
public func affineGrid(
  _ maps: Tensor, depth: Int, height: Int, width: Int, alignsCorners: Bool = false
) -> Tensor {
  affineGrid(maps, sizes: [depth, height, width], alignsCorners)
}

private func affineGrid(_ maps: Tensor, sizes: [Int], _ alignsCorners: Bool) -> Tensor {
  let axes = sizes.count
  guard maps.rank == 3, maps.shape[1] == axes, maps.shape[2] == axes + 1,
    sizes.allSatisfy({ $0 > 0 })
  else {
    fail(
      "affineGrid",
      "wants maps [n, \(axes), \(axes + 1)] and positive sizes, given \(maps.shape), "
        + sizes.map(String.init).joined(separator: " x "))
  }
  func places(_ count: Int) -> [Double] {
    (0..<count).map { index in
      if alignsCorners { return count > 1 ? Double(2 * index) / Double(count - 1) - 1 : 0 }
      return Double(2 * index + 1) / Double(count) - 1
    }
  }
  // The last axis comes first in a point and runs fastest in the list.
  let points = sizes.reduce([[1.0]]) { points, size in
    points.flatMap { point in places(size).map { [$0] + point } }
  }
  let base = Tensor(
    points.flatMap { $0 }, shape: [points.count, axes + 1], dtype: maps.dtype)
  return matmul(base, maps, transposeB: true).reshaped(to: [maps.shape[0]] + sizes + [axes])
}

/// Whole places, as positions in the list of all pixels of a batch.
private struct PixelPlace {
  /// False outside the image and for NaN.
  let isInside: Tensor
  /// The positions; that of the batch's first pixel where nothing is to be seen.
  let indices: Tensor

  /// A place for each axis between batch and channels.
  init(_ places: [Tensor], of shape: Shape) {
    let sizes = Array(shape[1..<(shape.rank - 1)])
    let bounds = zip(places, sizes).map { ($0 .>= 0) .& ($0 .<= Double($1 - 1)) }
    isInside = bounds.dropFirst().reduce(bounds[0]) { $0 .& $1 }
    // In float64: float32 does not hold every position of a large batch.
    let wide = places.map { $0.cast(to: .float64) }
    let place = zip(wide, sizes).dropFirst().reduce(wide[0]) { $0 * Double($1.1) + $1.0 }
    let ones = [Int](repeating: 1, count: sizes.count)
    let first =
      Tensor.range(to: Double(shape[0]), dtype: .float64) * Double(sizes.reduce(1, *))
    indices = (select(isInside, place, 0) + first.reshaped(to: [shape[0]] + ones)).cast(to: .int64)
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
