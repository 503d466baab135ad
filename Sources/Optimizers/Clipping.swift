import Autodiff
import Layers
import Operations
import Tensors

extension Gradients {
  /// The gradients scaled down together where their global norm is above `limit`, and the norm before.
  ///
  ///     g * min(1, limit / (norm + 1e-6))
  ///
  /// A NaN anywhere makes all of them NaN. Source: Pascanu et al., 2013, as in PyTorch.
  public func clipped(toNorm limit: Double) -> (gradients: Gradients, norm: Tensor) {
    guard limit > 0 else { fail("clipped", "a norm to clip to is positive, given \(limit)") }
    return withoutRecording {
      let norm = globalNorm.evaluated()
      let factor = minimum(limit / (norm + 1e-6), 1)
      return (map { $0 * factor.cast(to: $0.dtype) }, norm)
    }
  }

  /// Each element of each gradient limited to `-limit ... limit`.
  public func clipped(toValue limit: Double) -> Gradients {
    guard limit > 0 else { fail("clipped", "a value to clip to is positive, given \(limit)") }
    return withoutRecording { map { clamp($0, from: -limit, through: limit) } }
  }
}
