import Layers
import TapeGrad

/// The six training steps that are compared with peers: same networks, shapes, loss and optimiser.
enum Workload: String, CaseIterable {
  case resnet20, resnet18, unet32, unet64, vgg11, lenet

  /// A model with its batch: one step's loss.
  struct Step {
    let model: any Layer
    let images: Tensor
    let loss: @Sendable (Tensor) -> Tensor

    /// Operations of a training step by the direct method, two for each multiply-add.
    ///
    /// Each contraction is done three times, forward and for its two gradients, save the first,
    /// whose input takes no gradient.
    var floatOperations: Double {
      let summary = model.summary(input: images.shape)
      let first = summary.rows.first { $0.multiplyAdds > 0 }?.multiplyAdds ?? 0
      return 2 * Double(3 * summary.multiplyAdds - first)
    }
  }

  /// An activation as somebody writes it who finds none that suits; nothing in the framework knows
  /// it.
  @Sendable static func handwritten(_ x: Tensor) -> Tensor { x * tanh(log(1 + exp(x))) }

  /// Whether the model takes another activation.
  var takesActivation: Bool { self == .resnet20 || self == .resnet18 }

  /// The step, with ReLU or with the handwritten activation.
  func make(handwritten: Bool = false) -> Step {
    var activation: @Sendable (Tensor) -> Tensor = { relu($0) }
    if handwritten { activation = Self.handwritten }
    return withRandomSource(RandomSource(seed: 0)) { [activation] in
      switch self {
      case .resnet20:
        classifier(ResNet.cifar(depth: 20, activation: activation), [128, 32, 32, 3])
      case .resnet18:
        classifier(
          ResNet.imageNet(depth: 18, classes: 10, stem: .small, activation: activation),
          [32, 32, 32, 3])
      case .vgg11:
        classifier(VGG(depth: 11, classes: 10, batchNorm: true, head: .linear), [64, 32, 32, 3])
      case .lenet: classifier(LeNet(), [64, 28, 28, 1])
      case .unet32: segmenter(UNet(base: 32), [2, 256, 256, 1])
      case .unet64: segmenter(UNet(base: 64), [1, 512, 512, 1])
      }
    }
  }

  private func classifier(_ model: some Layer, _ shape: Shape) -> Step {
    let labels = Tensor((0..<shape[0]).map { Int32($0 * 7 % 10) })
    return Step(model: model, images: .normal(shape)) { crossEntropy($0, labels) }
  }

  private func segmenter(_ model: some Layer, _ shape: Shape) -> Step {
    let masks = Tensor.bernoulli(shape, probability: 0.5).cast(to: .float32).evaluated()
    return Step(model: model, images: .normal(shape)) { binaryCrossEntropy(logits: $0, masks) }
  }
}
