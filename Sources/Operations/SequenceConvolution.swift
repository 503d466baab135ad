import Autodiff
import Kernels
import Tensors

/// One-dimensional convolution (cross-correlation), for signals and sequences.
///
/// Shapes: `x` `[n, w, c]`, kernel `[k, c / groups, o]` to `[n, w', o]`, with
/// `w' = floor((w + padding - dilation (k - 1) - 1) / stride) + 1`; of an explicit padding, left and
/// right are used.
///
///     y[b, i, o] = sum x[b, i s + u d - p, c] kernel[u, c, o]
///
/// Pullback and cost are those of `conv2D` on images of one row, which this is. Stops when ranks,
/// channels, groups or sizes do not fit. Source: as for `conv2D`.
public func conv1D(
  _ x: Tensor, _ kernel: Tensor, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
  groups: Int = 1
) -> Tensor {
  guard x.rank == 3, kernel.rank == 3 else {
    fail("conv1D", "wants x [n, w, c] and kernel [k, c, o], given \(x.shape), \(kernel.shape)")
  }
  requireSteps("conv1D", [stride], [dilation])
  let row = padding.ofRow(
    size: x.shape[1], window: kernel.shape[0], stride: stride, dilation: dilation)
  let y = conv2D(
    x.expanded(at: 1), kernel.expanded(at: 0), strides: Pair(1, stride), padding: row,
    dilation: Pair(1, dilation), groups: groups)
  return y.squeezed(axis: 1)
}

/// One-dimensional transposed convolution: the adjoint of `conv1D`.
///
/// Shapes: `x` `[n, w, i]`, kernel `[k, o / groups, i]`, the kernel of the correlation that this is the
/// adjoint of, to `[n, w', o]` with
/// `w' = (w - 1) stride - padding + dilation (k - 1) + outputPadding + 1`.
///
///     y[b, i s + u d - p, o] += x[b, i, c] kernel[u, o, c]
///
/// Pullback: `conv1D` of `dy` for `x`, correlation of `dy` with `x` for the kernel. Costs
/// `n w k i o / groups` multiply-adds. Stops when sizes do not fit. Source: Dumoulin and Visin, 2016.
public func convTransposed1D(
  _ x: Tensor, _ kernel: Tensor, stride: Int = 1, padding: Padding = .valid,
  outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1
) -> Tensor {
  let name = "convTransposed1D"
  guard x.rank == 3, kernel.rank == 3 else {
    fail(name, "wants x [n, w, c] and kernel [k, o, c], given \(x.shape), \(kernel.shape)")
  }
  requireSteps(name, [stride], [dilation])
  let row = padding.ofRow(
    size: x.shape[1] * stride, window: kernel.shape[0], stride: stride, dilation: dilation)
  let y = convTransposed2D(
    x.expanded(at: 1), kernel.expanded(at: 0), strides: Pair(1, stride), padding: row,
    outputPadding: Pair(0, outputPadding), dilation: Pair(1, dilation), groups: groups)
  return y.squeezed(axis: 1)
}

extension Padding {
  /// The padding of an image of one row: that of its columns, and none above and below.
  func ofRow(size: Int, window: Int, stride: Int, dilation: Int) -> Padding {
    let (before, after) = amounts(
      size: size, window: window, stride: stride, dilation: dilation, vertical: false)
    return .explicit(top: 0, bottom: 0, left: before, right: after)
  }
}

/// Stops unless strides and dilations are at least 1.
func requireSteps(_ operation: String, _ strides: [Int], _ dilations: [Int]) {
  guard strides.allSatisfy({ $0 > 0 }), dilations.allSatisfy({ $0 > 0 }) else {
    fail(operation, "strides and dilation are at least 1, given \(strides) and \(dilations)")
  }
}
