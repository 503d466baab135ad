import Autodiff
import Kernels
import Tensors

/// How an image is resampled.
public enum Resampling: Sendable, Hashable {
  /// The pixel whose area the new pixel's left upper corner falls into.
  case nearest
  /// The weighted mean of the two nearest along each axis. With `alignsCorners` the outermost pixels
  /// stay where they are; without, pixels are areas and the edge is repeated.
  case bilinear(alignsCorners: Bool = false)
  /// The cubic through the four nearest along each axis, whose slope at a pixel is three quarters of the
  /// difference between its neighbours (Keys, 1981, with a = -3/4). Sharper than `bilinear`; it
  /// overshoots beside edges.
  case bicubic(alignsCorners: Bool = false)
}

/// An image batch at another size.
///
/// Shapes: `[n, h, w, c]` to `[n, height, width, c]`. A linear map along each axis, of the one, two or
/// four pixels that each new one is made of; nothing is smoothed when an image is made smaller. Pullback:
/// the transposed maps. Costs one pass for each axis. Stops when a size is not positive.
public func resize(_ x: Tensor, height: Int, width: Int, _ method: Resampling) -> Tensor {
  guard x.rank == 4 else { fail("resize", "wants [n, h, w, c], given \(x.shape)") }
  return resize(x, to: [height, width], method)
}

/// Sequences, images or volumes at another size.
///
/// Shapes: `[n, ..., c]` to `[n, sizes..., c]`, with a size for each axis between batch and channels;
/// for three of them `bilinear` is what others call trilinear. Otherwise as `resize` of an image.
public func resize(_ x: Tensor, to sizes: [Int], _ method: Resampling) -> Tensor {
  guard x.rank == sizes.count + 2, sizes.allSatisfy({ $0 > 0 }),
    sizes.indices.allSatisfy({ x.shape[$0 + 1] > 0 })
  else {
    fail(
      "resize",
      "wants a positive size for each axis between batch and channels, given \(x.shape) to \(sizes)"
    )
  }
  var y = x
  for (index, size) in sizes.enumerated().reversed() {
    y = y.mapped(axis: index + 1, by: method.map(from: x.shape[index + 1], to: size))
  }
  return y
}

extension Resampling {
  fileprivate func map(from source: Int, to target: Int) -> SparseRows {
    /// Where a new pixel lies among the old ones.
    func place(_ index: Int, _ alignsCorners: Bool) -> Double {
      if alignsCorners {
        return target > 1 ? Double(index * (source - 1)) / Double(target - 1) : 0
      }
      return (Double(index) + 0.5) * Double(source) / Double(target) - 0.5
    }
    switch self {
    case .nearest:
      return .selecting(
        (0..<target).map { Swift.min($0 * source / target, source - 1) }, from: source)
    case .bilinear(let alignsCorners):
      let rows = (0..<target).map { index -> [(index: Int, weight: Double)] in
        let position = Swift.max(place(index, alignsCorners), 0)
        let low = Swift.min(Int(position), source - 1)
        let share = position - Double(low)
        if low + 1 >= source || share == 0 { return [(low, 1)] }
        return [(low, 1 - share), (low + 1, share)]
      }
      return SparseRows(inputLength: source, rows: rows)
    case .bicubic(let alignsCorners):
      let rows = (0..<target).map { index -> [(index: Int, weight: Double)] in
        let position = place(index, alignsCorners)
        let low = position.rounded(.down)
        return cubic(around: Int(low), position - low, size: source)
      }
      return SparseRows(inputLength: source, rows: rows)
    }
  }

  /// The weights of the four pixels around a place `share` behind pixel `low`; the edge is repeated.
  private func cubic(
    around low: Int, _ share: Double, size: Int
  ) -> [(index: Int, weight: Double)] {
    let a = -0.75
    func near(_ t: Double) -> Double { ((a + 2) * t - (a + 3)) * t * t + 1 }
    func far(_ t: Double) -> Double { ((a * t - 5 * a) * t + 8 * a) * t - 4 * a }
    let weights = [far(share + 1), near(share), near(1 - share), far(2 - share)]
    var terms: [(index: Int, weight: Double)] = []
    for (tap, weight) in weights.enumerated() where weight != 0 {
      let index = Swift.min(Swift.max(low - 1 + tap, 0), size - 1)
      if terms.last?.index == index {
        terms[terms.count - 1].weight += weight
      } else {
        terms.append((index, weight))
      }
    }
    return terms
  }
}
