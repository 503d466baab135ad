import Datasets
import Layers
import Optimizers
import Tensors

/// What a configuration describes, built.
extension TrainingConfiguration {
  /// A seed for one purpose, so that the streams of random numbers of a run are unrelated.
  func seed(for purpose: SeedPurpose) -> UInt64 {
    var generator = SeededGenerator(seed: seed, stream: purpose.rawValue)
    return generator.next()
  }

  enum SeedPurpose: UInt64 {
    case weights = 1
    case loader, layers
  }

  /// A new model with weights drawn from the seed.
  public func makeModel() throws -> any Layer {
    try ModelCatalog.model(model, source: RandomSource(seed: seed(for: .weights)))
  }

  /// Throws if settings contradict each other.
  func check() throws {
    guard let cropSize = data.cropSize, let depth = model.depth else { return }
    guard cropSize % (1 << depth) == 0 else {
      throw TrainingError.configuration(
        "crops of \(cropSize) x \(cropSize) do not halve \(depth) times; take a multiple of "
          + "\(1 << depth)")
    }
  }

  func makeOptimizer(of model: some Layer) -> any Optimizer {
    switch optimization.method {
    case .sgd:
      SGD(
        model, learningRate: optimization.learningRate, momentum: optimization.momentum,
        nesterov: optimization.momentum > 0, decay: optimization.weightDecay,
        groups: .noDecayOnNormsAndBiases)
    case .adamw:
      AdamW(
        model, learningRate: optimization.learningRate, beta1: optimization.momentum,
        decay: optimization.weightDecay, groups: .noDecayOnNormsAndBiases)
    }
  }

  func makeSchedule(steps: Int) -> any Schedule {
    let steps = max(1, steps)
    let peak = optimization.learningRate
    switch optimization.schedule {
    case .oneCycle:
      return OneCycleRate(
        peak: peak, steps: steps, rise: optimization.riseShare, momentum: nil)
    case .cosine:
      return CosineRate(
        peak: peak, steps: steps, warmUp: Int(optimization.riseShare * Double(steps)))
    case .step: return StepRate(start: peak, milestones: [steps / 2, steps * 3 / 4])
    case .constant: return ConstantRate(peak)
    }
  }

  /// The predictor with the scaling found from the training images.
  public func makeClassificationPredictor() -> ClassificationPredictor {
    ClassificationPredictor(
      preparation: ImagePreparation(
        imageHeight: (model.imageHeight ?? 0) - 2 * data.padding,
        imageWidth: (model.imageWidth ?? 0) - 2 * data.padding, channels: model.channels,
        padding: data.padding, normalization: data.normalization ?? .perImage),
      averagesMirrored: data.averagesOrientations)
  }

  /// The predictor with the scaling of the training images.
  public func makeSegmentationPredictor() -> SegmentationPredictor {
    let multiple = 1 << (model.depth ?? 4)
    return SegmentationPredictor(
      normalization: data.normalization ?? .perImage, multiple: multiple,
      averagesOrientations: data.averagesOrientations,
      tileSize: max(1, 768 / multiple) * multiple)
  }

  func makeTask(
    training: LabelledImages, validation: LabelledImages
  ) -> ClassificationTask {
    ClassificationTask(
      training: training, validation: validation, predictor: makeClassificationPredictor(),
      augmentation: Augmentations.classification(data, height: training.height),
      batchSize: min(optimization.batchSize, training.count),
      labelSmoothing: optimization.labelSmoothing, seed: seed(for: .loader))
  }

  func makeTask(
    training: [SegmentationExample], validation: [SegmentationExample]
  ) -> SegmentationTask {
    let cropSize = data.cropSize ?? 256
    return SegmentationTask(
      training: training, validation: validation, predictor: makeSegmentationPredictor(),
      augmentation: Augmentations.segmentation(data), cropSize: cropSize,
      cropsPerImage: data.cropsPerImage,
      batchSize: min(optimization.batchSize, training.count * data.cropsPerImage),
      loss: optimization.loss, seed: seed(for: .loader))
  }

  func makeTrainer<Task: TrainingTask>(_ task: Task, model: any Layer) -> Trainer<Task> {
    let steps = min(
      optimization.epochs * task.loader.batchCount, optimization.stepLimit ?? .max)
    let trainer = Trainer(
      model: model, task: task, optimizer: makeOptimizer(of: model),
      settings: .init(
        epochs: optimization.epochs, stepLimit: optimization.stepLimit,
        schedule: makeSchedule(steps: steps), clippingNorm: optimization.clippingNorm,
        averageDecay: optimization.averageDecay,
        validationInterval: optimization.validationInterval, seed: seed(for: .layers)))
    trainer.metadata = Checkpoint.metadata(for: self)
    return trainer
  }
}
