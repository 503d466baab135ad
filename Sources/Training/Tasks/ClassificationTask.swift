import Datasets
import Layers
import Operations
import Tensors

/// Images and their classes, as a model takes them.
public struct LabelledBatch: Sendable {
  /// `[batch, height, width, channels]`
  public let images: Tensor
  /// `[batch]`, int32
  public let labels: Tensor
}

/// Telling classes of images apart: cross entropy, accuracy.
public struct ClassificationTask: TrainingTask {
  public let training: LabelledImages
  public let validation: LabelledImages
  public let prediction: ClassificationPredictor
  public let loader: Loader<ClassificationSample, LabelledBatch>
  public let labelSmoothing: Double

  /// A task on images that have been read.
  ///
  /// `augmentation` changes images at random after normalisation; those of the validation are never
  /// changed.
  public init(
    training: LabelledImages, validation: LabelledImages, predictor: ClassificationPredictor,
    augmentation: ImageAugmentation, batchSize: Int, labelSmoothing: Double = 0, seed: UInt64
  ) {
    self.training = training
    self.validation = validation
    self.prediction = predictor
    self.labelSmoothing = labelSmoothing
    let preparation = predictor.preparation
    loader = Loader(
      count: training.count, batchSize: batchSize, seed: seed,
      dropsLast: training.count >= batchSize
    ) { index, generator in
      var pixels = preparation(training.image(index))
      if !augmentation.steps.isEmpty {
        pixels = augmentation(
          pixels, width: preparation.width, height: preparation.height,
          channels: preparation.channels, using: &generator)
      }
      return ClassificationSample(pixels: pixels, label: training.labels[index])
    } collate: { samples in
      LabelledBatch(
        images: preparation.tensor(samples.map(\.pixels)), labels: Tensor(samples.map(\.label)))
    }
  }

  public func size(of batch: LabelledBatch) -> Int { batch.labels.count }

  public func loss(
    of model: any Layer, on batch: LabelledBatch
  ) -> (loss: Tensor, output: Tensor) {
    let logits = model(batch.images)
    return (crossEntropy(logits, batch.labels, smoothing: labelSmoothing), logits)
  }

  public func scores(_ output: Tensor, on batch: LabelledBatch) -> Measurements {
    let predicted = predictedClasses(
      scores: output.scalars(of: Float.self), classes: output.shape[-1])
    return ["accuracy": accuracy(predicted: predicted, actual: batch.labels.scalars(of: Int.self))]
  }

  public func validate(_ model: any Layer, progress: Progress) throws -> Measurements {
    try ClassificationResult(
      of: model, on: validation, predictor: prediction, progress: progress
    ).measurements
  }

  public var criterion: Criterion { Criterion("accuracy", higherIsBetter: true) }
}

/// One image to train on, prepared and changed, and its class.
public struct ClassificationSample: Sendable {
  let pixels: [Float]
  let label: Int32
}

/// How stored images become what a model sees: scaled, and padded with what is black in them.
public struct ImagePreparation: Sendable {
  public let height: Int
  public let width: Int
  public let channels: Int
  public let padding: Int
  public let normalization: Normalization
  /// What stands outside an image: black for grey images, the mean for others.
  public let fill: Float
  private let tables: [[Float]]?

  /// For stored images of this size.
  public init(
    imageHeight: Int, imageWidth: Int, channels: Int, padding: Int, normalization: Normalization
  ) {
    height = imageHeight + 2 * padding
    width = imageWidth + 2 * padding
    self.channels = channels
    self.padding = padding
    self.normalization = normalization
    tables = normalization.tables(channels: channels)
    fill = channels == 1 ? tables?[0][0] ?? 0 : 0
  }

  /// One stored image as numbers `[height, width, channels]`.
  public func callAsFunction(_ image: ArraySlice<UInt8>) -> [Float] {
    let scaled = scaled(image)
    guard padding > 0 else { return scaled }
    let row = (width - 2 * padding) * channels
    var padded = [Float](repeating: fill, count: height * width * channels)
    for y in 0..<(height - 2 * padding) {
      let target = ((y + padding) * width + padding) * channels
      padded.replaceSubrange(target..<target + row, with: scaled[y * row..<(y + 1) * row])
    }
    return padded
  }

  private func scaled(_ image: ArraySlice<UInt8>) -> [Float] {
    if let tables {
      if channels == 1 { return image.map { tables[0][Int($0)] } }
      return image.enumerated().map { tables[$0 % channels][Int($1)] }
    }
    let stored = PixelImage(
      height: height - 2 * padding, width: width - 2 * padding, channels: channels,
      pixels: Array(image))
    let planes = normalization(stored.planes)
    return (0..<image.count).map { planes[$0 % channels].values[$0 / channels] }
  }

  /// Prepared images as `[count, height, width, channels]`.
  public func tensor(_ images: [[Float]]) -> Tensor {
    Tensor(images.flatMap { $0 }, shape: [images.count, height, width, channels])
  }
}
