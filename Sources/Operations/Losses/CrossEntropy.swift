import Autodiff
import Tensors

/// Cross entropy of logits against class labels.
///
/// Shapes: logits `[..., classes]`, labels `[...]` of int32 or int64, to a scalar (or `[...]` without
/// reduction); a label for each pixel is the case of logits `[batch, height, width, classes]`. With
/// `smoothing` s the target is `1 - s` on the label and `s / classes` more on every class. With
/// `classWeights` `[classes]` each example counts as much as its label's weight, and the mean is over the
/// weights. Labels equal to `ignoredLabel` do not count; if none counts the mean is NaN. Pullback:
/// `softmax(logits) - target`, weighted. Costs one read of the logits without smoothing, forward and
/// backward. Smooth everywhere.
/// Stops when the shapes disagree, smoothing is not in [0, 1], or a label that counts is not in
/// `0..<classes`.
public func crossEntropy(
  _ logits: Tensor, _ labels: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
  ignoredLabel: Int? = nil, reduction: LossReduction = .mean
) -> Tensor {
  requireSmoothing(smoothing)
  let examples = LabelledExamples(
    "crossEntropy", logits, labels, classWeights: classWeights, ignoredLabel: ignoredLabel)
  if smoothing == 0 {
    return examples.reduced(softmaxCrossEntropy(logits, examples.labels), reduction)
  }
  let logProbabilities = logSoftmax(logits)
  var losses = -logProbabilities.pickedPerRow(examples.labels)
  if let weight = examples.weight { losses = losses * weight }
  var spread = classWeights.map { logProbabilities * $0 } ?? logProbabilities
  if let counted = examples.counted { spread = select(counted.expanded(at: -1), spread, 0) }
  let even = -spread.sum(axis: -1) / Double(logits.shape[-1])
  return examples.reduced(
    losses * (1 - smoothing) + even * smoothing, reduction, isWeighted: true)
}

/// Cross entropy of logits against probabilities, one for each class.
///
/// Shapes: both `[..., classes]`, to a scalar (or `[...]` without reduction). Formula:
/// `-sum_c w_c t_c log softmax(x)_c`, where `smoothing` s turns the target t into
/// `(1 - s) t + s / classes`; the mean is over the examples. Pullback: `softmax(logits) - target` where
/// the target sums to 1 and nothing is weighted; targets have gradients too, minus the weighted log
/// probabilities. Costs two reductions and a few deferred operations an element. Stops when the shapes
/// differ or smoothing is not in [0, 1].
public func crossEntropy(
  _ logits: Tensor, probabilities: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSmoothing(smoothing)
  guard logits.rank >= 1, logits.shape == probabilities.shape else {
    fail(
      "crossEntropy",
      "logits \(logits.shape) and probabilities \(probabilities.shape) differ in shape")
  }
  requireClassWeights("crossEntropy", classWeights, logits.shape[-1])
  let targets =
    smoothing == 0
    ? probabilities
    : probabilities * (1 - smoothing) + smoothing / Double(logits.shape[-1])
  let products = logSoftmax(logits) * (classWeights.map { targets * $0 } ?? targets)
  return (-products.sum(axis: -1)).reduced(reduction)
}

/// Negative log likelihood of labels, given log probabilities.
///
/// Shapes: log probabilities `[..., classes]`, labels `[...]`, to a scalar (or `[...]` without
/// reduction). Weights, ignored labels and the mean are those of `crossEntropy`. Pullback: minus the
/// weight at the label. Costs one read of the labels. Stops when the shapes disagree or a label that
/// counts is not in `0..<classes`.
public func negativeLogLikelihood(
  _ logProbabilities: Tensor, _ labels: Tensor, classWeights: Tensor? = nil,
  ignoredLabel: Int? = nil, reduction: LossReduction = .mean
) -> Tensor {
  let examples = LabelledExamples(
    "negativeLogLikelihood", logProbabilities, labels, classWeights: classWeights,
    ignoredLabel: ignoredLabel)
  return examples.reduced(-logProbabilities.pickedPerRow(examples.labels), reduction)
}

/// Focal loss of logits against class labels: cross entropy times `(1 - p)^gamma`, `p` the probability of
/// the label.
///
/// Shapes, weights and ignored labels: as for `crossEntropy`; the mean is over the weights of the
/// examples that count. Pullback: `(1 - p)^gamma (1 - gamma p log p / (1 - p))` times that of the cross
/// entropy. Costs one read of the logits and a few operations an example. Where `p` rounds to 1 and gamma
/// is below 1 the derivative is not finite. Source: Lin et al., 2017.
public func focalLoss(
  _ logits: Tensor, _ labels: Tensor, gamma: Double = 2, classWeights: Tensor? = nil,
  ignoredLabel: Int? = nil, reduction: LossReduction = .mean
) -> Tensor {
  let examples = LabelledExamples(
    "focalLoss", logits, labels, classWeights: classWeights, ignoredLabel: ignoredLabel)
  let entropy = softmaxCrossEntropy(logits, examples.labels)
  // 1 - p without cancellation.
  return examples.reduced(pow(-expm1(-entropy), gamma) * entropy, reduction)
}

/// Examples with a label each, and how much each counts.
private struct LabelledExamples {
  /// The labels, with those that do not count replaced by 0.
  var labels: Tensor
  var counted: Tensor?
  var weight: Tensor?

  init(
    _ operation: String, _ scores: Tensor, _ labels: Tensor, classWeights: Tensor?,
    ignoredLabel: Int?
  ) {
    guard scores.rank >= 1, Shape(scores.shape.dropLast()) == labels.shape else {
      let wanted = scores.rank >= 1 ? "\(Shape(scores.shape.dropLast()))" : "a class axis"
      let name = operation == "negativeLogLikelihood" ? "log probabilities" : "logits"
      fail(operation, "\(name) \(scores.shape) want labels \(wanted), given \(labels.shape)")
    }
    requireClassWeights(operation, classWeights, scores.shape[-1])
    requireIndices(operation, labels)
    self.labels = labels
    if let ignoredLabel {
      let mask = labels .!= ignoredLabel
      counted = mask
      self.labels = select(mask, labels.cast(to: .float64), 0).cast(to: labels.dtype)
    }
    weight = classWeights?.gathered(at: self.labels)
    if let mask = counted?.cast(to: scores.dtype) { weight = weight.map { $0 * mask } ?? mask }
  }

  /// The losses weighted and reduced; a mean is over the weights.
  func reduced(
    _ losses: Tensor, _ reduction: LossReduction, isWeighted: Bool = false
  ) -> Tensor {
    guard let weight else { return losses.reduced(reduction) }
    let losses = isWeighted ? losses : losses * weight
    if case .mean = reduction { return losses.sum() / weight.sum() }
    return losses.reduced(reduction)
  }
}

private func requireSmoothing(_ smoothing: Double) {
  guard smoothing >= 0, smoothing <= 1 else {
    fail("crossEntropy", "smoothing lies in [0, 1], given \(smoothing)")
  }
}

private func requireClassWeights(_ operation: String, _ weights: Tensor?, _ classes: Int) {
  if let weights, weights.shape != [classes] {
    fail(operation, "\(classes) classes want as many weights, given \(weights.shape)")
  }
}
