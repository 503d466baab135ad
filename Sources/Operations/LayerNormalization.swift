import Tensors

// Norms whose statistics belong to one sample: the same in training and in use.

/// Each sample's last axes with mean 0 and variance 1, then scaled and shifted.
///
/// Shapes: `[...]` to the same; statistics over the last `axes` axes, `scale` and `offset` of the shape
/// of those.
///
///     y = (x - mean) / sqrt(variance + epsilon) * scale + offset
///
/// The variance is the biased one. Pullback: with `g = dy scale` and `z` the normalised input,
/// `(g - mean(g) - z mean(g z)) / sqrt(variance + epsilon)` for `x`, sums of `dy z` and `dy` for the
/// other two. Costs two reductions and a pointwise pass. A row of one element gives the offset. Stops
/// when `scale` or `offset` have another shape than the axes. Source: Ba et al., 2016.
public func layerNorm(
  _ x: Tensor, scale: Tensor? = nil, offset: Tensor? = nil, axes: Int = 1, epsilon: Double = 1e-5
) -> Tensor {
  requireLastAxes("layerNorm", x, axes, scale, offset)
  let z = standardized(x, over: Array((x.rank - axes)..<x.rank), epsilon: epsilon)
  return affine(z, scale, offset)
}

/// Each sample's last axes divided by their root mean square, then scaled.
///
/// Shapes as for `layerNorm`.
///
///     y = x / sqrt(mean(x^2) + epsilon) * scale
///
/// Pullback: with `g = dy scale` and `r` the root, `(g - x mean(g x) / r^2) / r` for `x`, the sum of
/// `dy x / r` for `scale`. Costs one reduction and a pointwise pass. Stops when `scale` has another shape
/// than the axes. Source: Zhang and Sennrich, 2019.
public func rmsNorm(
  _ x: Tensor, scale: Tensor? = nil, axes: Int = 1, epsilon: Double = 1e-5
) -> Tensor {
  requireLastAxes("rmsNorm", x, axes, scale, nil)
  let mean = (x * x).mean(axes: Array((x.rank - axes)..<x.rank), keepsAxes: true)
  return affine(x * rsqrt(mean + epsilon), scale, nil)
}

/// The numbers with mean 0 and variance 1 over these axes.
func standardized(_ x: Tensor, over axes: [Int], epsilon: Double) -> Tensor {
  let mean = x.mean(axes: axes, keepsAxes: true)
  let distance = x - mean
  let variance = (distance * distance).mean(axes: axes, keepsAxes: true)
  return normalize(x, mean: mean, scale: rsqrt(variance + epsilon))
}

func affine(_ x: Tensor, _ scale: Tensor?, _ offset: Tensor?) -> Tensor {
  let scaled = scale.map { x * $0 } ?? x
  return offset.map { scaled + $0 } ?? scaled
}

private func requireLastAxes(
  _ operation: String, _ x: Tensor, _ axes: Int, _ scale: Tensor?, _ offset: Tensor?
) {
  guard axes > 0, axes <= x.rank else {
    fail(operation, "wants at least \(axes) axes and a positive number of them, given \(x.shape)")
  }
  let last = Shape(Array(x.shape).suffix(axes))
  for (name, tensor) in [("scale", scale), ("offset", offset)] {
    if let tensor, tensor.shape != last {
      fail(operation, "\(name) has shape \(tensor.shape), the axes of \(x.shape) want \(last)")
    }
  }
}
