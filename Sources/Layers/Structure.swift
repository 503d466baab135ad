import Operations
import Tensors

/// All axes but the batch as one: `[n, ...]` to `[n, features]`.
public struct Flatten: Layer {
  public init() {}

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank >= 1 else { fail("flatten", "wants a batch [n, ...], given a scalar") }
    return x.rank == 1 ? x.expanded(at: 1) : x.flattened(from: 1)
  }
}

/// The input as it is.
public struct Identity: Layer {
  public init() {}

  public func forward(_ x: Tensor) -> Tensor { x }
}

/// In training, zero with probability `rate` and otherwise `x / (1 - rate)`; in inference the input.
///
/// The mask is drawn from `RandomSource.current` when the layer is called. Source: Srivastava et
/// al., 2014.
public struct Dropout: Layer {
  public let rate: Double

  public init(rate: Double = 0.5) {
    guard rate >= 0, rate < 1 else {
      fail("Dropout", "a rate is the share that is dropped and lies in [0, 1), given \(rate)")
    }
    self.rate = rate
  }

  public func forward(_ x: Tensor) -> Tensor {
    Mode.current == .training ? dropout(x, rate: rate) : x
  }
}
