/// Hears what happens in a training: shows progress, writes logs, keeps checkpoints.
///
/// Calls come on the training's thread, and the training waits for them. An error thrown ends it.
public protocol TrainingObserver: AnyObject {
  func trainingBegan(_ plan: TrainingPlan) throws
  func stepEnded(_ report: StepReport) throws
  /// A validation is so far.
  func validationAdvanced(done: Int, total: Int) throws
  func epochEnded(_ report: EpochReport) throws
  /// The weights are the best so far on the validation images.
  func bestFound(_ checkpoint: () -> Checkpoint) throws
  /// A place to resume from: at the end of each epoch, and where training ends.
  func placeReached(_ checkpoint: () -> Checkpoint) throws
  func trainingEnded(_ end: TrainingEnd) throws
}

extension TrainingObserver {
  public func trainingBegan(_ plan: TrainingPlan) throws {}
  public func stepEnded(_ report: StepReport) throws {}
  public func validationAdvanced(done: Int, total: Int) throws {}
  public func epochEnded(_ report: EpochReport) throws {}
  public func bestFound(_ checkpoint: () -> Checkpoint) throws {}
  public func placeReached(_ checkpoint: () -> Checkpoint) throws {}
  public func trainingEnded(_ end: TrainingEnd) throws {}
}

/// How long a training will be.
public struct TrainingPlan: Sendable, Equatable {
  public let epochs: Int
  public let stepsPerEpoch: Int
  /// Steps of the whole training.
  public let steps: Int
  /// Steps already taken when it was resumed; 0 at a start.
  public let firstStep: Int
  public let batchSize: Int
  public let criterion: Criterion
}

/// One step.
public struct StepReport: Sendable {
  /// Counted from 1.
  public let step: Int
  /// Counted from 1.
  public let epoch: Int
  /// The step within its epoch, counted from 1.
  public let stepInEpoch: Int
  public let loss: Double
  public let scores: Measurements
  public let learningRate: Double
  /// Before clipping.
  public let gradientNorm: Double
  public let images: Int
  public let seconds: Double
}

/// One epoch.
public struct EpochReport: Sendable {
  /// Counted from 1.
  public let epoch: Int
  /// Steps taken in all.
  public let step: Int
  public let learningRate: Double
  /// Means over the epoch's batches.
  public let training: Measurements
  /// What was measured on the validation images, if this epoch was followed by a validation.
  public let validation: Measurements?
  /// Whether that was the best so far.
  public let isBest: Bool
  /// Time spent on the steps of this epoch since the start or the resumption.
  public let trainingSeconds: Double
  public let validationSeconds: Double
  public let imagesPerSecond: Double
}

/// Why a training ended, errors apart.
public enum TrainingEnd: Sendable, Equatable {
  /// All steps are done.
  case completed
  /// It was asked to stop at this step and can be resumed.
  case stopped
  /// A signal came.
  case interrupted(signal: Int32)
}
