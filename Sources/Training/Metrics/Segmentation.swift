import Tensors

/// How the pixels of one class were called, summed over as many images as wanted.
///
/// Scores of a segmentation are those of the positive class: for membranes, membrane, the smaller
/// class. In the masks of this package 1 is positive; the ISBI 2012 label files have 0 for
/// membrane and 255 for the inside of cells and have to be inverted when read.
public struct SegmentationCounts: Sendable, Equatable {
  public var truePositives = 0
  public var falsePositives = 0
  public var falseNegatives = 0
  public var trueNegatives = 0

  public init() {}

  /// Counts the pixels of one probability map against its mask.
  ///
  /// A pixel is called positive where the probability is at least `threshold` and is positive in
  /// truth where the mask is above 0.5. A probability that is not a number is called negative.
  /// Stops if the two differ in length.
  public init(probability: [Float], mask: [Float], threshold: Float = 0.5) {
    self.init()
    add(probability: probability, mask: mask, threshold: threshold)
  }

  /// Counts the pixels of one more image.
  public mutating func add(probability: [Float], mask: [Float], threshold: Float = 0.5) {
    requireEqual(
      "SegmentationCounts", probability.count, mask.count, "probabilities", "mask pixels")
    for (value, truth) in zip(probability, mask) {
      switch (value >= threshold, truth > 0.5) {
      case (true, true): truePositives += 1
      case (true, false): falsePositives += 1
      case (false, true): falseNegatives += 1
      case (false, false): trueNegatives += 1
      }
    }
  }

  /// The counts of both taken together.
  public static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.truePositives += b.truePositives
    sum.falsePositives += b.falsePositives
    sum.falseNegatives += b.falseNegatives
    sum.trueNegatives += b.trueNegatives
    return sum
  }

  public var total: Int { truePositives + falsePositives + falseNegatives + trueNegatives }

  /// 2 TP / (2 TP + FP + FN), the F1 score of the positive class; 1 if there is no positive pixel
  /// in truth or prediction.
  public var dice: Double {
    ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives, empty: 1)
  }

  /// TP / (TP + FP + FN), also called the Jaccard index; 1 if there is no positive pixel in truth
  /// or prediction. Always dice / (2 - dice).
  public var intersectionOverUnion: Double {
    ratio(truePositives, truePositives + falsePositives + falseNegatives, empty: 1)
  }

  /// The share of pixels of both classes that are called rightly; 1 for no pixels.
  public var pixelAccuracy: Double {
    ratio(truePositives + trueNegatives, total, empty: 1)
  }

  /// TP / (TP + FP); 1 if nothing was called positive.
  public var precision: Double {
    ratio(truePositives, truePositives + falsePositives, empty: 1)
  }

  /// TP / (TP + FN); 1 if nothing is positive.
  public var recall: Double {
    ratio(truePositives, truePositives + falseNegatives, empty: 1)
  }
}

/// The Dice score of a probability map: see ``SegmentationCounts/dice``.
public func dice(probability: [Float], mask: [Float], threshold: Float = 0.5) -> Double {
  SegmentationCounts(probability: probability, mask: mask, threshold: threshold).dice
}

/// The intersection over union of a probability map: see
/// ``SegmentationCounts/intersectionOverUnion``.
public func intersectionOverUnion(
  probability: [Float], mask: [Float], threshold: Float = 0.5
) -> Double {
  SegmentationCounts(probability: probability, mask: mask, threshold: threshold)
    .intersectionOverUnion
}

/// The share of pixels called rightly: see ``SegmentationCounts/pixelAccuracy``.
public func pixelAccuracy(probability: [Float], mask: [Float], threshold: Float = 0.5) -> Double {
  SegmentationCounts(probability: probability, mask: mask, threshold: threshold).pixelAccuracy
}

func ratio(_ part: Int, _ whole: Int, empty: Double) -> Double {
  whole == 0 ? empty : Double(part) / Double(whole)
}

func requireEqual(_ operation: String, _ a: Int, _ b: Int, _ nameA: String, _ nameB: String) {
  guard a == b else {
    fail(operation, "there are \(a) \(nameA) but \(b) \(nameB)")
  }
}
