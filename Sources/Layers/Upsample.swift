import Operations
import Tensors

/// A batch of sequences made longer by a whole factor: `[n, w, c]` to `[n, w f, c]`.
///
/// See `resize` for the methods and for any other size.
public struct Upsample1D: Layer {
  public let factor: Int
  public let method: Resampling

  public init(factor: Int = 2, method: Resampling = .nearest) {
    requirePositive("Upsample1D", ["factor": factor])
    self.factor = factor
    self.method = method
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 3 else {
      fail("upsample", "wants a batch of sequences [n, w, c], given \(x.shape)")
    }
    return resize(x, to: [x.shape[1] * factor], method)
  }
}

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

/// A batch of volumes made larger by whole factors: `[n, d, h, w, c]` to `[n, d e, h f, w g, c]`.
///
/// See `resize` for the methods and for any other size; the linear and cubic ones are taken along each of
/// the three axes.
public struct Upsample3D: Layer {
  public let factors: Triple
  public let method: Resampling

  public init(factors: Triple = 2, method: Resampling = .nearest) {
    requirePositive(
      "Upsample3D",
      [
        "factor in depth": factors.depth, "vertical factor": factors.height,
        "horizontal factor": factors.width,
      ])
    self.factors = factors
    self.method = method
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 5 else {
      fail("upsample", "wants a batch of volumes [n, d, h, w, c], given \(x.shape)")
    }
    let (depth, height, width) = (factors.depth, factors.height, factors.width)
    return resize(
      x, to: [x.shape[1] * depth, x.shape[2] * height, x.shape[3] * width], method)
  }
}
