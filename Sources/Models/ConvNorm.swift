import Layers
import Operations
import Tensors

/// A convolution and the norm after it, without activation; the norm may be left out.
///
/// With a norm the convolution has no bias: the norm's offset takes its place.
public struct ConvNorm: Layer {
  public let conv: Conv2D
  public let norm: BatchNorm?

  public init(
    inputs: Int, outputs: Int, kernel: Pair, strides: Pair = 1, padding: Padding? = nil,
    batchNorm: Bool = true, scale: Initializer = .ones
  ) {
    conv = Conv2D(
      inputs: inputs, outputs: outputs, kernel: kernel, strides: strides,
      padding: padding ?? centered(kernel), bias: !batchNorm)
    norm = batchNorm ? BatchNorm(channels: outputs, scale: scale) : nil
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = conv(x)
    return norm.map { $0(y) } ?? y
  }
}

/// A convolution, the norm after it if there is one, and ReLU: the block of VGG.
public struct ConvBlock: Layer {
  public let conv: Conv2D
  public let norm: BatchNorm?

  public init(inputs: Int, outputs: Int, kernel: Pair = 3, batchNorm: Bool = true) {
    conv = Conv2D(
      inputs: inputs, outputs: outputs, kernel: kernel, padding: centered(kernel), bias: !batchNorm)
    norm = batchNorm ? BatchNorm(channels: outputs) : nil
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = conv(x)
    return relu(norm.map { $0(y) } ?? y)
  }
}

/// Half the kernel on every side: output `i` stands over input `i s`, as the papers and PyTorch have
/// it. (`Padding.same` puts the odd pixel of a stride below and to the right.)
func centered(_ kernel: Pair) -> Padding {
  let vertical = (kernel.height - 1) / 2
  let horizontal = (kernel.width - 1) / 2
  return .explicit(
    top: vertical, bottom: kernel.height - 1 - vertical, left: horizontal,
    right: kernel.width - 1 - horizontal)
}
