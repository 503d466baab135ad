import Operations
import Tensors

/// Channels as pixels: `[n, h, w, c r^2]` to `[n, h r, w r, c]`. See `pixelShuffle`.
public struct PixelShuffle: Layer {
  public let factor: Int

  public init(factor: Int) {
    requirePositive("PixelShuffle", ["factor": factor])
    self.factor = factor
  }

  public func forward(_ x: Tensor) -> Tensor { pixelShuffle(x, factor: factor) }
}

/// Pixels as channels: `[n, h r, w r, c]` to `[n, h, w, c r^2]`. See `pixelUnshuffle`.
public struct PixelUnshuffle: Layer {
  public let factor: Int

  public init(factor: Int) {
    requirePositive("PixelUnshuffle", ["factor": factor])
    self.factor = factor
  }

  public func forward(_ x: Tensor) -> Tensor { pixelUnshuffle(x, factor: factor) }
}

/// Channels dealt out over groups: `[..., c]` to the same. See `channelShuffle`.
public struct ChannelShuffle: Layer {
  public let groups: Int

  public init(groups: Int) {
    requirePositive("ChannelShuffle", ["groups": groups])
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor { channelShuffle(x, groups: groups) }
}
