import Tensors

/// Channels as pixels: an image `factor` times as high and wide, with `factor^2` times fewer channels.
///
/// Shapes: `[n, h, w, c r^2]` to `[n, h r, w r, c]`; channel `(k r + i) r + j` becomes channel `k` of row
/// `i` and column `j` of each block. Pullback: `pixelUnshuffle`. Costs one copy. Stops when the square of
/// the factor does not divide the channels. Source: Shi et al., 2016 (sub-pixel convolution).
public func pixelShuffle(_ x: Tensor, factor: Int) -> Tensor {
  guard x.rank == 4, factor > 0, x.shape[3] % (factor * factor) == 0 else {
    fail(
      "pixelShuffle",
      "wants [n, h, w, c] with channels divisible by the square of factor \(factor), given \(x.shape)"
    )
  }
  let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
  let channels = x.shape[3] / (factor * factor)
  return x.reshaped(to: [batch, height, width, channels, factor, factor])
    .transposed([0, 1, 4, 2, 5, 3])
    .reshaped(to: [batch, height * factor, width * factor, channels])
}

/// Pixels as channels: the inverse of `pixelShuffle`.
///
/// Shapes: `[n, h r, w r, c]` to `[n, h, w, c r^2]`. Pullback: `pixelShuffle`. Costs one copy. Stops when
/// the factor does not divide height and width.
public func pixelUnshuffle(_ x: Tensor, factor: Int) -> Tensor {
  guard x.rank == 4, factor > 0, x.shape[1] % factor == 0, x.shape[2] % factor == 0 else {
    fail(
      "pixelUnshuffle",
      "wants [n, h, w, c] with sizes divisible by factor \(factor), given \(x.shape)")
  }
  let (batch, channels) = (x.shape[0], x.shape[3])
  let (height, width) = (x.shape[1] / factor, x.shape[2] / factor)
  return x.reshaped(to: [batch, height, factor, width, factor, channels])
    .transposed([0, 1, 3, 5, 2, 4])
    .reshaped(to: [batch, height, width, channels * factor * factor])
}

/// Channels dealt out over groups, so that the next grouped convolution sees some of each.
///
/// Shapes: `[..., c]` to the same; channel `i` of group `g` comes to place `i groups + g`. Pullback: the
/// same with `c / groups` groups. Costs one copy. Stops when the groups do not divide the channels.
/// Source: Zhang et al., ShuffleNet, 2018.
public func channelShuffle(_ x: Tensor, groups: Int) -> Tensor {
  guard x.rank >= 1, groups > 0, x.shape[-1] % groups == 0 else {
    fail("channelShuffle", "\(groups) groups do not divide the last axis of \(x.shape)")
  }
  let rows = x.shape.product(0..<(x.rank - 1))
  return x.reshaped(to: [rows, groups, x.shape[-1] / groups]).transposed([0, 2, 1])
    .reshaped(to: Array(x.shape))
}
