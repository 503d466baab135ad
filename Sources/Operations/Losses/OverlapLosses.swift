import Autodiff
import Tensors

/// One minus the soft Dice overlap of probabilities and targets in [0, 1].
///
///     1 - (2 sum p t + s) / (sum p + sum t + s)
///
/// Shapes: equal, to a scalar. Sums run over all axes but the first (one overlap an example, then their
/// mean), or over everything with `perExample: false`. The smoothing `s` makes two empty masks agree.
/// Pullback for p, with D the lower sum: `((2 sum p t + s) / D - 2 t) / D`. Costs three sums formed in
/// one pass. With s = 0 two empty masks give NaN. Stops when the shapes differ. Source: Milletari et al.,
/// 2016, with sums in place of squares.
public func diceLoss(
  _ probabilities: Tensor, _ targets: Tensor, smoothing: Double = 1, perExample: Bool = true
) -> Tensor {
  diceLoss(
    probabilities, targets, smoothing: smoothing,
    axes: Array((perExample ? 1 : 0)..<max(1, probabilities.rank)))
}

/// The same with sums over these axes, and the mean over the others: `[0, 1, 2]` gives one overlap for
/// each class of `[batch, height, width, classes]`.
public func diceLoss(
  _ probabilities: Tensor, _ targets: Tensor, smoothing: Double = 1, axes: [Int]
) -> Tensor {
  requireOverlap("diceLoss", probabilities, targets)
  let overlap = (probabilities * targets).sum(axes: axes)
  let total = probabilities.sum(axes: axes) + targets.sum(axes: axes)
  return (1 - (overlap * 2 + smoothing) / (total + smoothing)).mean()
}

/// One minus the Tversky index, which weighs the two kinds of mistake.
///
///     1 - (TP + s) / (TP + alpha FP + beta FN + s)
///
/// Shapes: equal, to a scalar. TP = `sum p t`, FP = `sum p (1 - t)`, FN = `sum (1 - p) t`, over `axes`
/// (all but the first when none are named), then the mean. Halves give Dice, ones the Jaccard index.
/// Pullback for p, with D the lower sum: `((TP + s) ((1 - alpha - beta) t + alpha) / D - t) / D`. Costs
/// three sums formed in one pass. Stops when the shapes differ. Source: Salehi et al., 2017.
public func tverskyLoss(
  _ probabilities: Tensor, _ targets: Tensor, falsePositives alpha: Double,
  falseNegatives beta: Double, smoothing: Double = 1, axes: [Int]? = nil
) -> Tensor {
  requireOverlap("tverskyLoss", probabilities, targets)
  let axes = axes ?? Array(1..<probabilities.rank)
  let overlap = (probabilities * targets).sum(axes: axes)
  let predicted = probabilities.sum(axes: axes)
  let actual = targets.sum(axes: axes)
  // TP + alpha (P - TP) + beta (T - TP)
  let total = overlap * (1 - alpha - beta) + predicted * alpha + actual * beta
  return (1 - (overlap + smoothing) / (total + smoothing)).mean()
}

private func requireOverlap(_ operation: String, _ probabilities: Tensor, _ targets: Tensor) {
  guard probabilities.shape == targets.shape, probabilities.rank > 0 else {
    fail(
      operation,
      "probabilities \(probabilities.shape) and targets \(targets.shape) differ in shape")
  }
}
