import Operations
import Tensors

/// In training, each channel of each sample zero with probability `rate` and otherwise
/// `x / (1 - rate)`; in inference the input.
///
/// Shapes: `[n, ..., c]` to the same, with maps of any number of axes. The mask is drawn from
/// `RandomSource.current` when the layer is called. Source: Tompson et al., 2015.
public struct SpatialDropout: Layer {
  public let rate: Double

  public init(rate: Double = 0.5) {
    requireRate("SpatialDropout", rate)
    self.rate = rate
  }

  public func forward(_ x: Tensor) -> Tensor {
    Mode.current == .training ? spatialDropout(x, rate: rate) : x
  }
}

/// In training, each sample zero with probability `rate` and otherwise `x / (1 - rate)`; in inference
/// the input. For the branch of a residual block (stochastic depth).
///
/// Shapes: `[n, ...]` to the same. The mask is drawn from `RandomSource.current` when the layer is
/// called. Source: Huang et al., 2016.
public struct DropPath: Layer {
  public let rate: Double

  public init(rate: Double = 0.1) {
    requireRate("DropPath", rate)
    self.rate = rate
  }

  public func forward(_ x: Tensor) -> Tensor {
    Mode.current == .training ? dropPath(x, rate: rate) : x
  }
}

private func requireRate(_ layer: String, _ rate: Double) {
  guard rate >= 0, rate < 1 else {
    fail(layer, "a rate is the share that is dropped and lies in [0, 1), given \(rate)")
  }
}
