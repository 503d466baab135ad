import Datasets
import Layers
import Operations
import Tensors

/// What a model says about images whose masks are known.
public struct SegmentationResult: Sendable {
  public let examples: [SegmentationExample]
  public let probabilities: [Plane]
  /// Pixels called at a probability of one half, over all images.
  public let counts: SegmentationCounts
  /// Mean over the images of the loss that the training uses.
  public let loss: Double

  public init(
    of model: any Layer, on examples: [SegmentationExample], predictor: SegmentationPredictor,
    loss kind: OptimizationConfiguration.Loss, progress: Progress = { _, _ in }
  ) throws {
    self.examples = examples
    probabilities = try examples.enumerated().map { index, example in
      try predictor.probability(of: example.planes, by: model) { done, total in
        try progress(index * total + done, examples.count * total)
      }
    }
    try progress(examples.count, examples.count)
    var counts = SegmentationCounts()
    var sum = 0.0
    for (example, probability) in zip(examples, probabilities) {
      counts.add(probability: probability.values, mask: example.mask.values)
      sum += Self.loss(kind, probability, example.mask)
    }
    self.counts = counts
    loss = examples.isEmpty ? 0 : sum / Double(examples.count)
  }

  /// The loss of a probability map. Its logits are limited to 16 on either side, where a probability
  /// in float32 can no longer be told from 0 or 1.
  private static func loss(
    _ kind: OptimizationConfiguration.Loss, _ probability: Plane, _ mask: Plane
  ) -> Double {
    let shape: Shape = [1, mask.height, mask.width, 1]
    let p = clamp(Tensor(probability.values, shape: shape), from: 1e-7, through: 1 - 1e-7)
    let logits = log(p) - log(1 - p)
    return SegmentationTask.loss(kind, logits, Tensor(mask.values, shape: shape)).item
  }

  /// Loss, Dice, intersection over union and accuracy, from counting pixels.
  public var pixelMeasurements: Measurements {
    [
      "loss": loss, "dice": counts.dice, "iou": counts.intersectionOverUnion,
      "pixel_accuracy": counts.pixelAccuracy,
    ]
  }

  /// The challenge's scores over all thresholds; costs far more than counting pixels.
  public func agreement() -> ThresholdedAgreement {
    boundaryAgreement(
      zip(examples, probabilities).map { example, probability in
        BoundaryPrediction(
          width: probability.width, height: probability.height, probability: probability.values,
          mask: example.mask.values)
      })
  }
}
