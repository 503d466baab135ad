import Operations
import Tensors

/// An image batch made larger by whole factors: `[n, h, w, c]` to `[n, h f, w g, c]`.
///
/// See `resize` for the methods and for any other size.
public struct Upsample: Layer {
  public let factors: Pair
  public let method: Resampling

  public init(factors: Pair = 2, method: Resampling = .nearest) {
    requirePositive(
      "Upsample", ["vertical factor": factors.height, "horizontal factor": factors.width])
    self.factors = factors
    self.method = method
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 4 else {
      fail("upsample", "wants an image batch [n, h, w, c], given \(x.shape)")
    }
    return resize(
      x, height: x.shape[1] * factors.height, width: x.shape[2] * factors.width, method)
  }
}
