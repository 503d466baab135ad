import Layers
import Operations
import Tensors

/// Residual networks (He et al., 2015): a stem, stages of residual blocks, the mean over the map, a
/// linear head.
///
/// Shapes: `[n, h, w, channels]` to logits `[n, classes]`, for any map large enough.
///
///     let model = ResNet.cifar(depth: 20, channels: 1, classes: 10)
///     let large = ResNet.imageNet(depth: 50, classes: 1000)
///     let smooth = ResNet.cifar(depth: 20) { $0 * tanh(log(1 + exp($0))) }
///
/// The closure is the activation, ReLU unless another is given, at all its places: any function of
/// tensors that keeps the shape. It has no parameters.
public struct ResNet: Layer {
  public let stem: ConvNorm
  public let pool: MaxPool2D?
  public let stage1: Sequential
  public let stage2: Sequential
  public let stage3: Sequential
  public let stage4: Sequential?
  public let head: Linear
  public let activation: @Sendable (Tensor) -> Tensor

  public func forward(_ x: Tensor) -> Tensor {
    var y = activation(stem(x))
    if let pool { y = pool(y) }
    y = stage3(stage2(stage1(y)))
    if let stage4 { y = stage4(y) }
    return head(y.mean(axes: [1, 2]))
  }
}

extension ResNet {
  /// The small networks of the paper's section 4.2, for images of about 32x32.
  ///
  /// Depth `6 n + 2`: 20, 32, 44, 56, 110. A 3x3 stem and three stages of `n` basic blocks with
  /// `width`, `2 width` and `4 width` channels. Where a stage begins, a 1x1 convolution adapts the
  /// shortcut. Depth 20 with 3 channels and 10 classes has 272,474 parameters. Stops at another depth.
  public static func cifar(
    depth: Int = 20, channels: Int = 3, classes: Int = 10, width: Int = 16,
    startsAsIdentity: Bool = false,
    activation: @escaping @Sendable (Tensor) -> Tensor = { relu($0) }
  ) -> ResNet {
    guard depth >= 8, depth % 6 == 2 else {
      fail("ResNet.cifar", "the depth is 6 n + 2 (20, 32, 44, 56, 110), given \(depth)")
    }
    let count = (depth - 2) / 6
    func stage(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential {
      Sequential {
        for position in 0..<count {
          BasicBlock(
            inputs: position == 0 ? inputs : outputs, outputs: outputs,
            stride: position == 0 ? stride : 1, startsAsIdentity: startsAsIdentity,
            activation: activation)
        }
      }
    }
    return ResNet(
      stem: ConvNorm(inputs: channels, outputs: width, kernel: 3), pool: nil,
      stage1: stage(width, width, stride: 1), stage2: stage(width, 2 * width, stride: 2),
      stage3: stage(2 * width, 4 * width, stride: 2), stage4: nil,
      head: Linear(inputs: 4 * width, outputs: classes), activation: activation)
  }

  /// How the large networks begin.
  public enum Stem: Sendable, Hashable {
    /// 7x7 with stride 2 and max pooling, for images of about 224x224.
    case large
    /// 3x3 with stride 1 and no pooling, for images of about 32x32.
    case small
  }

  /// The large networks of the paper's table 1: depth 18 and 34 with basic blocks, 50 with bottlenecks.
  ///
  /// With 3 channels and 1000 classes they have 11,689,512, 21,797,672 and 25,557,032 parameters. Stops
  /// at another depth.
  public static func imageNet(
    depth: Int = 18, channels: Int = 3, classes: Int = 1000, stem: Stem = .large, width: Int = 64,
    startsAsIdentity: Bool = false,
    activation: @escaping @Sendable (Tensor) -> Tensor = { relu($0) }
  ) -> ResNet {
    let counts: [Int]
    switch depth {
    case 18: counts = [2, 2, 2, 2]
    case 34, 50: counts = [3, 4, 6, 3]
    default: fail("ResNet.imageNet", "the depth is 18, 34 or 50, given \(depth)")
    }
    let expansion = depth == 50 ? BottleneckBlock.expansion : 1
    func stage(_ index: Int) -> Sequential {
      let width = width << index
      let before = index == 0 ? width : width / 2 * expansion
      return Sequential {
        for position in 0..<counts[index] {
          let inputs = position == 0 ? before : width * expansion
          let stride = position == 0 && index > 0 ? 2 : 1
          if depth == 50 {
            BottleneckBlock(
              inputs: inputs, width: width, stride: stride, startsAsIdentity: startsAsIdentity,
              activation: activation)
          } else {
            BasicBlock(
              inputs: inputs, outputs: width, stride: stride, startsAsIdentity: startsAsIdentity,
              activation: activation)
          }
        }
      }
    }
    return ResNet(
      stem: stem == .large
        ? ConvNorm(inputs: channels, outputs: width, kernel: 7, strides: 2)
        : ConvNorm(inputs: channels, outputs: width, kernel: 3),
      pool: stem == .large ? MaxPool2D(window: 3, strides: 2, padding: .all(1)) : nil,
      stage1: stage(0), stage2: stage(1), stage3: stage(2), stage4: stage(3),
      head: Linear(inputs: (width << 3) * expansion, outputs: classes), activation: activation)
  }
}
