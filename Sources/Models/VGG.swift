import Layers
import Operations
import Tensors

/// VGG networks (Simonyan and Zisserman, 2014): blocks of 3x3 convolutions between max pools, and a
/// dense head.
///
/// Shapes: `[n, h, w, channels]` to logits `[n, classes]`.
///
///     let model = VGG(depth: 11, channels: 3, classes: 10, batchNorm: true, head: .linear)
public struct VGG: Layer {
  public let features: Sequential
  public let head: any Layer

  /// What turns the last map into logits.
  public enum Head: Sendable, Hashable {
    /// The paper's: the map brought to 7x7, two dense layers of 4096 with dropout, one of `classes`.
    case dense
    /// The mean over the map and one dense layer, for small images.
    case linear
  }

  /// Depth 11, 13, 16 or 19: the number of layers with weights when the head is the paper's.
  ///
  /// `width` is the number of channels of the first block; later blocks have up to eight times as
  /// many. With 3 channels, 1000 classes, no batch norm and the dense head, depth 11 has 132,863,336
  /// and depth 16 has 138,357,544 parameters. With batch norm convolutions have no bias. Five pools halve
  /// the map: an image of 32x32 ends as one pixel, smaller ones stop. Stops at another depth.
  public init(
    depth: Int = 16, channels: Int = 3, classes: Int = 1000, batchNorm: Bool = false,
    head: Head = .dense, width: Int = 64, dropout: Double = 0.5
  ) {
    let counts: [Int]
    switch depth {
    case 11: counts = [1, 1, 2, 2, 2]
    case 13: counts = [2, 2, 2, 2, 2]
    case 16: counts = [2, 2, 3, 3, 3]
    case 19: counts = [2, 2, 4, 4, 4]
    default: fail("VGG", "the depth is 11, 13, 16 or 19, given \(depth)")
    }
    let widths = [width, 2 * width, 4 * width, 8 * width, 8 * width]
    var blocks: [any Layer] = []
    var inputs = channels
    for (count, outputs) in zip(counts, widths) {
      for _ in 0..<count {
        blocks.append(ConvBlock(inputs: inputs, outputs: outputs, batchNorm: batchNorm))
        inputs = outputs
      }
      blocks.append(MaxPool2D(window: 2))
    }
    features = Sequential(blocks)
    self.head =
      head == .dense
      ? VGG.denseHead(inputs: inputs, classes: classes, dropout: dropout)
      : LinearHead(inputs: inputs, outputs: classes)
  }

  private static func denseHead(inputs: Int, classes: Int, dropout: Double) -> Sequential {
    Sequential {
      AdaptiveAvgPool2D(height: 7, width: 7)
      Flatten()
      Linear(inputs: 49 * inputs, outputs: 4096, initializer: .kaimingNormal())
      ReLU()
      Dropout(rate: dropout)
      Linear(inputs: 4096, outputs: 4096, initializer: .kaimingNormal())
      ReLU()
      Dropout(rate: dropout)
      Linear(inputs: 4096, outputs: classes)
    }
  }

  public func forward(_ x: Tensor) -> Tensor { head(features(x)) }
}

/// The mean over the map, then one dense layer.
public struct LinearHead: Layer, NameTransparent {
  public let linear: Linear

  public init(inputs: Int, outputs: Int) {
    linear = Linear(inputs: inputs, outputs: outputs)
  }

  public func forward(_ x: Tensor) -> Tensor { linear(x.mean(axes: [1, 2])) }
}
