import Autodiff
import Tensors

/// Mean squared difference: `(x - t)^2`.
///
/// Shapes: input and target broadcast, to a scalar (or that shape without reduction). Pullback:
/// `2 (x - t)`, divided by the number of elements for the mean; the negative for the target. Costs one
/// pass. Stops when the dtypes differ or the shapes do not broadcast.
public func meanSquaredError(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  let difference = x - target
  return (difference * difference).reduced(reduction)
}

/// Mean absolute difference: `|x - t|`.
///
/// Shapes: input and target broadcast, to a scalar (or that shape without reduction). Pullback:
/// `sign(x - t)`, divided by the number of elements for the mean; the negative for the target. Costs one
/// pass. Subgradient where they are equal: 0. Stops when the dtypes differ or the shapes do not
/// broadcast.
public func meanAbsoluteError(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  abs(x - target).reduced(reduction)
}

/// Half the squared difference up to `delta`, linear beyond: `d^2 / 2`, or `delta (|d| - delta / 2)`, of
/// `d = x - t`.
///
/// Shapes: input and target broadcast, to a scalar (or that shape without reduction). Pullback: `d`,
/// limited to `-delta` and `delta`. Costs one pass. Differentiable everywhere; the second derivative
/// jumps at the joints from 1 to 0, and is 1 there. Stops when the dtypes differ or the shapes do not
/// broadcast. Source: Huber, 1964.
public func huberLoss(
  _ x: Tensor, _ target: Tensor, delta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  let difference = x - target
  let distance = abs(difference)
  // The square of the difference, not of its absolute value, which has no second derivative at 0.
  let losses = select(
    distance .<= delta, difference * difference * 0.5, (distance - delta / 2) * delta)
  return losses.reduced(reduction)
}

/// Huber's loss divided by its `beta`, so that the slope beyond is 1: `d^2 / (2 beta)`, or
/// `|d| - beta / 2`.
///
/// Shapes: input and target broadcast, to a scalar (or that shape without reduction). Pullback:
/// `d / beta`, limited to -1 and 1. Costs one pass. Differentiable everywhere; with a beta of 0 it is the
/// absolute difference. Stops when beta is below 0, the dtypes differ or the shapes do not broadcast.
/// Source: Girshick, 2015.
public func smoothL1Loss(
  _ x: Tensor, _ target: Tensor, beta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  guard beta >= 0 else { fail("smoothL1Loss", "beta is not below 0, given \(beta)") }
  if beta == 0 { return meanAbsoluteError(x, target, reduction: reduction) }
  return huberLoss(x, target, delta: beta, reduction: reduction) / beta
}

/// `log(cosh(x - t))`: near 0 half the square, far out the absolute difference less `log 2`.
///
/// Shapes: input and target broadcast, to a scalar (or that shape without reduction). Pullback:
/// `tanh(x - t)`. Costs one pass; nothing overflows. Smooth everywhere. Stops when the dtypes differ or
/// the shapes do not broadcast.
public func logCoshLoss(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  // log cosh d = d + log(1 + exp(-2 d)) - log 2
  let difference = x - target
  return (difference + softplus(difference * -2) - 0.6931471805599453).reduced(reduction)
}

/// Negative log likelihood of a normal distribution: `(log v + (x - t)^2 / v) / 2`, without the constant.
///
/// Shapes: all three broadcast, to a scalar (or that shape without reduction). Pullback: `(x - t) / v`
/// for the mean, its negative for the target, `(1 - (x - t)^2 / v) / (2 v)` for the variance. Costs one
/// pass. The variance is not taken below `epsilon`; there, and at it, its gradient is 0. Stops when the
/// dtypes differ or the shapes do not broadcast. Source: Nix and Weigend, 1994.
public func gaussianNegativeLogLikelihood(
  _ mean: Tensor, _ target: Tensor, variance: Tensor, epsilon: Double = 1e-6,
  reduction: LossReduction = .mean
) -> Tensor {
  let bounded = maximum(variance, epsilon)
  let difference = mean - target
  return ((log(bounded) + difference * difference / bounded) * 0.5).reduced(reduction)
}

/// Negative log likelihood of counts under Poisson distributions with these log rates: `e^x - t x`,
/// without `log t!`.
///
/// Shapes: both broadcast, to a scalar (or that shape without reduction). Pullback: `e^x - t` for the log
/// rates, `-x` for the counts. Costs one pass. Infinite where `exp` is. Stops when the dtypes differ or
/// the shapes do not broadcast.
public func poissonNegativeLogLikelihood(
  logRates x: Tensor, _ counts: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  (exp(x) - counts * x).reduced(reduction)
}

/// Kullback-Leibler divergence of `target` probabilities from log probabilities, summed over the last
/// axis.
///
/// Shapes: both `[..., classes]`, to a scalar, the mean over the rows (or `[...]` without reduction).
/// Formula: `sum t (log t - x)`; where the target is 0 it contributes 0. Pullback: `-t` for the log
/// probabilities, `log t - x + 1` for the target. Costs one pass. Where the target is 0 its subgradient
/// is `-x`; the slope to the right is -inf. Stops when the dtypes differ or the shapes do not broadcast.
/// Source: Kullback and Leibler, 1951.
public func klDivergence(
  logProbabilities: Tensor, target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  let entropy = select(target .> 0, target * log(select(target .> 0, target, 1)), 0)
  return (entropy - target * logProbabilities).sum(axis: -1).reduced(reduction)
}
