import Tensors

// The Euclidean norm of each window (L2 pooling): between the mean and the largest.

/// The norm of each window and channel of a sequence: `[n, w, c]` to `[n, w', c]`.
///
/// As `l2Pool2D` on images of one row.
public func l2Pool1D(
  _ x: Tensor, window: Int, stride: Int? = nil, padding: Padding = .valid
) -> Tensor {
  rootOfSum(avgPool1D(x * x, window: window, stride: stride, padding: padding), of: window)
}

/// The norm of each window and channel of an image.
///
/// Shapes: `[n, h, w, c]` to `[n, h', w', c]`, sizes as for `avgPool2D`.
///
///     y = sqrt(sum x^2 over the window)
///
/// Pullback: `dy x / y`. Costs a mean pool and three pointwise operations. Where a window is all zeros
/// there is no derivative: the subgradient chosen is 0. Stops as `avgPool2D` does. Source: Sermanet et
/// al., 2012.
public func l2Pool2D(
  _ x: Tensor, window: Pair, strides: Pair? = nil, padding: Padding = .valid
) -> Tensor {
  rootOfSum(
    avgPool2D(x * x, window: window, strides: strides, padding: padding),
    of: window.height * window.width)
}

/// The norm of each window and channel of a volume: `[n, d, h, w, c]` to `[n, d', h', w', c]`.
///
/// As `l2Pool2D`.
public func l2Pool3D(
  _ x: Tensor, window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid
) -> Tensor {
  rootOfSum(
    avgPool3D(x * x, window: window, strides: strides, padding: padding),
    of: window.all.reduce(1, *))
}

private func rootOfSum(_ means: Tensor, of count: Int) -> Tensor {
  let isZero = means .== 0
  // The root sees no zero, where its slope is infinite.
  return select(isZero, 0, sqrt(select(isZero, 1, means * Double(count))))
}
