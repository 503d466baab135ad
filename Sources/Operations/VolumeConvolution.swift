import Autodiff
import Kernels
import Tensors

// A volume is a batch of slices. The slices that a window covers in depth stand side by side as
// channels; what is left is a two-dimensional convolution, with its kernels, its rules and its bits.

/// Three-dimensional convolution (cross-correlation), for volumes and films.
///
/// Shapes: `x` `[n, d, h, w, c]`, kernel `[kd, kh, kw, c / groups, o]` to `[n, d', h', w', o]`, sizes
/// as for `conv2D` along each axis.
///
///     y[b, k, i, j, o] = sum x[b, k s + t d - p, i s + u d - p, j s + v d - p, c] kernel[t, u, v, c, o]
///
/// Pullback: that of the map from slices to channels and of `conv2D`, of which it is made. Costs
/// `n d' h' w' o kd kh kw c / groups` multiply-adds, and memory for `kd d' / d` times the input. Stops
/// when ranks, channels, groups or sizes do not fit. Source: Ji et al., 2010.
public func conv3D(
  _ x: Tensor, _ kernel: Tensor, strides: Triple = 1, padding: VolumePadding = .valid,
  dilation: Triple = 1, groups: Int = 1
) -> Tensor {
  let name = "conv3D"
  requireVolumeAndKernel(name, x, kernel, "[kd, kh, kw, c, o]", strides, dilation, groups)
  let size = x.shape
  let window = kernel.shape
  guard size[4] == window[3] * groups, window[4] % groups == 0 else {
    let share = groups > 1 ? " in each of \(groups) groups" : ""
    fail(
      name,
      "kernel \(window) takes \(window[3]) channels to \(window[4])\(share), input \(size) has "
        + "\(size[4])")
  }
  let amounts = padding.depthAmounts(
    size: size[1], window: window[0], stride: strides.depth, dilation: dilation.depth)
  let depth = windowCount(
    name, size, axis: 1, window[0], strides.depth, dilation.depth, amounts: amounts
  ).count
  let taps = SparseRows.taps(
    of: size[1], windows: depth, of: window[0], every: strides.depth, dilation: dilation.depth,
    before: amounts.before)
  let slices = x.tapsAsChannels(taps, window: window[0], groups: groups)
  let y = conv2D(
    slices, kernel.depthAsChannels, strides: strides.plane, padding: padding.plane,
    dilation: dilation.plane, groups: groups)
  return y.reshaped(to: [size[0], depth, y.shape[1], y.shape[2], window[4]])
}

/// Three-dimensional transposed convolution: the adjoint of `conv3D`.
///
/// Shapes: `x` `[n, d, h, w, i]`, kernel `[kd, kh, kw, o / groups, i]`, the kernel of the correlation
/// that this is the adjoint of, to `[n, d', h', w', o]`, along each axis
/// `(size - 1) stride - padding + dilation (k - 1) + outputPadding + 1`.
///
/// Pullback: that of `convTransposed2D` and of the sum of the slices that fall together. Costs
/// `n d h w i kd kh kw o / groups` multiply-adds, and memory for `kd d / d'` times the output. Stops
/// when sizes do not fit, or the output padding is not less than stride or dilation. Source: Dumoulin
/// and Visin, 2016.
public func convTransposed3D(
  _ x: Tensor, _ kernel: Tensor, strides: Triple = 1, padding: VolumePadding = .valid,
  outputPadding: Triple = 0, dilation: Triple = 1, groups: Int = 1
) -> Tensor {
  let name = "convTransposed3D"
  requireVolumeAndKernel(name, x, kernel, "[kd, kh, kw, o, c]", strides, dilation, groups)
  let size = x.shape
  let window = kernel.shape
  guard window[4] == size[4], size[4] % groups == 0 else {
    fail(
      name,
      "kernel \(window) wants \(window[4]) channels in \(groups) groups, input \(size) has "
        + "\(size[4])")
  }
  guard outputPadding.depth >= 0, outputPadding.depth < max(strides.depth, dilation.depth) else {
    fail(
      name,
      "output padding is not negative and less than the stride or the dilation, given "
        + "\(outputPadding.all)")
  }
  let (before, after) = padding.depthAmounts(
    size: size[1] * strides.depth, window: window[0], stride: strides.depth,
    dilation: dilation.depth)
  let depth =
    (size[1] - 1) * strides.depth - before - after + dilation.depth * (window[0] - 1)
    + outputPadding.depth + 1
  guard before >= 0, after >= 0, depth > 0 else {
    fail(name, "padding of \(before) and \(after) in depth leaves nothing of \(size)")
  }
  let taps = SparseRows.taps(
    of: depth, windows: size[1], of: window[0], every: strides.depth, dilation: dilation.depth,
    before: before)
  let spread = convTransposed2D(
    x.reshaped(to: [size[0] * size[1], size[2], size[3], size[4]]), kernel.depthAsChannels,
    strides: strides.plane, padding: padding.plane, outputPadding: outputPadding.plane,
    dilation: dilation.plane, groups: groups)
  return spread.channelsAsTaps(taps, batch: size[0], window: window[0], groups: groups)
}

extension SparseRows {
  /// The slices that each window covers, one row for each tap of each window; empty in the padding.
  static func taps(
    of size: Int, windows count: Int, of window: Int, every stride: Int, dilation: Int, before: Int
  ) -> SparseRows {
    let rows = (0..<count).flatMap { index in
      (0..<window).map { tap -> [(index: Int, weight: Double)] in
        let place = index * stride + tap * dilation - before
        return (0..<size).contains(place) ? [(place, 1)] : []
      }
    }
    return SparseRows(inputLength: size, rows: rows)
  }

  /// Whether each row is the element of its own number.
  fileprivate var isIdentity: Bool {
    inputLength == outputLength && indices == Array(0..<inputLength)
  }
}

extension Tensor {
  /// `[kd, kh, kw, a, b]` to `[kh, kw, kd a, b]`.
  fileprivate var depthAsChannels: Tensor {
    let planes = shape[0] == 1 ? self : transposed([1, 2, 0, 3, 4])
    return planes.reshaped(to: [shape[1], shape[2], shape[0] * shape[3], shape[4]])
  }

  /// `[n, d, h, w, c]` to `[n d', h, w, kd c]`: in each group the channels of one tap after another.
  fileprivate func tapsAsChannels(_ taps: SparseRows, window: Int, groups: Int) -> Tensor {
    let slices = shape[0] * (taps.outputLength / window)
    let picked = taps.isIdentity ? self : mapped(axis: 1, by: taps)
    let (height, width, channels) = (shape[2], shape[3], shape[4])
    if window == 1 { return picked.reshaped(to: [slices, height, width, channels]) }
    return picked.reshaped(to: [slices, window, height, width, groups, channels / groups])
      .transposed([0, 2, 3, 4, 1, 5])
      .reshaped(to: [slices, height, width, window * channels])
  }

  /// The adjoint: `[n d', h, w, kd c]` to `[n, d, h, w, c]`, slices that fall together added.
  fileprivate func channelsAsTaps(
    _ taps: SparseRows, batch: Int, window: Int, groups: Int
  ) -> Tensor {
    let (height, width, channels) = (shape[1], shape[2], shape[3] / window)
    let rows = taps.outputLength
    let apart =
      window == 1
      ? self
      : reshaped(to: [shape[0], height, width, groups, window, channels / groups])
        .transposed([0, 4, 1, 2, 3, 5])
    let slices = apart.reshaped(to: [batch, rows, height, width, channels])
    return taps.isIdentity ? slices : slices.mapped(axis: 1, by: taps.transposed)
  }
}

private func requireVolumeAndKernel(
  _ operation: String, _ x: Tensor, _ kernel: Tensor, _ layout: String, _ strides: Triple,
  _ dilation: Triple, _ groups: Int
) {
  guard x.rank == 5, kernel.rank == 5 else {
    fail(
      operation,
      "wants x [n, d, h, w, c] and kernel \(layout), given \(x.shape), \(kernel.shape)")
  }
  requireSteps(operation, strides.all, dilation.all)
  guard groups > 0 else { fail(operation, "groups are at least 1, given \(groups)") }
  guard kernel.shape[0] > 0, kernel.shape[1] > 0, kernel.shape[2] > 0 else {
    fail(operation, "a kernel has at least one voxel, given \(kernel.shape)")
  }
}
