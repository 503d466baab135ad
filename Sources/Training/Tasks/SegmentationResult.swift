import Datasets
import Layers

/// What a model says about images whose masks are known.
public struct SegmentationResult: Sendable {
  public let examples: [SegmentationExample]
  public let probabilities: [Plane]
  /// Pixels called at a probability of one half, over all images.
  public let counts: SegmentationCounts
  /// Mean binary cross entropy of the probabilities over all pixels.
  public let loss: Double

  public init(
    of model: any Layer, on examples: [SegmentationExample], predictor: SegmentationPredictor,
    progress: Progress = { _, _ in }
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
    var pixels = 0
    for (example, probability) in zip(examples, probabilities) {
      counts.add(probability: probability.values, mask: example.mask.values)
      sum += Self.entropy(probability, example.mask)
      pixels += probability.values.count
    }
    self.counts = counts
    loss = pixels == 0 ? 0 : sum / Double(pixels)
  }

  private static func entropy(_ probability: Plane, _ mask: Plane) -> Double {
    var sum = 0.0
    for (p, truth) in zip(probability.values, mask.values) {
      let own = Double(truth > 0.5 ? p : 1 - p)
      sum -= naturalLogarithm(own.isNaN ? own : max(own, 1e-7))
    }
    return sum
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
