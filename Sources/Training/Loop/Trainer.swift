import Autodiff
import Datasets
import Layers
import Operations
import Optimizers
import Tensors

/// Trains a model on a task.
///
///     let trainer = Trainer(
///       model: model, task: task, optimizer: SGD(model, learningRate: 0.1, momentum: 0.9),
///       settings: .init(epochs: 10, schedule: OneCycleRate(peak: 0.1, steps: 4530)))
///     trainer.observers.append(myObserver)
///     try trainer.run()
///
/// A step is: a batch, loss and gradients, clipping, the schedule's rate, the optimiser, the average of
/// the weights. After an epoch the averaged weights are validated and the best are kept. All that
/// is random comes from counters in the state, so a resumed training gives the same bits as one that
/// was never interrupted.
public final class Trainer<Task: TrainingTask> {
  /// How long, how fast, and what else is done to gradients and weights.
  public struct Settings: Sendable {
    public var epochs: Int
    /// Ends training after so many steps even if epochs are left.
    public var stepLimit: Int?
    public var schedule: any Schedule
    /// The norm to which gradients are clipped; nil for none.
    public var clippingNorm: Double?
    /// Decay of the average of the weights; 0 for none.
    public var averageDecay: Double
    /// Epochs from one validation to the next; the last epoch always has one.
    public var validationInterval: Int
    public var seed: UInt64

    public init(
      epochs: Int, stepLimit: Int? = nil, schedule: any Schedule, clippingNorm: Double? = nil,
      averageDecay: Double = 0, validationInterval: Int = 1, seed: UInt64 = 0
    ) {
      self.epochs = epochs
      self.stepLimit = stepLimit
      self.schedule = schedule
      self.clippingNorm = clippingNorm
      self.averageDecay = averageDecay
      self.validationInterval = max(1, validationInterval)
      self.seed = seed
    }
  }

  public let model: any Layer
  public let task: Task
  public let settings: Settings
  public private(set) var optimizer: any Optimizer
  public private(set) var average: AveragedModel?
  public private(set) var state: TrainingState
  public var observers: [any TrainingObserver] = []
  /// What checkpoints carry besides: a configuration.
  public var metadata: [String: String] = [:]

  let random: RandomSource
  private var epochSeconds = 0.0
  private var epochImages = 0

  public init(model: any Layer, task: Task, optimizer: any Optimizer, settings: Settings) {
    self.model = model
    self.task = task
    self.optimizer = optimizer
    self.settings = settings
    average =
      settings.averageDecay > 0
      ? Self.average(of: model, decay: settings.averageDecay) : nil
    random = RandomSource(seed: settings.seed)
    let loader = task.loader
    state = TrainingState(
      loader: LoaderState(
        epoch: 0, batch: 0, seed: loader.seed, count: loader.count, batchSize: loader.batchSize))
  }

  private static func average(of model: some Layer, decay: Double) -> AveragedModel {
    AveragedModel(of: model, decay: decay)
  }

  public var plan: TrainingPlan {
    let perEpoch = max(1, task.loader.batchCount)
    let steps = min(settings.epochs * perEpoch, settings.stepLimit ?? .max)
    return TrainingPlan(
      epochs: (steps + perEpoch - 1) / perEpoch, stepsPerEpoch: perEpoch, steps: steps,
      firstStep: state.step,
      batchSize: task.loader.batchSize, criterion: task.criterion)
  }

  // MARK: - The loop

  /// Trains until all steps are done, a signal has come, or `stop` steps have been taken in all.
  ///
  /// Throws `TrainingError.diverged` when the loss or a gradient is no longer finite, what the loader
  /// throws, and what observers throw.
  @discardableResult
  public func run(stoppingAfter stop: Int? = nil) throws -> TrainingEnd {
    let plan = plan
    for observer in observers { try observer.trainingBegan(plan) }
    var end = reasonToEnd(plan, stop)
    while end == nil {
      let batches = try task.loader.batches(resuming: state.loader)
      while end == nil, let batch = try batches.next() {
        try takeStep(batch, plan)
        state.loader = batches.state
        end = reasonToEnd(plan, stop)
        if state.loader.batch == 0 || end == .completed { try finishEpoch(plan) }
        // A signal that came during the validation counts at once.
        end = end ?? reasonToEnd(plan, stop)
      }
    }
    for observer in observers { try observer.placeReached(checkpoint) }
    for observer in observers { try observer.trainingEnded(end!) }
    return end!
  }

  private func reasonToEnd(_ plan: TrainingPlan, _ stop: Int?) -> TrainingEnd? {
    if state.step >= plan.steps { return .completed }
    if let signal = Interruption.signal { return .interrupted(signal: signal) }
    if let stop, state.step >= stop { return .stopped }
    return nil
  }

  private func takeStep(_ batch: Task.Batch, _ plan: TrainingPlan) throws {
    let clock = ContinuousClock()
    let start = clock.now
    let before = (random: random.position, buffers: model.buffers.map { ($0.box, $0.box.value) })
    optimizer.follow(settings.schedule, at: state.step)
    let (loss, output, gradients) = withRandomSource(random) { lossAndGradients(batch) }
    let value = loss.item
    let (clipped, norm) = clip(gradients)
    guard value.isFinite, norm.isFinite else {
      random.position = before.random
      for (box, old) in before.buffers { box.value = old }
      throw TrainingError.diverged(
        Divergence(
          step: state.step + 1, epoch: state.loader.epoch + 1, loss: value,
          cause: causeOfDivergence(batch)))
    }
    optimizer.update(with: clipped)
    average?.update()

    let scores = task.scores(output, on: batch)
    state.step += 1
    state.stepsInEpoch += 1
    state.randomPosition = random.position
    state.sums["loss", default: 0] += value
    for (name, score) in scores.pairs { state.sums[name, default: 0] += score }
    let seconds = (clock.now - start).seconds
    let images = task.size(of: batch)
    epochSeconds += seconds
    epochImages += images
    let report = StepReport(
      step: state.step, epoch: state.loader.epoch + 1, stepInEpoch: state.stepsInEpoch,
      loss: value, scores: scores, learningRate: optimizer.learningRate, gradientNorm: norm,
      images: images, seconds: seconds)
    for observer in observers { try observer.stepEnded(report) }
  }

  private func lossAndGradients(
    _ batch: Task.Batch
  ) -> (loss: Tensor, output: Tensor, gradients: Gradients) {
    let result = valueAndGradient(of: model) { task.loss(of: model, on: batch) }
    return (result.value, result.auxiliary, result.gradients)
  }

  private func clip(_ gradients: Gradients) -> (gradients: Gradients, norm: Double) {
    guard let limit = settings.clippingNorm else {
      return (gradients, gradients.globalNorm.item)
    }
    let (clipped, norm) = gradients.clipped(toNorm: limit)
    return (clipped, norm.item)
  }

  // MARK: - Epochs

  private func finishEpoch(_ plan: TrainingPlan) throws {
    // The loader stands at the beginning of the next epoch unless the step limit cut this one short.
    let epoch = state.loader.batch == 0 ? state.loader.epoch : state.loader.epoch + 1
    let isLast = state.step >= plan.steps
    let steps = Double(max(1, state.stepsInEpoch))
    var training = Measurements()
    for name in ["loss"] + state.sums.keys.filter({ $0 != "loss" }).sorted() {
      training[name] = state.sums[name].map { $0 / steps }
    }
    let clock = ContinuousClock()
    let start = clock.now
    var validation: Measurements?
    var isBest = false
    if isLast || epoch % settings.validationInterval == 0 {
      let measured = try validate()
      validation = measured
      let value = measured[task.criterion.measurement] ?? .nan
      if task.criterion.prefers(value, to: state.best?.value) {
        isBest = true
        state.best = .init(epoch: epoch, step: state.step, value: value)
      }
    }
    let validationSeconds = (clock.now - start).seconds
    state.sums = [:]
    state.stepsInEpoch = 0
    let report = EpochReport(
      epoch: epoch, step: state.step, learningRate: optimizer.learningRate, training: training,
      validation: validation, isBest: isBest, trainingSeconds: epochSeconds,
      validationSeconds: validationSeconds,
      imagesPerSecond: epochSeconds > 0 ? Double(epochImages) / epochSeconds : 0)
    epochSeconds = 0
    epochImages = 0
    if isBest { for observer in observers { try observer.bestFound(bestCheckpoint) } }
    for observer in observers { try observer.epochEnded(report) }
    if !isLast { for observer in observers { try observer.placeReached(checkpoint) } }
  }

  /// Loss and scores of the averaged weights, or of the current ones without an average, on the
  /// validation images.
  public func validate() throws -> Measurements {
    let progress: Progress = { done, total in
      for observer in self.observers { try observer.validationAdvanced(done: done, total: total) }
    }
    guard let average else { return try task.validate(model, progress: progress) }
    return try average.apply { try task.validate(model, progress: progress) }
  }

  // MARK: - Checkpoints

  /// The weights as they are evaluated: averaged if an average is kept.
  public func bestCheckpoint() -> Checkpoint {
    var metadata = metadata
    metadata["step"] = "\(state.step)"
    metadata["weights"] = average == nil ? "last" : "averaged"
    return Checkpoint(weights: average?.values ?? Checkpoint.weights(of: model), metadata: metadata)
  }

  /// Everything that is needed to go on from here.
  public func checkpoint() -> Checkpoint {
    var checkpoint = Checkpoint(weights: Checkpoint.weights(of: model), metadata: metadata)
    for (name, tensor) in average?.state ?? [:] {
      checkpoint.tensors[Checkpoint.averagePrefix + name] = tensor
    }
    for (name, tensor) in optimizer.state {
      checkpoint.tensors[Checkpoint.optimizerPrefix + name] = tensor
    }
    checkpoint.set(state)
    return checkpoint
  }

  /// Goes back to where a checkpoint was taken.
  ///
  /// Throws if it was taken of another model, optimiser or loader, or holds weights only.
  public func resume(from checkpoint: Checkpoint, path: String) throws {
    guard let saved = try checkpoint.state(path: path) else {
      throw TrainingError.checkpoint(
        path: path,
        "it holds weights only and cannot be resumed; the run's last.safetensors can")
    }
    try checkpoint.load(into: model, averaged: false, path: path)
    do {
      try optimizer.restore(checkpoint.tensors(under: Checkpoint.optimizerPrefix))
      if average != nil {
        try average!.restore(checkpoint.tensors(under: Checkpoint.averagePrefix))
      }
    } catch {
      throw TrainingError.checkpoint(path: path, "\(error)")
    }
    do {
      _ = try task.loader.batches(resuming: saved.loader)
    } catch {
      throw TrainingError.checkpoint(path: path, "the data have changed: \(error)")
    }
    state = saved
    random.position = saved.randomPosition
  }
}

extension Duration {
  /// The time in seconds.
  var seconds: Double {
    let (whole, part) = components
    return Double(whole) + Double(part) * 1e-18
  }
}
