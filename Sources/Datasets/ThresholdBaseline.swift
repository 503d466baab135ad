import Tensors

/// What the best global threshold scores: the least a trained network has to beat.
public struct ThresholdScore: Sendable, Equatable {
  /// Standard deviation of the Gaussian the images are smoothed with, in pixels.
  public let smoothing: Float
  /// Pixels at most this bright are called positive.
  public let threshold: Float
  /// Dice score of the positive class over all held-out pixels: 2 TP / (2 TP + FP + FN).
  public let dice: Double
  /// Intersection over union of the positive class: TP / (TP + FP + FN).
  public let intersectionOverUnion: Double
  /// Share of held-out pixels that are classified rightly.
  public let pixelAccuracy: Double
}

/// Finds the smoothing and the threshold that segment the training images best, and scores them
/// on images not used for the choice.
///
/// Dark is positive, as for membranes. Smoothing is chosen among none and standard deviations of
/// 0.7, 1, 1.5, 2 and 3 pixels, the threshold among 256 equal steps of 0 ... 1, both for the
/// highest Dice over all training pixels together. Values outside 0 ... 1 count as 0 or 1.
/// Stops without at least one image in each part.
///
/// Cost: six smoothings of every training image.
public func bestThresholdScore(
  training: [SegmentationSample], heldOut: [SegmentationSample]
) -> ThresholdScore {
  guard !training.isEmpty, !heldOut.isEmpty else {
    fail(
      "bestThresholdScore",
      "needs images to choose on (\(training.count)) and images to score on (\(heldOut.count))")
  }
  var best = (dice: -1.0, smoothing: Float(0), level: 0)
  for smoothing: Float in [0, 0.7, 1, 1.5, 2, 3] {
    let counts = LevelCounts(of: training, smoothing: smoothing)
    for level in 0..<256 {
      let dice = counts.score(atMost: level).dice
      if dice > best.dice { best = (dice, smoothing, level) }
    }
  }
  let score = LevelCounts(of: heldOut, smoothing: best.smoothing).score(atMost: best.level)
  return ThresholdScore(
    smoothing: best.smoothing, threshold: Float(best.level) / 255, dice: score.dice,
    intersectionOverUnion: score.overlap, pixelAccuracy: score.accuracy)
}

/// How many positive and negative pixels are at most as bright as each grey level.
private struct LevelCounts {
  var positive = [Int](repeating: 0, count: 256)
  var negative = [Int](repeating: 0, count: 256)

  init(of samples: [SegmentationSample], smoothing: Float) {
    for sample in samples {
      let smooth = sample.image.gaussianBlurred(deviation: smoothing)
      for (value, truth) in zip(smooth.values, sample.mask.values) {
        let level = Int((min(max(value, 0), 1) * 255).rounded(.up))
        if truth > 0.5 { positive[level] += 1 } else { negative[level] += 1 }
      }
    }
    for level in 1..<256 {
      positive[level] += positive[level - 1]
      negative[level] += negative[level - 1]
    }
  }

  func score(atMost level: Int) -> (dice: Double, overlap: Double, accuracy: Double) {
    let hits = Double(positive[level])
    let falseAlarms = Double(negative[level])
    let misses = Double(positive[255]) - hits
    let all = Double(positive[255] + negative[255])
    let union = hits + falseAlarms + misses
    guard union > 0 else { return (1, 1, 1) }
    return (
      2 * hits / (hits + union), hits / union, (all - falseAlarms - misses) / all
    )
  }
}
