import Autodiff
import Kernels
import Tensors

/// What lies around an image when a window reaches over its edge, in pixels.
public enum Padding: Sendable, Hashable {
  /// Nothing: the output shrinks.
  case valid
  /// Zeros so that stride 1 keeps the size (with stride s: ceil(size / s)); an odd pixel goes below
  /// and to the right.
  case same
  /// Zeros so that every pixel is seen by every element of the kernel.
  case full
  /// The same number of pixels on every side.
  case all(Int)
  /// A number for each side.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// Pixels before and after an axis.
  func amounts(
    size: Int, window: Int, stride: Int, dilation: Int, vertical: Bool
  ) -> (before: Int, after: Int) {
    let reach = (window - 1) * dilation
    switch self {
    case .valid: return (0, 0)
    case .all(let amount): return (amount, amount)
    case .full: return (reach, reach)
    case .same:
      let output = (size + stride - 1) / stride
      let total = Swift.max((output - 1) * stride + reach + 1 - size, 0)
      return (total / 2, total - total / 2)
    case .explicit(let top, let bottom, let left, let right):
      return vertical ? (top, bottom) : (left, right)
    }
  }
}

/// A number for each of the two axes of an image.
public struct Pair: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public let height: Int
  public let width: Int

  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ both: Int) { self.init(both, both) }

  public init(integerLiteral both: Int) { self.init(both, both) }
}

/// Two-dimensional convolution as networks use the word: cross-correlation, the kernel is not
/// flipped.
///
/// Shapes: `x` `[n, h, w, c]`, kernel `[kh, kw, c / groups, o]` to `[n, h', w', o]` with
/// `h' = floor((h + padding - dilation (kh - 1) - 1) / stride) + 1`.
///
///     y[b, i, j, o] = sum x[b, i s + u d - p, j s + v d - p, c] kernel[u, v, c, o]
///
/// Pullback: the two adjoints, transposed correlation for `x` and correlation of `x` with `dy` for the
/// kernel. Costs `n h' w' o kh kw c / groups` multiply-adds, or up to four times fewer by minimal
/// filtering. A value that is not finite may then reach neighbouring pixels and groups that do not see
/// it: `withConvolutionAlgorithm` says how far. Stops when channels, groups and sizes do not fit. Source:
/// the lectures' cross-correlation; Dumoulin and Visin, 2016, for the arithmetic.
public func conv2D(
  _ x: Tensor, _ kernel: Tensor, strides: Pair = 1, padding: Padding = .valid, dilation: Pair = 1,
  groups: Int = 1
) -> Tensor {
  let geometry = convolutionGeometry(
    "conv2D", input: x.shape, kernel: kernel.shape, strides, padding, dilation, groups)
  return correlate(x, kernel, geometry)
}

/// Transposed convolution: the adjoint of `conv2D`, which spreads each pixel over a window.
///
/// Shapes: `x` `[n, h, w, i]`, kernel `[kh, kw, o / groups, i]`, the kernel of the correlation that
/// this is the adjoint of, to `[n, h', w', o]` with
/// `h' = (h - 1) stride - padding + dilation (kh - 1) + outputPadding + 1`. Pullback: correlation for
/// `x`, correlation of `dy` with `x` for the kernel. Costs `n h w i kh kw o / groups` multiply-adds.
/// Stops when sizes do not fit. Source: Dumoulin and Visin, 2016.
public func convTransposed2D(
  _ x: Tensor, _ kernel: Tensor, strides: Pair = 1, padding: Padding = .valid,
  outputPadding: Pair = 0, dilation: Pair = 1, groups: Int = 1
) -> Tensor {
  let name = "convTransposed2D"
  guard x.rank == 4, kernel.rank == 4 else {
    fail(name, "wants x [n, h, w, c] and kernel [kh, kw, o, c], given \(x.shape), \(kernel.shape)")
  }
  guard kernel.shape[3] == x.shape[3] else {
    fail(
      name,
      "kernel \(kernel.shape) wants \(kernel.shape[3]) channels, input \(x.shape) has \(x.shape[3])"
    )
  }
  guard strides.height > 0, strides.width > 0, dilation.height > 0, dilation.width > 0 else {
    fail(name, "strides and dilation are at least 1")
  }
  func size(_ axis: Int, _ stride: Int, _ dilation: Int, _ extra: Int) -> Int {
    let window = kernel.shape[axis - 1]
    let (before, after) = padding.amounts(
      size: x.shape[axis] * stride, window: window, stride: stride, dilation: dilation,
      vertical: axis == 1)
    return (x.shape[axis] - 1) * stride - before - after + dilation * (window - 1) + extra + 1
  }
  let output = Shape([
    x.shape[0],
    Swift.max(size(1, strides.height, dilation.height, outputPadding.height), 0),
    Swift.max(size(2, strides.width, dilation.width, outputPadding.width), 0),
    kernel.shape[2] * groups,
  ])
  var geometry = convolutionGeometry(
    name, input: output, kernel: kernel.shape, strides, padding, dilation, groups)
  guard abs(geometry.outputHeight - x.shape[1]) <= 1, abs(geometry.outputWidth - x.shape[2]) <= 1
  else {
    fail(name, "padding \(padding) and output padding \(outputPadding) do not fit \(x.shape)")
  }
  geometry.outputHeight = x.shape[1]
  geometry.outputWidth = x.shape[2]
  return correlateTransposed(x, kernel, geometry)
}

// MARK: - The three primitives, closed under differentiation: each one's rules are the other two

func correlate(_ x: Tensor, _ kernel: Tensor, _ g: ConvolutionGeometry) -> Tensor {
  requireSame("conv2D", x, kernel)
  let kept = x.keptForLater
  return record(
    .correlate, shape: g.outputShape, dtype: x.dtype, multiplyAdds: g.multiplyAdds,
    compute: {
      .launched(count: g.outputShape.elementCount, dtype: x.dtype) { target in
        Kernels.correlate(
          x.dtype, g, input: x.storage.address, kernel: kernel.storage.address, into: target)
      }
    },
    // The kernel's first: it is the last to need the input, which may have to be formed again.
    wrt(kernel) { dy in correlateForKernel(kept, dy, g) },
    wrt(x) { dy in correlateTransposed(dy, kernel, g) })
}

func correlateTransposed(_ dy: Tensor, _ kernel: Tensor, _ g: ConvolutionGeometry) -> Tensor {
  requireSame("convTransposed2D", dy, kernel)
  let kept = dy.keptForLater
  return record(
    .correlateTransposed, shape: g.inputShape, dtype: dy.dtype, multiplyAdds: g.multiplyAdds,
    compute: {
      .launched(count: g.inputShape.elementCount, dtype: dy.dtype) { target in
        Kernels.correlateTransposed(
          dy.dtype, g, cotangent: dy.storage.address, kernel: kernel.storage.address, into: target)
      }
    },
    wrt(kernel) { dx in correlateForKernel(dx, kept, g) },
    wrt(dy) { dx in correlate(dx, kernel, g) })
}

func correlateForKernel(_ x: Tensor, _ dy: Tensor, _ g: ConvolutionGeometry) -> Tensor {
  requireSame("conv2D", x, dy)
  return record(
    .correlateForKernel, shape: g.kernelShape, dtype: x.dtype, multiplyAdds: g.multiplyAdds,
    compute: {
      .launched(count: g.kernelShape.elementCount, dtype: x.dtype) { target in
        Kernels.correlateForKernel(
          x.dtype, g, input: x.storage.address, cotangent: dy.storage.address, into: target)
      }
    },
    wrt(x) { dk in correlateTransposed(dy, dk, g) },
    wrt(dy) { dk in correlate(x, dk, g) })
}

private func requireSame(_ operation: String, _ a: Tensor, _ b: Tensor) {
  guard a.dtype == b.dtype, a.dtype.isCompute else {
    fail(operation, "wants two tensors of float32 or of float64, given \(a.dtype) and \(b.dtype)")
  }
}

extension ConvolutionGeometry {
  var inputShape: Shape { [batch, inputHeight, inputWidth, inputChannels] }
  var outputShape: Shape { [batch, outputHeight, outputWidth, outputChannels] }
  var kernelShape: Shape { [kernelHeight, kernelWidth, inputChannels / groups, outputChannels] }
  var multiplyAdds: Int { outputShape.elementCount * kernelShape.product(0..<3) }
}

/// The geometry of a correlation, or a stop that says what does not fit.
private func convolutionGeometry(
  _ operation: String, input: Shape, kernel: Shape, _ strides: Pair, _ padding: Padding,
  _ dilation: Pair, _ groups: Int
) -> ConvolutionGeometry {
  guard input.rank == 4 else {
    fail(operation, "wants an image batch [n, h, w, c], given \(input)")
  }
  guard kernel.rank == 4 else {
    fail(operation, "wants a kernel [kh, kw, c, o], given \(kernel)")
  }
  guard groups > 0, kernel[3] % groups == 0 else {
    fail(operation, "\(groups) groups do not divide the \(kernel[3]) channels of kernel \(kernel)")
  }
  guard input[3] == kernel[2] * groups else {
    let share = groups > 1 ? " in each of \(groups) groups" : ""
    fail(
      operation,
      "kernel \(kernel) wants \(kernel[2]) channels\(share), input \(input) has \(input[3])")
  }
  guard strides.height > 0, strides.width > 0, dilation.height > 0, dilation.width > 0 else {
    fail(operation, "strides and dilation are at least 1")
  }
  guard kernel[0] > 0, kernel[1] > 0 else {
    fail(operation, "a kernel has at least one row and column, given \(kernel)")
  }
  let rows = windowCount(
    operation, input, axis: 1, kernel[0], strides.height, dilation.height, padding)
  let columns = windowCount(
    operation, input, axis: 2, kernel[1], strides.width, dilation.width, padding)
  return ConvolutionGeometry(
    batch: input[0], inputHeight: input[1], inputWidth: input[2], inputChannels: input[3],
    outputHeight: rows.count, outputWidth: columns.count, outputChannels: kernel[3],
    kernelHeight: kernel[0], kernelWidth: kernel[1], strideHeight: strides.height,
    strideWidth: strides.width, paddingTop: rows.before, paddingLeft: columns.before,
    dilationHeight: dilation.height, dilationWidth: dilation.width, groups: groups)
}

/// How many windows fit along an axis, and the padding before it:
/// `floor((size + padding - dilation (window - 1) - 1) / stride) + 1`.
func windowCount(
  _ operation: String, _ input: Shape, axis: Int, _ window: Int, _ stride: Int, _ dilation: Int,
  _ padding: Padding, roundsUp: Bool = false
) -> (count: Int, before: Int) {
  let amounts = padding.amounts(
    size: input[axis], window: window, stride: stride, dilation: dilation, vertical: axis == 1)
  return windowCount(
    operation, input, axis: axis, window, stride, dilation, amounts: amounts, roundsUp: roundsUp)
}

/// The same for a padding given in numbers.
///
/// When the count is rounded up, a window that would begin in the padding after the axis is left out.
func windowCount(
  _ operation: String, _ input: Shape, axis: Int, _ window: Int, _ stride: Int, _ dilation: Int,
  amounts: (before: Int, after: Int), roundsUp: Bool = false
) -> (count: Int, before: Int) {
  let (before, after) = amounts
  guard before >= 0, after >= 0 else {
    fail(operation, "padding is not negative, given \(before) and \(after) on axis \(axis)")
  }
  let free = input[axis] + before + after - dilation * (window - 1) - 1
  guard free >= 0 else {
    fail(
      operation,
      "a window of \(dilation * (window - 1) + 1) is larger than axis \(axis) of \(input) with "
        + "\(before) + \(after) of padding")
  }
  var count = (free + (roundsUp ? stride - 1 : 0)) / stride + 1
  if roundsUp, count > 1, (count - 1) * stride >= input[axis] + before { count -= 1 }
  return (count, before)
}
