import Kernels
import Tensors

/// Each element divided by the strength of its neighbours in other channels.
///
/// Shapes: `[..., c]` to the same. The neighbours of channel `i` are `i - size / 2` to
/// `i + (size - 1) / 2`, itself included; those beyond the ends are zeros.
///
///     y = x / (k + alpha / size sum of the neighbours' squares)^beta
///
/// AlexNet writes `alpha` where this has `alpha / size`. Pullback: through the quotient, and the sum over
/// the neighbours reversed. Costs a pass over the channels and six pointwise operations. Stops when
/// `size` is not positive. Source: Krizhevsky et al., 2012.
public func localResponseNorm(
  _ x: Tensor, size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
) -> Tensor {
  guard x.rank >= 1, size > 0 else {
    fail("localResponseNorm", "wants [..., c] and a positive size, given \(x.shape) and \(size)")
  }
  let channels = x.shape[-1]
  let rows = (0..<channels).map { channel in
    (Swift.max(channel - size / 2, 0)...Swift.min(channel + (size - 1) / 2, channels - 1)).map {
      (index: $0, weight: 1 / Double(size))
    }
  }
  let strength = (x * x).mapped(axis: -1, by: SparseRows(inputLength: channels, rows: rows))
  return x / pow(strength * alpha + k, beta)
}
