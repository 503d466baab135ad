import Autodiff
import Operations
import Tensors

extension Registry {
  static let lossesAtJoints = {
    var family = Family("losses")
    // Equal, at the joints, and on both sides: 1/2 and 2 are exact in either precision.
    let differences = Sample.exactly([0, -0.0, 0.5, -0.5, 2, -2, 0.25, -3], [2, 4])
    let zeros = Sample.exactly([0, 0, 0, 0, 0, 0, 0, 0], [2, 4])
    for (name, reduction) in reductionsOfLosses {
      for delta in [0.5, 2] {
        family.add("huberLoss", "\(name), at its joints, delta \(delta)", differences, zeros) {
          huberLoss($0, $1, delta: delta, reduction: reduction) + ($0 + $1).sum() * 0.25
        }
        family.add("smoothL1Loss", "\(name), at its joints, beta \(delta)", differences, zeros) {
          smoothL1Loss($0, $1, beta: delta, reduction: reduction) + ($0 + $1).sum() * 0.25
        }
      }
      family.add("logCoshLoss", "\(name), of equals", differences, zeros) {
        logCoshLoss($0, $1, reduction: reduction) + ($0 + $1).sum() * 0.25
      }
      family.add("meanSquaredError", "\(name), of equals", differences, zeros) {
        meanSquaredError($0, $1, reduction: reduction) + ($0 + $1).sum() * 0.25
      }
      family.add(
        "gaussianNegativeLogLikelihood", "\(name), of equals", [zeros, zeros, .positive([2, 4])]
      ) {
        gaussianNegativeLogLikelihood($0[0], $0[1], variance: $0[2], reduction: reduction)
          + ($0[0] + $0[1]).sum() * 0.25
      }
      family.add("poissonNegativeLogLikelihood", "\(name), at 0", zeros, .positive([2, 4])) {
        poissonNegativeLogLikelihood(logRates: $0, $1, reduction: reduction) + $1.sum() * 0.25
      }
      addBinaryAtZero(to: &family, name, reduction)
      addClassesAtZero(to: &family, name, reduction)
    }
    return family
  }()

  private static func addBinaryAtZero(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    // What a head that starts at zero gives, against targets of 0, 1 and between.
    let logits = Sample.exactly([0, -0.0, 0, 0, 1, -1])
    let targets = Sample.exactly([0, 1, 1, 0.25, 0, 1])
    family.add("binaryCrossEntropy", "\(name), of zeros", logits, targets) {
      binaryCrossEntropy(logits: $0, $1, reduction: reduction) + $1.sum() * 0.25
    }
    family.add("binaryCrossEntropy", "\(name), of zeros, positives weighted", logits, targets) {
      binaryCrossEntropy(logits: $0, $1, positiveWeight: 2.5, reduction: reduction)
        + $1.sum() * 0.25
    }
    family.add("focalLoss", "\(name), of zeros", logits, targets) {
      focalLoss(logits: $0, $1, reduction: reduction) + $1.sum() * 0.25
    }
    let masks: [Sample] = [.exactly([0, 0, 1, 1], [2, 2]), .exactly([0, 1, 0, 1], [2, 2])]
    if case .mean = reduction {
      family.add("diceLoss", "of zeros and ones", masks) { diceLoss($0[0], $0[1]) }
      family.add("tverskyLoss", "of zeros and ones", masks) {
        tverskyLoss($0[0], $0[1], falsePositives: 0.3, falseNegatives: 0.7)
      }
    }
  }

  private static func addClassesAtZero(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    let logits = Sample.exactly([0, 0, -0.0, 3, 3, 3], [2, 3])
    let labels = Sample.indices(below: 3, [2])
    for smoothing in [0, 0.25] {
      family.add("crossEntropy", "\(name), equal logits, smoothing \(smoothing)", [logits, labels])
      {
        crossEntropy($0[0], $0[1], smoothing: smoothing, reduction: reduction)
      }
    }
    family.add("focalLoss", "\(name), equal logits", [logits, labels]) {
      focalLoss($0[0], $0[1], reduction: reduction)
    }
    family.add(
      "crossEntropy", "\(name), equal logits and probabilities", logits,
      .exactly([1, 0, 0, 0.5, 0.5, 0], [2, 3])
    ) {
      crossEntropy($0, probabilities: $1, reduction: reduction)
    }
    // A probability of 0 contributes 0: the derivative for the other one is minus it.
    family.add("klDivergence", "\(name), of a certain target", logits) {
      klDivergence(
        logProbabilities: logSoftmax($0),
        target: Tensor([1.0, 0, 0, 0.5, 0.5, 0], shape: [2, 3], dtype: $0.dtype),
        reduction: reduction)
    }
  }

  static let marginsAtJoints = {
    var family = Family("margin losses")
    for (name, reduction) in reductionsOfLosses {
      family.add(
        "softMarginLoss", "\(name), of zeros", .exactly([0, -0.0, 0, 1]), .exactly([1, -1, 1, -1])
      ) {
        softMarginLoss($0, $1, reduction: reduction) + $1.sum() * 0.25
      }
      // Squared, a hinge is smooth at its margin.
      family.add(
        "hingeLoss", "\(name), squared, at the margin", .exactly([1, -1, 0.5, 2]),
        .exactly([1, -1, 1, 1])
      ) {
        hingeLoss($0, $1, squared: true, reduction: reduction) + ($0 + $1).sum() * 0.25
      }
      family.add(
        "multiClassHingeLoss", "\(name), squared, at the margin", .exactly([1, 0, 0, -1], [1, 4])
      ) {
        multiClassHingeLoss($0, Tensor([Int32(0)]), squared: true, reduction: reduction)
          + $0.sum() * 0.25
      }
    }
    return family
  }()
}
