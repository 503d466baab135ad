import Autodiff
import Tensors

// Shapes: input and target broadcast, to a scalar (or that shape without reduction).

/// Mean squared difference. Pullback: `2 (x - t)`, divided by the number of elements.
public func meanSquaredError(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  let difference = x - target
  return (difference * difference).reduced(reduction)
}

/// Mean absolute difference. Pullback: `sign(x - t)`; the subgradient at 0 is 0.
public func meanAbsoluteError(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  abs(x - target).reduced(reduction)
}

/// Half the squared difference up to `delta`, linear beyond, with slope `delta` (Huber, 1964).
public func huberLoss(
  _ x: Tensor, _ target: Tensor, delta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  let distance = abs(x - target)
  let losses = select(
    distance .<= delta, distance * distance * 0.5, (distance - delta / 2) * delta)
  return losses.reduced(reduction)
}

/// Huber's loss divided by its `beta`: slope 1 beyond it (Girshick, 2015). With 0 the absolute difference.
public func smoothL1Loss(
  _ x: Tensor, _ target: Tensor, beta: Double = 1, reduction: LossReduction = .mean
) -> Tensor {
  guard beta >= 0 else { fail("smoothL1Loss", "beta is not below 0, given \(beta)") }
  if beta == 0 { return meanAbsoluteError(x, target, reduction: reduction) }
  return huberLoss(x, target, delta: beta, reduction: reduction) / beta
}

/// `log(cosh(x - t))`: near 0 half the square, far out the absolute difference less `log 2`.
public func logCoshLoss(
  _ x: Tensor, _ target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  // log cosh d = d + log(1 + exp(-2 d)) - log 2
  let difference = x - target
  return (difference + softplus(difference * -2) - 0.6931471805599453).reduced(reduction)
}

/// Negative log likelihood of a normal distribution: `(log v + (x - t)^2 / v) / 2`, without the constant.
///
/// `variance` broadcasts too; it is not taken below `epsilon`, and its gradient is 0 there.
public func gaussianNegativeLogLikelihood(
  _ mean: Tensor, _ target: Tensor, variance: Tensor, epsilon: Double = 1e-6,
  reduction: LossReduction = .mean
) -> Tensor {
  let bounded = maximum(variance, epsilon)
  let difference = mean - target
  return ((log(bounded) + difference * difference / bounded) * 0.5).reduced(reduction)
}

/// Negative log likelihood of counts under Poisson distributions with these log rates:
/// `exp(x) - t x`, without `log t!`.
public func poissonNegativeLogLikelihood(
  logRates x: Tensor, _ counts: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  (exp(x) - counts * x).reduced(reduction)
}

/// Kullback-Leibler divergence of `target` probabilities from log probabilities, summed over the last
/// axis.
///
/// Shapes: both `[..., classes]`, to a scalar (or `[...]` without reduction). Formula: `sum t (log t - x)`;
/// where the target is 0 it contributes 0. Pullback: `-t` for the log probabilities.
public func klDivergence(
  logProbabilities: Tensor, target: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  let entropy = select(target .> 0, target * log(select(target .> 0, target, 1)), 0)
  return (entropy - target * logProbabilities).sum(axis: -1).reduced(reduction)
}
