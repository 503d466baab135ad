import Autodiff
import Operations
import Tensors

/// Batch normalisation of each channel over the batch and, for images, the map.
///
/// Shapes: `[..., channels]` of two axes or more, to the same; `scale`, `offset`, `runningMean` and
/// `runningVariance` are `[channels]`.
///
///     y = (x - mean) * scale / sqrt(variance + epsilon) + offset
///
/// In training, mean and variance are those of the batch, the variance biased (divided by n), and the
/// running averages move towards them:
///
///     running = (1 - momentum) * running + momentum * batch
///
/// This is PyTorch's convention; the lectures and TensorFlow call `1 - momentum` the momentum (or
/// lambda), so their 0.9 is 0.1 here. By default the running variance averages the biased variance, as
/// the formula in training uses it; `.unbiased` averages it times n / (n - 1), which is what PyTorch
/// stores. In inference the running averages stand in for the batch's.
///
/// Costs one pass over `x` for the statistics; the rest is pointwise work that is deferred to the next
/// reader. Stops when the last axis is not `channels`, and in training when a channel has one value
/// only: its variance is zero, and nothing of the input would be left. Source: Ioffe and Szegedy, 2015.
public struct BatchNorm: Layer {
  /// Which variance of a batch the running average takes in.
  public enum RunningVariance: Sendable, Hashable {
    /// Divided by n.
    case biased
    /// Divided by n - 1.
    case unbiased
  }

  public let scale: Parameter
  public let offset: Parameter
  public let runningMean: Buffer
  public let runningVariance: Buffer
  public let momentum: Double
  public let epsilon: Double
  public let averaged: RunningVariance

  public init(
    channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5,
    runningVariance averaged: RunningVariance = .biased, scale: Initializer = .ones,
    offset: Initializer = .zeros
  ) {
    requirePositive("BatchNorm", ["channels": channels])
    guard momentum >= 0, momentum <= 1 else {
      fail(
        "BatchNorm",
        "momentum is the weight of the new batch and lies in [0, 1], given \(momentum)")
    }
    guard epsilon >= 0 else { fail("BatchNorm", "epsilon is not negative, given \(epsilon)") }
    let fan = Initializer.Fan(inputs: 1, outputs: 1)
    self.scale = Parameter(scale([channels], fan: fan))
    self.offset = Parameter(offset([channels], fan: fan))
    runningMean = Buffer(.zeros([channels]))
    runningVariance = Buffer(.ones([channels]))
    self.momentum = momentum
    self.epsilon = epsilon
    self.averaged = averaged
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank >= 2, x.shape[-1] == scale.shape[0] else {
      fail(
        "batchNorm",
        "wants two axes or more, the last of \(scale.shape[0]) channels, input is \(x.shape)")
    }
    let (mean, variance) = Mode.current == .training ? batchStatistics(x) : runningStatistics
    return batchNorm(
      x, mean: mean, variance: variance, scale: scale.value, offset: offset.value,
      epsilon: epsilon)
  }

  private var runningStatistics: (mean: Tensor, variance: Tensor) {
    (runningMean.value, runningVariance.value)
  }

  private func batchStatistics(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
    let size = x.count / scale.shape[0]
    guard size > 1 else {
      fail(
        "batchNorm",
        "wants more than one value a channel in training, input \(x.shape) has \(size); use a larger "
          + "batch or image, or withMode(.inference)")
    }
    let (mean, variance) = moments(x)
    withoutRecording {
      let correction = averaged == .biased ? 1 : Double(size) / Double(size - 1)
      let averages = [
        runningMean.value * (1 - momentum) + mean * momentum,
        runningVariance.value * (1 - momentum) + variance * (momentum * correction),
      ]
      evaluateTogether([averages])
      (runningMean.value, runningVariance.value) = (averages[0], averages[1])
    }
    return (mean, variance)
  }
}
