import Datasets
import Layers
import Operations
import Tensors

/// Class probabilities of images, with the preparation that the model was trained with.
public struct ClassificationPredictor: Sendable {
  public let preparation: ImagePreparation
  /// Whether probabilities are averaged over the image and its mirror image.
  public let averagesMirrored: Bool
  /// Images handed to the model at a time.
  public let batchSize: Int

  public init(preparation: ImagePreparation, averagesMirrored: Bool, batchSize: Int = 200) {
    self.preparation = preparation
    self.averagesMirrored = averagesMirrored
    self.batchSize = batchSize
  }

  /// The probabilities of all classes, `[count, classes]` row by row, in inference mode.
  public func probabilities(
    of images: LabelledImages, by model: any Layer, progress: Progress = { _, _ in }
  ) throws -> [Float] {
    var result: [Float] = []
    for first in stride(from: 0, to: images.count, by: batchSize) {
      try progress(first, images.count)
      let places = first..<min(first + batchSize, images.count)
      let batch = preparation.tensor(places.map { preparation(images.image($0)) })
      result += probabilities(batch, model).scalars(of: Float.self)
    }
    try progress(images.count, images.count)
    return result
  }

  private func probabilities(_ batch: Tensor, _ model: any Layer) -> Tensor {
    withMode(.inference) {
      let seen = softmax(model(batch))
      return averagesMirrored ? (seen + softmax(model(batch.flipped(axis: 2)))) * 0.5 : seen
    }
  }
}

/// What a model says about labelled images.
public struct ClassificationResult: Sendable {
  /// `[count, classes]` row by row.
  public let probabilities: [Float]
  public let predicted: [Int]
  public let confusion: ConfusionCounts
  /// Mean cross entropy of the probabilities.
  public let loss: Double

  public init(
    of model: any Layer, on images: LabelledImages, predictor: ClassificationPredictor,
    progress: Progress = { _, _ in }
  ) throws {
    let classes = images.classNames.count
    probabilities = try predictor.probabilities(of: images, by: model, progress: progress)
    predicted = predictedClasses(scores: probabilities, classes: classes)
    let labels = images.labels.map(Int.init)
    confusion = ConfusionCounts(predicted: predicted, actual: labels, classes: classes)
    var sum = 0.0
    for (row, label) in labels.enumerated() {
      let own = Double(probabilities[row * classes + label])
      // A probability that rounded to zero would make the mean infinite.
      sum -= naturalLogarithm(own.isNaN ? own : max(own, 1e-30))
    }
    loss = labels.isEmpty ? 0 : sum / Double(labels.count)
  }

  public var measurements: Measurements { ["loss": loss, "accuracy": confusion.accuracy] }
}
