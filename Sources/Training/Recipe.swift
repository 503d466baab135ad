/// Settings that work, for each pair of model and dataset.
extension TrainingConfiguration {
  /// The recommended settings; `quick` makes them those of a trial that takes seconds and learns
  /// little.
  ///
  /// Throws if model or dataset is unknown or the two do not go together.
  public static func recommended(
    model name: String, dataset: String? = nil, seed: UInt64 = 1, quick: Bool = false
  ) throws -> TrainingConfiguration {
    guard let model = ModelCatalog.entry(named: name) else {
      throw TrainingError.configuration(
        "there is no model '\(name)'; known are \(ModelCatalog.names.joined(separator: ", "))")
    }
    let standard = DatasetCatalog.standard(for: model.purpose)
    guard let data = dataset.map({ DatasetCatalog.entry(named: $0) }) ?? standard else {
      throw TrainingError.configuration(
        "there is no dataset '\(dataset ?? "")'; known are "
          + DatasetCatalog.names.joined(separator: ", "))
    }
    guard data.purpose == model.purpose else {
      throw TrainingError.configuration(
        "\(name) is for \(model.purpose.rawValue), \(data.name) for \(data.purpose.rawValue)")
    }
    var configuration =
      model.purpose == .classification
      ? classification(name, data) : segmentation(name, data)
    configuration.seed = seed
    if quick { configuration.shorten() }
    return configuration
  }

  // MARK: - Classification

  private static func classification(
    _ name: String, _ data: DatasetCatalog.Entry
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      model: ModelDescription(name: name, channels: 1, classes: 10),
      data: DataConfiguration(
        name: data.name, path: data.defaultPath, validationCount: 2000),
      optimization: OptimizationConfiguration(
        epochs: 10, batchSize: 64, method: .sgd, learningRate: 0.2, weightDecay: 5e-4,
        averageDecay: 0.998, labelSmoothing: 0.05),
      seed: 1)
    switch data.name {
    case "fashion-mnist":
      // Clothes look the same mirrored: training shows both, and both are asked.
      configuration.data.averagesOrientations = true
    case "shapes":
      configuration.data.trainingCount = 4000
      configuration.data.validationCount = 500
      configuration.data.heldOutCount = 1000
      configuration.data.imageSize = 28
      configuration.optimization.epochs = 5
    case "cifar10":
      configuration.data.validationCount = 1000
      configuration.data.averagesOrientations = true
      configuration.optimization.epochs = 20
    case "folders":
      configuration.data.validationCount = 400
    default: break
    }
    if name.hasPrefix("vgg") {
      configuration.optimization.learningRate = 0.02
      // Five halvings need 32 pixels a side; 28 become 32.
      if data.name != "cifar10", data.name != "folders" { configuration.data.padding = 2 }
    }
    if name == "lenet" {
      configuration.optimization.learningRate = 0.1
      configuration.optimization.epochs *= data.isGenerated ? 4 : 2
    }
    return configuration
  }

  // MARK: - Segmentation

  private static func segmentation(
    _ name: String, _ data: DatasetCatalog.Entry
  ) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(
      model: ModelDescription(
        name: name, channels: 1, classes: 1, baseChannels: 32, depth: 4),
      data: DataConfiguration(
        name: data.name, validationCount: 1, cropSize: 256, cropsPerImage: 4,
        averagesOrientations: true, normalization: .perImage),
      optimization: OptimizationConfiguration(
        epochs: 40, batchSize: 2, method: .adamw, learningRate: 2e-3, weightDecay: 1e-2,
        clippingNorm: 1, averageDecay: 0.995, loss: .binaryCrossEntropyAndDice),
      seed: 1)
    if data.isGenerated {
      configuration.model.baseChannels = 16
      configuration.model.depth = 3
      configuration.data.imageSize = 192
      configuration.data.trainingCount = 160
      configuration.data.validationCount = 16
      configuration.data.heldOutCount = 32
      configuration.data.cropSize = 128
      configuration.data.cropsPerImage = 1
      configuration.optimization.batchSize = 8
      configuration.optimization.epochs = 30
    }
    return configuration
  }

  // MARK: - Trials

  private mutating func shorten() {
    optimization.epochs = 2
    optimization.averageDecay = min(optimization.averageDecay, 0.9)
    if ModelCatalog.entry(named: model.name)?.purpose == .segmentation {
      model.baseChannels = 4
      model.depth = 2
      data.cropSize = 64
      data.cropsPerImage = 1
      data.averagesOrientations = false
      data.trainingCount = 8
      data.heldOutCount = 2
      if data.imageSize != nil { data.imageSize = 64 }
      data.validationCount = min(data.validationCount, 2)
      optimization.batchSize = 2
    } else {
      data.trainingCount = 256
      data.validationCount = 64
      data.heldOutCount = 128
      optimization.batchSize = 32
    }
  }
}
