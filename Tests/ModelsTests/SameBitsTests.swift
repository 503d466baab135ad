import Autodiff
import Kernels
import Layers
import Models
import Operations
import Optimizers
import Tensors
import Testing

/// A full training step, from the pictures to the next weights, carries the same bits for any number of
/// threads.
@Suite(.serialized) struct TrainingStepBitsTests {
  enum Network: String, CaseIterable {
    case leNet, vgg11, resNet20, resNet18, resNet50, uNet, uNetNearest

    /// Large enough that the work is shared out, and with odd batches, so that shares differ.
    var images: Shape {
      switch self {
      case .leNet: [33, 28, 28, 1]
      case .vgg11, .resNet18: [3, 32, 32, 3]
      case .resNet20: [13, 32, 32, 3]
      case .resNet50: [2, 32, 32, 3]
      case .uNet, .uNetNearest: [1, 64, 96, 1]
      }
    }

    func make() -> any Layer {
      switch self {
      case .leNet: LeNet()
      case .vgg11: VGG(depth: 11, classes: 10, batchNorm: true, head: .linear)
      case .resNet20: ResNet.cifar(depth: 20)
      case .resNet18: ResNet.imageNet(depth: 18, classes: 10, stem: .small)
      case .resNet50: ResNet.imageNet(depth: 50, classes: 10, stem: .small)
      case .uNet: UNet(depth: 3, base: 16)
      case .uNetNearest: UNet(depth: 2, base: 8, decoder: .resampled(.nearest))
      }
    }
  }

  /// All weights, running statistics and the loss after two steps.
  private func afterTwoSteps(_ network: Network, threads: Int) -> [Tensor] {
    Threads.count = threads
    return withRandomSource(RandomSource(seed: 11)) {
      let model = network.make()
      let images = Tensor.normal(network.images)
      let labels = Tensor((0..<network.images[0]).map { Int32($0 * 7 % 10) })
      var optimizer = SGD(model, learningRate: 0.05, momentum: 0.9)
      var losses: [Tensor] = []
      for _ in 0..<2 {
        let (loss, gradients) = valueAndGradient(of: model) {
          let output = model(images)
          return output.rank == 4
            ? binaryCrossEntropy(logits: output, (images .> 0).cast(to: .float32))
            : crossEntropy(output, labels)
        }
        optimizer.update(with: gradients)
        losses.append(loss)
      }
      return losses + model.parameters.map(\.box.value) + model.buffers.map(\.box.value)
    }
  }

  @Test(arguments: Network.allCases)
  func anyNumberOfThreadsGivesTheSameBits(_ network: Network) {
    let before = Threads.count
    defer { Threads.count = before }
    let one = afterTwoSteps(network, threads: 1)
    #expect(one.allSatisfy { $0.scalars(of: Float.self).allSatisfy(\.isFinite) })
    for threads in [2, 3, 8] {
      let several = afterTwoSteps(network, threads: threads)
      #expect(several.count == one.count)
      let different = zip(one, several).enumerated().filter { !$1.0.hasSameBits(as: $1.1) }
      #expect(different.isEmpty, "\(threads) threads: results \(different.map(\.offset))")
    }
  }

  /// Activations so large that rules keep their expressions and not their bytes.
  @Test func largeActivationsFormedAgainHaveTheSameBits() {
    let model = withRandomSource(RandomSource(seed: 3)) { DoubleConv(inputs: 1, outputs: 32) }
    let images = withRandomSource(RandomSource(seed: 4)) { Tensor.normal([1, 256, 512, 1]) }
    func step() -> [Tensor] {
      let (loss, gradients) = valueAndGradient(of: model) { tanh(model(images)).mean() }
      return [loss] + model.parameters.map { gradients[$0.box]! }
    }
    let deferred = step()
    let eager = withoutDeferral { step() }
    for (index, pair) in zip(deferred, eager).enumerated() {
      #expect(pair.0.hasSameBits(as: pair.1), "\(index)")
    }
  }
}
