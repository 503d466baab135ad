import Operations
import Tensors

/// What each loss of the golden files is here.
extension GoldenCall {
  static let losses = withLabels.merging(withTargets) { $1 }.merging(withMargins) { $1 }

  private static let withLabels: [String: @Sendable (GoldenCall) -> Tensor] = [
    "crossEntropy": {
      crossEntropy(
        $0.x, $0.labels, smoothing: $0.number("smoothing"), classWeights: $0.classWeights,
        ignoredLabel: $0.attributes.integer("ignored"), reduction: $0.reduction)
    },
    "softCrossEntropy": {
      crossEntropy(
        $0.x, probabilities: softmax($0.y), smoothing: $0.number("smoothing"),
        classWeights: $0.classWeights, reduction: $0.reduction)
    },
    "negativeLogLikelihood": {
      negativeLogLikelihood(
        $0.x, $0.labels, classWeights: $0.classWeights, ignoredLabel: $0.integer("ignored"),
        reduction: $0.reduction)
    },
    "focalCrossEntropy": {
      focalLoss($0.x, $0.labels, gamma: $0.number("gamma"), reduction: $0.reduction)
    },
    "multiClassHingeLoss": {
      multiClassHingeLoss(
        $0.x, $0.labels, margin: $0.number("margin"), squared: $0.truth("squared"),
        reduction: $0.reduction)
    },
  ]

  private static let withTargets: [String: @Sendable (GoldenCall) -> Tensor] = [
    "meanSquaredError": { meanSquaredError($0.x, $0.y, reduction: $0.reduction) },
    "meanAbsoluteError": { meanAbsoluteError($0.x, $0.y, reduction: $0.reduction) },
    "huberLoss": { huberLoss($0.x, $0.y, delta: $0.number("delta"), reduction: $0.reduction) },
    "smoothL1Loss": { smoothL1Loss($0.x, $0.y, beta: $0.number("beta"), reduction: $0.reduction) },
    "binaryCrossEntropy": {
      binaryCrossEntropy(
        logits: $0.x, $0.y, positiveWeight: $0.attributes.number("positiveWeight") ?? 1,
        reduction: $0.reduction)
    },
    "binaryCrossEntropy at 0": {
      binaryCrossEntropy(logits: $0.x - $0.x.detached, $0.y, reduction: .none)
    },
    "binaryOfProbabilities": {
      binaryCrossEntropy(probabilities: $0.x, $0.y, reduction: $0.reduction)
    },
    "gaussian": {
      gaussianNegativeLogLikelihood(
        $0.x, $0.y, variance: $0.inputs[2], reduction: $0.reduction)
    },
    "poisson": { poissonNegativeLogLikelihood(logRates: $0.x, $0.y, reduction: $0.reduction) },
    "focalLoss": { focalLoss(logits: $0.x, $0.mask, reduction: $0.reduction) },
    "klDivergence": { klDivergence(logProbabilities: logSoftmax($0.x), target: softmax($0.y)) },
    "logCoshLoss": { logCoshLoss($0.x, $0.y) },
    "diceLoss": { diceLoss($0.x, $0.mask, smoothing: $0.number("smoothing"), axes: $0.axes) },
    "tverskyLoss": {
      tverskyLoss(
        $0.x, $0.mask, falsePositives: 0.3, falseNegatives: 0.7,
        smoothing: $0.number("smoothing"), axes: $0.axes)
    },
  ]

  private static let withMargins: [String: @Sendable (GoldenCall) -> Tensor] = [
    "hingeLoss": {
      hingeLoss($0.x, $0.signs, squared: $0.truth("squared"), reduction: $0.reduction)
    },
    "softMarginLoss": { softMarginLoss($0.x, $0.signs, reduction: $0.reduction) },
    "marginRankingLoss": {
      marginRankingLoss(
        $0.x, $0.y, $0.signs, margin: $0.number("margin"), reduction: $0.reduction)
    },
    "tripletLoss": {
      tripletLoss(
        anchor: $0.x, positive: $0.y, negative: $0.inputs[2], margin: $0.number("margin"),
        norm: $0.norm, swaps: $0.truth("swaps"), reduction: $0.reduction)
    },
    "cosineEmbeddingLoss": {
      cosineEmbeddingLoss(
        $0.x, $0.y, $0.signs, margin: $0.number("margin"), reduction: $0.reduction)
    },
    "cosineSimilarity": { cosineSimilarity($0.x, $0.y, axis: $0.axis) },
    "pairwiseDistance": { pairwiseDistance($0.x, $0.y) },
  ]
}
