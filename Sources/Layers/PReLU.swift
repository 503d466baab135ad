import Operations
import Tensors

/// `x` above 0, `slope x` below, with slopes that are learned: one, or one for each channel.
///
/// Shapes: kept; the last axis is the channels when there are several slopes. Slopes begin at `slope`, a
/// quarter as in the source, and should not decay. Source: He et al., 2015.
public struct PReLU: Layer {
  public let slope: Parameter

  public init(channels: Int = 1, slope: Double = 0.25) {
    requirePositive("PReLU", ["channels": channels])
    self.slope = Parameter(.full([channels], slope))
  }

  public func forward(_ x: Tensor) -> Tensor { prelu(x, slope: slope.value) }
}
