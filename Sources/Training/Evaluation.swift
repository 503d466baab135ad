import Layers

/// Measuring trained weights.
public enum Evaluation {
  /// What a model reaches on the held-out images of the dataset its configuration names.
  ///
  /// Scaling and classes are those it was trained with. Throws `DatasetError` for the files, and
  /// `TrainingError.data` if the images are not of the model's kind.
  public static func heldOut(
    _ model: any Layer, _ configuration: TrainingConfiguration, progress: Progress = { _, _ in }
  ) throws -> Measurements {
    var loaded = configuration
    let data = try TrainingData.load(&loaded)
    try requireSameImages(loaded, configuration)
    switch data {
    case .classification(_, _, let heldOut):
      return try ClassificationFindings(
        of: model, heldOut: heldOut, predictor: configuration.makeClassificationPredictor(),
        progress: progress
      ).measurements
    case .segmentation(let training, _, let heldOut):
      return try SegmentationFindings(
        of: model, training: training, heldOut: heldOut, configuration: configuration,
        progress: progress
      ).measurements
    }
  }

  private static func requireSameImages(
    _ found: TrainingConfiguration, _ expected: TrainingConfiguration
  ) throws {
    let path = found.data.path ?? found.data.name
    func require(_ what: String, _ expected: some Equatable, _ found: some Equatable) throws {
      if "\(expected)" != "\(found)" {
        throw TrainingError.data(
          path: path, "the model was trained with \(what) \(expected), here they are \(found)")
      }
    }
    try require("channels", expected.model.channels, found.model.channels)
    try require("classes", expected.data.classNames, found.data.classNames)
    if let height = expected.model.imageHeight, let width = expected.model.imageWidth {
      try require(
        "image sizes", "\(height) x \(width)",
        "\(found.model.imageHeight ?? 0) x \(found.model.imageWidth ?? 0)")
    }
  }
}
