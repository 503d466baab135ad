import Datasets
import Foundation
import Interchange
import Layers
import Operations

/// One training from its configuration to its report: what `tapegrad train` runs.
///
///     var configuration = try TrainingConfiguration.recommended(model: "lenet")
///     configuration.optimization.epochs = 3
///     let session = try TrainingSession(configuration, folder: RunFolder("runs/lenet"))
///     let outcome = try session.run()
///     print(outcome.measurements["accuracy"]!)
public final class TrainingSession {
  /// The configuration, completed by what the data decide.
  public let configuration: TrainingConfiguration
  public let folder: RunFolder
  public let data: TrainingData
  public let model: any Layer
  /// The command that began it, for the report and the summary; nil if it was no command.
  public var command: String?
  /// Hear of the training besides the run's own log.
  public var observers: [any TrainingObserver] = []

  private let checkpoint: (Checkpoint, path: String)?

  /// How a session ended.
  public struct Outcome: Sendable {
    public let end: TrainingEnd
    /// What the best weights reach on the held-out images; empty if training did not complete.
    public let measurements: Measurements
    /// The best validation.
    public let best: TrainingState.Best?
  }

  /// Reads the data and builds the model of a new run.
  public init(_ configuration: TrainingConfiguration, folder: RunFolder) throws {
    var configuration = configuration
    try configuration.check()
    data = try TrainingData.load(&configuration)
    model = try configuration.makeModel()
    self.configuration = configuration
    self.folder = folder
    checkpoint = nil
  }

  /// Goes on with a run: `configuration` is the checkpoint's, perhaps with other numbers of epochs or
  /// steps.
  public init(
    resuming checkpoint: Checkpoint, path: String, configuration: TrainingConfiguration,
    folder: RunFolder
  ) throws {
    var configuration = configuration
    try configuration.check()
    data = try TrainingData.load(&configuration)
    model = try configuration.makeModel()
    self.configuration = configuration
    self.folder = folder
    self.checkpoint = (checkpoint, path)
  }

  /// Trains, then measures the best weights on the held-out images and writes the report.
  ///
  /// `progress` is told how far the measuring is. A signal (see `Interruption`) ends training after its
  /// step, and the measuring too. Throws what `Trainer.run` throws; the last checkpoint of a training
  /// that diverged stays in the folder.
  public func run(
    stoppingAfter stop: Int? = nil, progress: Progress = { _, _ in }
  ) throws -> Outcome {
    try withConvolutionAlgorithm(configuration.convolution ?? .automatic) {
      try runAsSelected(stop, progress)
    }
  }

  private func runAsSelected(_ stop: Int?, _ progress: Progress) throws -> Outcome {
    func interruptible(_ done: Int, _ total: Int) throws {
      if let signal = Interruption.signal { throw Interrupted(signal: signal) }
      try progress(done, total)
    }
    switch data {
    case .classification(let training, let validation, let heldOut):
      let task = configuration.makeTask(training: training, validation: validation)
      return try run(task, stop) {
        try ClassificationFindings(
          of: self.model, heldOut: heldOut,
          predictor: self.configuration.makeClassificationPredictor(), progress: interruptible)
      }
    case .segmentation(let training, let validation, let heldOut):
      let task = configuration.makeTask(training: training, validation: validation)
      return try run(task, stop) {
        try SegmentationFindings(
          of: self.model, training: training, heldOut: heldOut,
          configuration: self.configuration, progress: interruptible)
      }
    }
  }

  private func run<Task: TrainingTask>(
    _ task: Task, _ stop: Int?, findings: () throws -> any Findings
  ) throws -> Outcome {
    let trainer = configuration.makeTrainer(task, model: model)
    if let (checkpoint, path) = checkpoint { try trainer.resume(from: checkpoint, path: path) }
    try folder.create()
    if let (_, path) = checkpoint { try takeOver(from: RunFolder(path: path)) }
    try AtomicFile.write(configuration.jsonText() + "\n", to: folder.configuration)
    let log = try RunLog(
      folder: folder, resumingAt: checkpoint == nil ? nil : trainer.state.step)
    trainer.observers = [log] + observers
    let clock = ContinuousClock()
    let start = clock.now
    var end = TrainingEnd.completed
    var found: (any Findings)?
    var divergence: Divergence?
    var seconds = 0.0
    do {
      end = try trainer.run(stoppingAfter: stop)
      seconds = (clock.now - start).seconds
      if end == .completed {
        try Checkpoint(path: folder.best).load(into: model, path: folder.best)
        found = try findings()
      }
    } catch let interruption as Interrupted {
      end = .interrupted(signal: interruption.signal)
    } catch TrainingError.diverged(let found) {
      divergence = found
      seconds = (clock.now - start).seconds
    }
    let outcome = Outcome(
      end: end, measurements: found?.measurements ?? [:], best: trainer.state.best)
    let record = RunRecord(
      configuration: configuration, counts: data.counts, plan: trainer.plan, outcome: outcome,
      model: model, command: command, step: trainer.state.step,
      seconds: log.earlierSeconds + seconds,
      criterion: task.criterion, log: log, divergence: divergence)
    try record.write(to: folder, findings: found)
    if let divergence { throw TrainingError.diverged(divergence) }
    return outcome
  }

  /// Brings what an earlier run has found into this one's folder, if that is another.
  private func takeOver(from earlier: RunFolder) throws {
    for (old, new) in [(earlier.best, folder.best), (earlier.log, folder.log)]
    where !FileManager.default.fileExists(atPath: new) {
      guard let bytes = FileManager.default.contents(atPath: old) else { continue }
      try AtomicFile.write(Array(bytes), to: new)
    }
  }
}

/// A signal came while the result was measured.
private struct Interrupted: Error {
  let signal: Int32
}
