/// Why a training could not be set up or had to end.
public enum TrainingError: Error, Sendable, Equatable {
  /// A setting that cannot be, or settings that contradict each other.
  case configuration(String)
  /// The data do not suit the model or the task.
  case data(path: String, String)
  /// A file is not a checkpoint, or not one that fits.
  case checkpoint(path: String, String)
  /// The loss or a gradient is no longer a finite number.
  case diverged(Divergence)
}

/// Where training left the finite numbers.
public struct Divergence: Sendable, Equatable {
  /// The step, counted from 1.
  public let step: Int
  public let epoch: Int
  public let loss: Double
  /// What produced the first value that is not finite, with its place in the model.
  public let cause: String

  public init(step: Int, epoch: Int, loss: Double, cause: String) {
    self.step = step
    self.epoch = epoch
    self.loss = loss
    self.cause = cause
  }
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .configuration(let message): message
    case .data(let path, let message), .checkpoint(let path, let message):
      path.isEmpty ? message : "\(path): \(message)"
    case .diverged(let divergence): "\(divergence)"
    }
  }
}

extension Divergence: CustomStringConvertible {
  public var description: String {
    let what =
      loss.isNaN
      ? "the loss is NaN" : loss.isFinite ? "a gradient is not finite" : "the loss is infinite"
    return "training diverged at step \(step) (epoch \(epoch)): \(what); \(cause)"
  }
}
