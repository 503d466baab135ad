import Operations
import Tensors

/// Normalisation of groups of channels of each sample, the same in training and in inference.
///
/// Shapes: `[n, ..., channels]` to the same; `scale` and `offset` `[channels]`. See `groupNorm`. `scale`
/// starts at 1, `offset` at 0; without `affine` there is neither. Stops when the groups do not divide
/// the channels or the input has others. Source: Wu and He, 2018.
public struct GroupNorm: Layer {
  public let groups: Int
  public let channels: Int
  public let scale: Parameter?
  public let offset: Parameter?
  public let epsilon: Double

  public init(groups: Int, channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
    requirePositive("GroupNorm", ["groups": groups, "channels": channels])
    requireEpsilon("GroupNorm", epsilon)
    guard channels % groups == 0 else {
      fail("GroupNorm", "\(groups) groups do not divide \(channels) channels")
    }
    self.groups = groups
    self.channels = channels
    scale = affine ? Parameter(.ones([channels])) : nil
    offset = affine ? Parameter(.zeros([channels])) : nil
    self.epsilon = epsilon
  }

  public func forward(_ x: Tensor) -> Tensor {
    requireChannels("groupNorm", x, channels)
    return groupNorm(
      x, groups: groups, scale: scale?.value, offset: offset?.value, epsilon: epsilon)
  }
}

/// Normalisation of each channel of each sample over its map, the same in training and in inference.
///
/// Shapes: `[n, ..., channels]` to the same; `scale` and `offset` `[channels]`. See `instanceNorm`.
/// `scale` starts at 1, `offset` at 0; without `affine` there is neither. Stops when the input has
/// other channels or no map. Source: Ulyanov et al., 2016.
public struct InstanceNorm: Layer {
  public let channels: Int
  public let scale: Parameter?
  public let offset: Parameter?
  public let epsilon: Double

  public init(channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
    requirePositive("InstanceNorm", ["channels": channels])
    requireEpsilon("InstanceNorm", epsilon)
    self.channels = channels
    scale = affine ? Parameter(.ones([channels])) : nil
    offset = affine ? Parameter(.zeros([channels])) : nil
    self.epsilon = epsilon
  }

  public func forward(_ x: Tensor) -> Tensor {
    requireChannels("instanceNorm", x, channels)
    return instanceNorm(x, scale: scale?.value, offset: offset?.value, epsilon: epsilon)
  }
}

private func requireEpsilon(_ layer: String, _ epsilon: Double) {
  guard epsilon >= 0 else { fail(layer, "epsilon is not negative, given \(epsilon)") }
}

private func requireChannels(_ operation: String, _ x: Tensor, _ channels: Int) {
  guard x.rank >= 2, x.shape[-1] == channels else {
    fail(operation, "wants [n, ..., \(channels)], input is \(x.shape)")
  }
}
