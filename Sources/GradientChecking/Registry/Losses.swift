import Autodiff
import Operations
import Tensors

extension Registry {
  /// Shapes of examples: one axis and several, of size 1, of odd size.
  static let lossShapes: [Shape] = [[4], [2, 3], [2, 1, 3, 2], [1], [5, 1], [3, 2, 2], [13]]

  /// Shapes of labels, and how many classes there are.
  static let labelShapes: [(Shape, Int)] = [
    ([3], 4), ([2, 2], 3), ([2, 2, 3], 2), ([1], 5), ([5], 3), ([3, 1], 4), ([7], 17),
    ([4, 1, 2], 6), ([9], 2), ([2, 5], 31),
  ]

  static let reductionsOfLosses: [(String, LossReduction)] = [
    ("mean", .mean), ("sum", .sum), ("unreduced", .none),
  ]

  static let losses = {
    var family = Family("losses")
    for (name, reduction) in reductionsOfLosses {
      addCrossEntropies(to: &family, name, reduction)
      addBinary(to: &family, name, reduction)
      addDistances(to: &family, name, reduction)
    }
    addOverlaps(to: &family)
    return family
  }()

  private static func addCrossEntropies(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    for (labels, classes) in labelShapes {
      let logits = Shape(Array(labels) + [classes])
      let samples: [Sample] = [.any(logits), .indices(below: classes, labels)]
      family.add("crossEntropy", name, samples) {
        crossEntropy($0[0], $0[1], reduction: reduction)
      }
      if case .none = reduction { addSoftmaxCrossEntropies(to: &family, labels, classes) }
      family.add("crossEntropy", "\(name), smoothed", samples) {
        crossEntropy($0[0], $0[1], smoothing: 0.125, reduction: reduction)
      }
      family.add("crossEntropy", "\(name), weighted", samples + [.positive([classes])]) {
        crossEntropy($0[0], $0[1], classWeights: $0[2], reduction: reduction) + $0[2].sum()
      }
      family.add("crossEntropy", "\(name), one label ignored", samples) {
        crossEntropy($0[0], $0[1], ignoredLabel: notFirst($0[1], classes), reduction: reduction)
          + $0[0].sum()
      }
      family.add("crossEntropy", "\(name), probabilities", .any(logits), .any(logits)) {
        crossEntropy($0, probabilities: softmax($1), reduction: reduction)
      }
      family.add("crossEntropy", "\(name), everything", samples + [.positive([classes])]) {
        crossEntropy(
          $0[0], $0[1], smoothing: 0.25, classWeights: $0[2],
          ignoredLabel: notFirst($0[1], classes), reduction: reduction)
          + $0[0].sum() + $0[2].sum()
      }
      family.add(
        "crossEntropy", "\(name), probabilities, smoothed and weighted",
        [.any(logits), .any(logits), .positive([classes])]
      ) {
        crossEntropy(
          $0[0], probabilities: softmax($0[1]), smoothing: 0.25, classWeights: $0[2],
          reduction: reduction)
      }
      family.add("focalLoss", "\(name), classes", samples) {
        focalLoss($0[0], $0[1], gamma: 2, reduction: reduction)
      }
      family.add("focalLoss", "\(name), classes, weighted", samples + [.positive([classes])]) {
        focalLoss($0[0], $0[1], gamma: 1.5, classWeights: $0[2], reduction: reduction) + $0[2].sum()
      }
      family.add(
        "negativeLogLikelihood", "\(name), weighted, one label ignored",
        samples + [.positive([classes])]
      ) {
        negativeLogLikelihood(
          $0[0], $0[1], classWeights: $0[2], ignoredLabel: notFirst($0[1], classes),
          reduction: reduction)
          + $0[0].sum() + $0[2].sum()
      }
      family.add("negativeLogLikelihood", name, samples) {
        negativeLogLikelihood(logSoftmax($0[0]), $0[1], reduction: reduction)
      }
      family.add("klDivergence", name, .any(logits), .any(logits)) {
        klDivergence(logProbabilities: logSoftmax($0), target: softmax($1), reduction: reduction)
      }
    }
  }

  private static func addOverlaps(to family: inout Family) {
    for shape in [
      [2, 4], [2, 3, 3, 1], [3, 2, 2, 2], [1, 5], [5, 1], [2, 1, 3], [1, 2, 2, 3],
    ] as [Shape] {
      let samples: [Sample] = [.within(0.125, 0.875, shape), .binary(shape)]
      for (name, axes) in [
        ("per example", Array(1..<shape.rank)), ("all", Array(0..<shape.rank)),
        ("per class", Array(0..<(shape.rank - 1))),
      ] {
        family.add("diceLoss", name, samples) { diceLoss($0[0], $0[1], axes: axes) }
        family.add("tverskyLoss", name, samples) {
          tverskyLoss($0[0], $0[1], falsePositives: 0.3, falseNegatives: 0.7, axes: axes)
        }
      }
      family.add("diceLoss", "per example by default", samples) { diceLoss($0[0], $0[1]) }
      family.add("diceLoss", "smoothing 0.25", samples) {
        diceLoss($0[0], $0[1], smoothing: 0.25, perExample: false)
      }
    }
  }

  /// A label that is not the first example's: at least one example counts.
  private static func notFirst(_ labels: Tensor, _ classes: Int) -> Int {
    (labels.scalars(of: Int.self)[0] + 1) % classes
  }

  /// The two primitives behind it, each on its own.
  private static func addSoftmaxCrossEntropies(
    to family: inout Family, _ labels: Shape, _ classes: Int
  ) {
    let logits = Sample.any(Shape(Array(labels) + [classes]))
    let samples: [Sample] = [logits, .indices(below: classes, labels)]
    family.add("softmaxCrossEntropy", "squared", samples) {
      let y = softmaxCrossEntropy($0[0], $0[1])
      return y * y
    }
    family.add("softmaxCrossEntropyGradient", "", samples + [.any(labels)]) {
      softmaxCrossEntropyGradient($0[0], $0[1], $0[2])
    }
    family.add("softmaxCrossEntropyGradient", "squared", samples + [.any(labels)]) {
      let y = softmaxCrossEntropyGradient($0[0], $0[1], $0[2])
      return y * y
    }
  }

  private static func addBinary(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    for shape in lossShapes {
      let samples: [Sample] = [.any(shape), .within(0.125, 0.875, shape)]
      family.add("binaryCrossEntropy", name, samples) {
        binaryCrossEntropy(logits: $0[0], $0[1], reduction: reduction)
      }
      family.add("binaryCrossEntropy", "\(name), positives weighted", samples) {
        binaryCrossEntropy(logits: $0[0], $0[1], positiveWeight: 2.5, reduction: reduction)
      }
      family.add("binaryCrossEntropy", "\(name), weights", samples + [.positive(shape)]) {
        binaryCrossEntropy(logits: $0[0], $0[1], weights: $0[2], reduction: reduction)
      }
      family.add(
        "binaryCrossEntropy", "\(name), of probabilities",
        [.within(0.125, 0.875, shape), .within(0.125, 0.875, shape)]
      ) {
        binaryCrossEntropy(probabilities: $0[0], $0[1], reduction: reduction)
      }
      for gamma in [1.0, 2, 2.5] {
        family.add("focalLoss", "\(name), gamma \(gamma)", samples) {
          focalLoss(logits: $0[0], $0[1], gamma: gamma, reduction: reduction)
        }
      }
    }
  }

  private static func addDistances(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    for shape in lossShapes {
      let samples: [Sample] = [.within(1, 2, shape), .within(-1, 0.5, shape)]
      family.add("meanSquaredError", name, samples) {
        meanSquaredError($0[0], $0[1], reduction: reduction)
      }
      family.add("meanAbsoluteError", name, samples) {
        meanAbsoluteError($0[0], $0[1], reduction: reduction)
      }
      family.add("huberLoss", name, samples) {
        huberLoss($0[0], $0[1], delta: 1.3, reduction: reduction)
      }
      family.add("smoothL1Loss", name, samples) {
        smoothL1Loss($0[0], $0[1], beta: 1.3, reduction: reduction)
      }
      family.add("logCoshLoss", name, samples) {
        logCoshLoss($0[0], $0[1], reduction: reduction)
      }
      family.add("gaussianNegativeLogLikelihood", name, samples + [.positive(shape)]) {
        gaussianNegativeLogLikelihood($0[0], $0[1], variance: $0[2], reduction: reduction)
      }
      family.add("poissonNegativeLogLikelihood", name, samples) {
        poissonNegativeLogLikelihood(logRates: $0[0], $0[1], reduction: reduction)
      }
    }
  }
}
