import Tensors

extension SegmentationCounts {
  /// Counts the pixels of probabilities against masks of the same shape. Stops if shapes differ.
  public mutating func add(probability: Tensor, mask: Tensor, threshold: Float = 0.5) {
    requireSameShape("SegmentationCounts", probability, mask, "probabilities", "masks")
    add(
      probability: probability.scalars(of: Float.self), mask: mask.scalars(of: Float.self),
      threshold: threshold)
  }
}

extension ConfusionCounts {
  /// Counts the predictions of a batch: scores (logits or probabilities) `[batch, classes]`, labels
  /// `[batch]` of any integer dtype. Stops if the shapes do not fit.
  public mutating func add(scores: Tensor, labels: Tensor) {
    guard scores.rank == 2, scores.shape[1] == classes, labels.shape == [scores.shape[0]] else {
      fail(
        "ConfusionCounts",
        "wants scores [batch, \(classes)] and labels [batch], "
          + "they are \(scores.shape) and \(labels.shape)")
    }
    let predicted = predictedClasses(scores: scores.scalars(of: Float.self), classes: classes)
    for (p, a) in zip(predicted, labels.scalars(of: Int64.self)) {
      add(predicted: p, actual: Int(a))
    }
  }
}

extension BoundaryPrediction {
  /// One prediction for each picture of a batch: membrane probabilities and masks, both
  /// `[batch, height, width, 1]`. Stops for other shapes.
  public static func each(probability: Tensor, mask: Tensor) -> [BoundaryPrediction] {
    requireSameShape("BoundaryPrediction", probability, mask, "probabilities", "masks")
    guard probability.rank == 4, probability.shape[3] == 1 else {
      fail(
        "BoundaryPrediction", "wants [batch, height, width, 1], the shape is \(probability.shape)")
    }
    let height = probability.shape[1]
    let width = probability.shape[2]
    let values = probability.scalars(of: Float.self)
    let truth = mask.scalars(of: Float.self)
    return (0..<probability.shape[0]).map { picture in
      let pixels = (picture * height * width)..<((picture + 1) * height * width)
      return BoundaryPrediction(
        width: width, height: height, probability: Array(values[pixels]),
        mask: Array(truth[pixels]))
    }
  }
}

private func requireSameShape(
  _ operation: String, _ a: Tensor, _ b: Tensor, _ nameA: String, _ nameB: String
) {
  guard a.shape == b.shape else {
    fail(operation, "\(nameA) are \(a.shape), \(nameB) are \(b.shape)")
  }
}
