import Autodiff
import Tensors

/// Binary cross entropy of logits against targets in [0, 1], computed without overflow.
///
///     max(x, 0) - x t + log(1 + exp(-|x|))
///
/// Shapes: equal, to a scalar (or the same without reduction). With `positiveWeight` w the positive part
/// counts w times; `weights` broadcast. Pullback: `sigmoid(x) - t` (for w = 1), at 0 too; `-x` for the
/// targets. Costs one pass. Smooth everywhere. Stops when the shapes differ.
public func binaryCrossEntropy(
  logits x: Tensor, _ targets: Tensor, positiveWeight: Double = 1, weights: Tensor? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape("binaryCrossEntropy", x, targets)
  // -(w t log s(x) + (1 - t) log(1 - s(x))) with log s(x) = -softplus(-x)
  let losses =
    positiveWeight == 1
    ? softplus(x) - x * targets
    : softplus(-x) * (targets * positiveWeight) + softplus(x) * (1 - targets)
  return (weights.map { losses * $0 } ?? losses).reduced(reduction)
}

/// Binary cross entropy of probabilities against targets in [0, 1]: `-t log p - (1 - t) log(1 - p)`.
///
/// Shapes: equal, to a scalar (or the same without reduction); `weights` broadcast. Logarithms are not
/// below -100, where their derivative is 0. Prefer logits: near 0 and 1 a probability has lost its
/// digits. Pullback: `(p - t) / (p (1 - p))`. Costs one pass. Stops when the shapes differ.
public func binaryCrossEntropy(
  probabilities p: Tensor, _ targets: Tensor, weights: Tensor? = nil,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape("binaryCrossEntropy", p, targets)
  let losses = -(targets * boundedLog(p) + (1 - targets) * boundedLog(1 - p))
  return (weights.map { losses * $0 } ?? losses).reduced(reduction)
}

/// `log x`, but not below -100; the derivative is 0 there.
private func boundedLog(_ x: Tensor) -> Tensor {
  let isZero = x .== 0
  return select(isZero, -100, maximum(log(select(isZero, 1, x)), -100))
}

/// Binary focal loss of logits: cross entropy times `(1 - p)^gamma`, `p` the probability of the truth.
///
///     a (1 - p)^gamma (-log p)
///
/// Shapes: equal, to a scalar (or the same without reduction). `a` is `alpha` for the positive class and
/// `1 - alpha` for the negative; targets between 0 and 1 mix both. Pullback: through the product; for a
/// positive truth `alpha (1 - p)^gamma (gamma p log p - (1 - p))`. Costs one pass. Where `p` rounds to 1
/// and gamma is below 1 the derivative is not finite. Stops when the shapes differ. Source: Lin et al.,
/// 2017.
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

func requireSameShape(_ operation: String, _ x: Tensor, _ targets: Tensor) {
  guard x.shape == targets.shape else {
    fail(operation, "input \(x.shape) and targets \(targets.shape) differ in shape")
  }
}
