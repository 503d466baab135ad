import Layers
import Operations
import Tensors

/// Two 3x3 convolutions and a way around them (He et al., 2015): the block of ResNet-18, 20, 32, 34, 56.
///
///     relu(norm2(conv2(relu(norm1(conv1(x))))) + shortcut(x))
///
/// The shortcut is a 1x1 convolution with norm where size or channels change, otherwise the input.
/// Another `activation` takes the place of both ReLUs.
public struct BasicBlock: Layer {
  public let conv1: Conv2D
  public let norm1: BatchNorm
  public let conv2: Conv2D
  public let norm2: BatchNorm
  public let shortcut: ConvNorm?
  public let activation: @Sendable (Tensor) -> Tensor

  /// With `startsAsIdentity` the last scale starts at zero, so that the block passes its input on.
  public init(
    inputs: Int, outputs: Int, stride: Int = 1, startsAsIdentity: Bool = false,
    activation: @escaping @Sendable (Tensor) -> Tensor = { relu($0) }
  ) {
    conv1 = Conv2D(
      inputs: inputs, outputs: outputs, kernel: 3, strides: Pair(stride), padding: .all(1),
      bias: false)
    norm1 = BatchNorm(channels: outputs)
    conv2 = Conv2D(inputs: outputs, outputs: outputs, kernel: 3, padding: .all(1), bias: false)
    norm2 = BatchNorm(channels: outputs, scale: startsAsIdentity ? .zeros : .ones)
    shortcut = projection(inputs: inputs, outputs: outputs, stride: stride)
    self.activation = activation
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = norm2(conv2(activation(norm1(conv1(x)))))
    return activation(y + (shortcut.map { $0(x) } ?? x))
  }
}

/// 1x1, 3x3 and 1x1 convolution with a quarter of the channels inside (He et al., 2015): the block of
/// ResNet-50.
///
/// The stride is in the 3x3 convolution, as in the versions trained since (called v1.5). `activation`
/// takes the place of the three ReLUs.
public struct BottleneckBlock: Layer {
  public let conv1: Conv2D
  public let norm1: BatchNorm
  public let conv2: Conv2D
  public let norm2: BatchNorm
  public let conv3: Conv2D
  public let norm3: BatchNorm
  public let shortcut: ConvNorm?
  public let activation: @Sendable (Tensor) -> Tensor

  /// How many times more channels go out than are inside.
  public static let expansion = 4

  public init(
    inputs: Int, width: Int, stride: Int = 1, startsAsIdentity: Bool = false,
    activation: @escaping @Sendable (Tensor) -> Tensor = { relu($0) }
  ) {
    let outputs = width * BottleneckBlock.expansion
    conv1 = Conv2D(inputs: inputs, outputs: width, kernel: 1, bias: false)
    norm1 = BatchNorm(channels: width)
    conv2 = Conv2D(
      inputs: width, outputs: width, kernel: 3, strides: Pair(stride), padding: .all(1), bias: false
    )
    norm2 = BatchNorm(channels: width)
    conv3 = Conv2D(inputs: width, outputs: outputs, kernel: 1, bias: false)
    norm3 = BatchNorm(channels: outputs, scale: startsAsIdentity ? .zeros : .ones)
    shortcut = projection(inputs: inputs, outputs: outputs, stride: stride)
    self.activation = activation
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = activation(norm2(conv2(activation(norm1(conv1(x))))))
    return activation(norm3(conv3(y)) + (shortcut.map { $0(x) } ?? x))
  }
}

private func projection(inputs: Int, outputs: Int, stride: Int) -> ConvNorm? {
  if stride == 1, inputs == outputs { return nil }
  return ConvNorm(
    inputs: inputs, outputs: outputs, kernel: 1, strides: Pair(stride), padding: .valid)
}
