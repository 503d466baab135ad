import Layers
import Operations
import Tensors

/// LeNet-5 as it is taught today (LeCun et al., 1998, with ReLU and max pooling).
///
/// Shapes: `[n, 28, 28, channels]` to logits `[n, classes]`. With 1 channel and 10 classes it has
/// 61,706 parameters. Stops at another image size.
public struct LeNet: Layer {
  public let conv1: Conv2D
  public let conv2: Conv2D
  public let linear1: Linear
  public let linear2: Linear
  public let head: Linear

  public init(channels: Int = 1, classes: Int = 10) {
    conv1 = Conv2D(inputs: channels, outputs: 6, kernel: 5, padding: .all(2))
    conv2 = Conv2D(inputs: 6, outputs: 16, kernel: 5)
    linear1 = Linear(inputs: 400, outputs: 120, initializer: .kaimingNormal())
    linear2 = Linear(inputs: 120, outputs: 84, initializer: .kaimingNormal())
    head = Linear(inputs: 84, outputs: classes)
  }

  public func forward(_ x: Tensor) -> Tensor {
    let shallow = maxPool2D(relu(conv1(x)), window: 2)
    let deep = maxPool2D(relu(conv2(shallow)), window: 2)
    return head(relu(linear2(relu(linear1(deep.flattened(from: 1))))))
  }
}
