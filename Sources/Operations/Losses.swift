import Autodiff
import Tensors

/// What becomes of the losses of single examples.
public enum LossReduction: Sendable {
  case mean, sum, none
}

extension Tensor {
  fileprivate func reduced(_ reduction: LossReduction) -> Tensor {
    switch reduction {
    case .mean: mean()
    case .sum: sum()
    case .none: self
    }
  }
}

/// Cross entropy of logits against class labels.
///
/// Shapes: logits `[..., classes]`, labels `[...]` of int32 or int64, to a scalar (or `[...]` without
/// reduction). With `smoothing` s the target is `1 - s` on the label and `s / classes` more on every
/// class. With `classWeights` `[classes]` each example counts as much as its label's weight, and the
/// mean is over the weights. Labels equal to `ignoredLabel` do not count. Pullback:
/// `softmax(logits) - target`, weighted. Without smoothing one read of the logits, forward and backward.
public func crossEntropy(
  _ logits: Tensor, _ labels: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
  ignoredLabel: Int? = nil, reduction: LossReduction = .mean
) -> Tensor {
  guard logits.rank >= 1, Shape(logits.shape.dropLast()) == labels.shape else {
    fail(
      "crossEntropy",
      "logits \(logits.shape) want labels \(Shape(logits.shape.dropLast())), given \(labels.shape)")
  }
  guard smoothing >= 0, smoothing <= 1 else {
    fail("crossEntropy", "smoothing lies in [0, 1], given \(smoothing)")
  }
  if let classWeights, classWeights.shape != [logits.shape[-1]] {
    fail(
      "crossEntropy",
      "\(logits.shape[-1]) classes want as many weights, given \(classWeights.shape)")
  }
  let counted = ignoredLabel.map { labels .!= $0 }
  let labels = counted.map { select(labels, where: $0) } ?? labels
  var weight = classWeights?.gathered(at: labels)
  if let counted {
    let mask = counted.cast(to: logits.dtype)
    weight = weight.map { $0 * mask } ?? mask
  }
  var losses: Tensor
  if smoothing == 0 {
    losses = softmaxCrossEntropy(logits, labels)
    if let weight { losses = losses * weight }
  } else {
    let logProbabilities = logSoftmax(logits)
    losses = -logProbabilities.pickedPerRow(labels)
    if let weight { losses = losses * weight }
    var spread = classWeights.map { logProbabilities * $0 } ?? logProbabilities
    if let counted { spread = select(counted.expanded(at: -1), spread, 0) }
    let even = -spread.sum(axis: -1) / Double(logits.shape[-1])
    losses = losses * (1 - smoothing) + even * smoothing
  }
  if case .mean = reduction, let weight { return losses.sum() / weight.sum() }
  return losses.reduced(reduction)
}

/// Labels with those that do not count replaced by class 0.
private func select(_ labels: Tensor, where counted: Tensor) -> Tensor {
  let kept = zip(labels.scalars(of: Int.self), counted.scalars(of: Bool.self))
  return Tensor(kept.map { $1 ? Int32($0) : 0 }, shape: labels.shape)
}

/// Cross entropy against probabilities `[..., classes]` for each example.
public func crossEntropy(
  _ logits: Tensor, probabilities: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  (-(logSoftmax(logits) * probabilities).sum(axis: -1)).reduced(reduction)
}

/// Negative log likelihood of labels, given log probabilities `[..., classes]`.
public func negativeLogLikelihood(
  _ logProbabilities: Tensor, _ labels: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  (-logProbabilities.pickedPerRow(labels)).reduced(reduction)
}

/// Binary cross entropy of logits against targets in [0, 1], computed without overflow.
///
///     max(x, 0) - x t + log(1 + exp(-|x|))
///
/// With `positiveWeight` w the positive part counts w times. Pullback: `sigmoid(x) - t` (for w = 1).
public func binaryCrossEntropy(
  logits x: Tensor, _ targets: Tensor, positiveWeight: Double = 1, weights: Tensor? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  guard x.shape == targets.shape else {
    fail("binaryCrossEntropy", "logits \(x.shape) and targets \(targets.shape) differ in shape")
  }
  // -(w t log s(x) + (1 - t) log(1 - s(x))) with log s(x) = -softplus(-x)
  let losses =
    positiveWeight == 1
    ? softplus(x) - x * targets
    : softplus(-x) * (targets * positiveWeight) + softplus(x) * (1 - targets)
  return (weights.map { losses * $0 } ?? losses).reduced(reduction)
}

/// One minus the soft Dice overlap of probabilities and targets in [0, 1].
///
///     1 - (2 sum p t + s) / (sum p + sum t + s)
///
/// over all axes but the first (one overlap an example, then their mean), or over everything with
/// `perExample: false`. The smoothing `s` makes two empty masks agree. Source: Milletari et al., 2016,
/// with sums in place of squares.
public func diceLoss(
  _ probabilities: Tensor, _ targets: Tensor, smoothing: Double = 1, perExample: Bool = true
) -> Tensor {
  guard probabilities.shape == targets.shape, probabilities.rank > 0 else {
    fail(
      "diceLoss",
      "probabilities \(probabilities.shape) and targets \(targets.shape) differ in shape")
  }
  let axes = Array((perExample ? 1 : 0)..<probabilities.rank)
  let overlap = (probabilities * targets).sum(axes: axes)
  let total = probabilities.sum(axes: axes) + targets.sum(axes: axes)
  return (1 - (overlap * 2 + smoothing) / (total + smoothing)).mean()
}

/// Binary focal loss of logits: cross entropy times `(1 - p)^gamma`, `p` the probability of the truth.
///
/// `alpha` weighs the positive class, `1 - alpha` the negative. Source: Lin et al., 2017.
public func focalLoss(
  logits x: Tensor, _ targets: Tensor, gamma: Double = 2, alpha: Double = 0.25,
  reduction: LossReduction = .mean
) -> Tensor {
  let entropy = binaryCrossEntropy(logits: x, targets, reduction: .none)
  let probability = sigmoid(x)
  let miss = probability * (1 - targets) + (1 - probability) * targets
  let balance = targets * alpha + (1 - targets) * (1 - alpha)
  return (balance * pow(miss, gamma) * entropy).reduced(reduction)
}

/// Mean squared difference.
public func meanSquaredError(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  let difference = x - target
  return (difference * difference).reduced(reduction)
}

/// Mean absolute difference. The subgradient at 0 is 0.
public func meanAbsoluteError(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  abs(x - target).reduced(reduction)
}

/// Half the squared difference up to `delta`, linear beyond (Huber, 1964).
public func huberLoss(
  _ x: Tensor, _ target: Tensor, delta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  let distance = abs(x - target)
  let losses = select(
    distance .<= delta, distance * distance * 0.5, (distance - delta / 2) * delta)
  return losses.reduced(reduction)
}

/// Kullback-Leibler divergence of `target` probabilities from log probabilities, summed over the last
/// axis. Where the target is 0 it contributes 0.
public func klDivergence(
  logProbabilities: Tensor, target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  let entropy = select(target .> 0, target * log(select(target .> 0, target, 1)), 0)
  return (entropy - target * logProbabilities).sum(axis: -1).reduced(reduction)
}
