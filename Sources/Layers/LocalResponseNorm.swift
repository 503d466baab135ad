import Operations
import Tensors

/// Each element divided by the strength of its neighbours in other channels; no parameters.
///
/// Shapes: `[..., c]` to the same. See `localResponseNorm`. Source: Krizhevsky et al., 2012, with
/// `alpha / size` where AlexNet writes `alpha`.
public struct LocalResponseNorm: Layer {
  public let size: Int
  public let alpha: Double
  public let beta: Double
  public let k: Double

  public init(size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    requirePositive("LocalResponseNorm", ["size": size])
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  public func forward(_ x: Tensor) -> Tensor {
    localResponseNorm(x, size: size, alpha: alpha, beta: beta, k: k)
  }
}
