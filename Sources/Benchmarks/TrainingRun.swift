import Kernels
import TapeGrad

/// A workload's training step, made and warmed up: forward, loss, backward, SGD with momentum.
final class TrainingRun {
  struct Settings {
    var workload = Workload.resnet20
    var threads = 2
    var algorithm = ConvolutionAlgorithm.automatic
    /// The handwritten activation in place of ReLU.
    var handwritten = false
  }

  let settings: Settings
  let workload: Workload.Step
  private var optimizer: SGD
  /// From the start of the process to the end of the first step.
  let firstStep: Double?

  init(_ settings: Settings) {
    self.settings = settings
    Threads.count = settings.threads
    workload = settings.workload.make(handwritten: settings.handwritten)
    optimizer = SGD(workload.model, learningRate: 1e-3, momentum: 0.9)
    Self.step(workload, &optimizer, settings)
    firstStep = ProcessUsage.age
    for _ in 0..<3 { Self.step(workload, &optimizer, settings) }
  }

  func step() { Self.step(workload, &optimizer, settings) }

  private static func step(_ step: Workload.Step, _ optimizer: inout SGD, _ settings: Settings) {
    withConvolutionAlgorithm(settings.algorithm) {
      let (loss, gradients) = valueAndGradient(of: step.model) {
        step.loss(step.model(step.images))
      }
      optimizer.update(with: gradients)
      precondition(loss.item.isFinite, "the loss is not finite")
    }
  }
}
