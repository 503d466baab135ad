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
}

/// An image batch at another size.
///
/// Shapes: `[n, h, w, c]` to `[n, height, width, c]`. A linear map along each axis; its pullback is the
/// transposed map. Stops when a size is not positive.
public func resize(_ x: Tensor, height: Int, width: Int, _ method: Resampling) -> Tensor {
  guard x.rank == 4, x.shape[1] > 0, x.shape[2] > 0, height > 0, width > 0 else {
    fail(
      "resize", "wants [n, h, w, c] and positive sizes, given \(x.shape) to \(height) x \(width)")
  }
  return x.mapped(axis: 2, by: method.map(from: x.shape[2], to: width))
    .mapped(axis: 1, by: method.map(from: x.shape[1], to: height))
}

extension Resampling {
  fileprivate func map(from source: Int, to target: Int) -> SparseRows {
    switch self {
    case .nearest:
      return .selecting(
        (0..<target).map { Swift.min($0 * source / target, source - 1) }, from: source)
    case .bilinear(let alignsCorners):
      let rows = (0..<target).map { index -> [(index: Int, weight: Double)] in
        let position: Double
        if alignsCorners {
          position = target > 1 ? Double(index * (source - 1)) / Double(target - 1) : 0
        } else {
          position = Swift.max((Double(index) + 0.5) * Double(source) / Double(target) - 0.5, 0)
        }
        let low = Swift.min(Int(position), source - 1)
        let share = position - Double(low)
        if low + 1 >= source || share == 0 { return [(low, 1)] }
        return [(low, 1 - share), (low + 1, share)]
      }
      return SparseRows(inputLength: source, rows: rows)
    }
  }
}
