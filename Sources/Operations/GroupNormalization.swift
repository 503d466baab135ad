import Tensors

/// Each sample's groups of channels with mean 0 and variance 1, then scaled and shifted by channel.
///
/// Shapes: `[n, ..., c]` to the same; `scale` and `offset` `[c]`. A group is `c / groups` consecutive
/// channels over the whole map.
///
///     y = (x - mean) / sqrt(variance + epsilon) * scale + offset
///
/// The variance is the biased one. Pullback: as `layerNorm`, over each group. Costs two reductions and a
/// pointwise pass. A group of one element gives the offset. Stops when the groups do not divide the
/// channels, or `scale` or `offset` are not `[c]`. Source: Wu and He, 2018.
public func groupNorm(
  _ x: Tensor, groups: Int, scale: Tensor? = nil, offset: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  requireChannels("groupNorm", x, axes: 2, scale, offset)
  let channels = x.shape[-1]
  guard groups > 0, channels % groups == 0 else {
    fail("groupNorm", "\(groups) groups do not divide the \(channels) channels of \(x.shape)")
  }
  let size = x.shape.product(1..<(x.rank - 1))
  let split = x.reshaped(to: [x.shape[0], size, groups, channels / groups])
  let z = standardized(split, over: [1, 3], epsilon: epsilon).reshaped(to: Array(x.shape))
  return affine(z, scale, offset)
}

/// Each channel of each sample with mean 0 and variance 1 over its map, then scaled and shifted.
///
/// Shapes: `[n, ..., c]`, with at least one axis between batch and channels, to the same; `scale` and
/// `offset` `[c]`. As `groupNorm` with as many groups as channels. A map of one element gives the
/// offset. Source: Ulyanov et al., 2016.
public func instanceNorm(
  _ x: Tensor, scale: Tensor? = nil, offset: Tensor? = nil, epsilon: Double = 1e-5
) -> Tensor {
  requireChannels("instanceNorm", x, axes: 3, scale, offset)
  let z = standardized(x, over: Array(1..<(x.rank - 1)), epsilon: epsilon)
  return affine(z, scale, offset)
}

/// Stops unless there are that many axes and scale and offset, where given, are one number a channel.
func requireChannels(
  _ operation: String, _ x: Tensor, axes: Int, _ scale: Tensor?, _ offset: Tensor?
) {
  guard x.rank >= axes else {
    fail(operation, "wants at least \(axes) axes, [n, ..., c], given \(x.shape)")
  }
  for (name, tensor) in [("scale", scale), ("offset", offset)] {
    if let tensor, tensor.shape != [x.shape[-1]] {
      fail(operation, "\(name) has shape \(tensor.shape), \(x.shape) wants [\(x.shape[-1])]")
    }
  }
}
