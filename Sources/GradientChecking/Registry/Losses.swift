import Autodiff
import Operations
import Tensors

extension Registry {
  private static let reductionsOfLosses: [(String, LossReduction)] = [
    ("mean", .mean), ("sum", .sum), ("unreduced", .none),
  ]

  static let losses = {
    var family = Family("losses")
    for (name, reduction) in reductionsOfLosses {
      addCrossEntropies(to: &family, name, reduction)
      addBinary(to: &family, name, reduction)
      addDistances(to: &family, name, reduction)
    }
    for perExample in [true, false] {
      for shape in [[2, 4], [2, 3, 3, 1], [3, 2, 2, 2]] as [Shape] {
        family.add(
          "diceLoss", perExample ? "per example" : "all",
          [.within(0.125, 0.875, shape), .binary(shape)]
        ) {
          diceLoss($0[0], $0[1], perExample: perExample)
        }
      }
    }
    return family
  }()

  private static func addCrossEntropies(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    for (labels, classes) in [([3], 4), ([2, 2], 3), ([2, 2, 3], 2)] as [(Shape, Int)] {
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
        crossEntropy($0[0], $0[1], ignoredLabel: 1, reduction: reduction) + $0[0].sum()
      }
      family.add("crossEntropy", "\(name), probabilities", .any(logits), .any(logits)) {
        crossEntropy($0, probabilities: softmax($1), reduction: reduction)
      }
      family.add("negativeLogLikelihood", name, samples) {
        negativeLogLikelihood(logSoftmax($0[0]), $0[1], reduction: reduction)
      }
      family.add("klDivergence", name, .any(logits), .any(logits)) {
        klDivergence(logProbabilities: logSoftmax($0), target: softmax($1), reduction: reduction)
      }
    }
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
    for shape in [[4], [2, 3], [2, 2, 2, 1]] as [Shape] {
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
    for shape in [[4], [2, 3], [2, 1, 3, 2]] as [Shape] {
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
    }
  }
}
