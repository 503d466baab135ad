import Operations
import Tensors

extension Registry {
  // Linear parts keep a gradient where a margin is kept, and for targets that only choose.
  static let marginLosses = {
    var family = Family("margin losses")
    for (name, reduction) in reductionsOfLosses {
      addMargins(to: &family, name, reduction)
      addVectors(to: &family, name, reduction)
      for (labels, classes) in labelShapes {
        let logits = Shape(Array(labels) + [classes])
        for squared in [false, true] {
          family.add(
            "multiClassHingeLoss", squared ? "\(name), squared" : name,
            [.any(logits), .indices(below: classes, labels)]
          ) {
            multiClassHingeLoss(
              $0[0], $0[1], margin: 0.9, squared: squared, reduction: reduction) + $0[0].sum()
          }
        }
      }
    }
    return family
  }()

  private static func addMargins(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    for shape in lossShapes {
      let samples: [Sample] = [.any(shape), .binary(shape)]
      for squared in [false, true] {
        family.add("hingeLoss", squared ? "\(name), squared" : name, samples) {
          // The margin is kept by no multiple of 1/64.
          hingeLoss($0[0], $0[1] * 2 - 1, margin: 0.9, squared: squared, reduction: reduction)
            + ($0[0] + $0[1]).sum() * 0.4
        }
      }
      family.add("softMarginLoss", name, samples) {
        softMarginLoss($0[0], $0[1] * 2 - 1, reduction: reduction)
      }
      family.add("marginRankingLoss", name, [.any(shape), .any(shape), .binary(shape)]) {
        marginRankingLoss($0[0], $0[1], $0[2] * 2 - 1, margin: 0.3, reduction: reduction)
          + ($0[0] * 2 + $0[1] * 3 + $0[2] * 4).sum()
      }
    }
  }

  private static func addVectors(
    to family: inout Family, _ name: String, _ reduction: LossReduction
  ) {
    for shape in lossShapes {
      let vectors = Sample.any(Shape(Array(shape) + [3]))
      for norm in [VectorNorm.l2, .l1, .p(3)] {
        family.add("tripletLoss", "\(name), \(norm)", [vectors, vectors, vectors]) {
          let pull = $0.reduce($0[0].sum()) { $0 + $1.sum() } * 0.3
          return tripletLoss(
            anchor: $0[0], positive: $0[1], negative: $0[2], margin: 1.7, norm: norm,
            reduction: reduction) + pull
        }
      }
      family.add("tripletLoss", "\(name), swapping", [vectors, vectors, vectors]) {
        let pull = $0.reduce($0[0].sum()) { $0 + $1.sum() } * 0.3
        return tripletLoss(
          anchor: $0[0], positive: $0[1], negative: $0[2], margin: 1.7, swaps: true,
          reduction: reduction) + pull
      }
      family.add("cosineEmbeddingLoss", name, [vectors, vectors, .binary(shape)]) {
        cosineEmbeddingLoss($0[0], $0[1], $0[2] * 2 - 1, margin: 0.1, reduction: reduction)
          + ($0[0] + $0[1]).sum() + $0[2].sum()
      }
    }
  }
}
