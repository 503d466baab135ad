import Autodiff
import Tensors

// Losses that are 0 once a margin is kept. At the margin itself the subgradient is 0.

/// `max(0, margin - t x)` for targets of -1 and 1; squared if asked to.
///
/// Shapes: equal, to a scalar (or the same without reduction). Pullback: `-t` where the margin is not
/// kept, twice that times what is missing if squared. Costs one pass. Subgradient at the margin: 0. Stops
/// when the shapes differ. Source: Cortes and Vapnik, 1995.
public func hingeLoss(
  _ x: Tensor, _ targets: Tensor, margin: Double = 1, squared: Bool = false,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape("hingeLoss", x, targets)
  let losses = relu(margin - x * targets)
  return (squared ? losses * losses : losses).reduced(reduction)
}

/// `log(1 + exp(-t x))` for targets of -1 and 1: a hinge without a corner, computed without overflow.
///
/// Shapes: equal, to a scalar (or the same without reduction). Pullback: `-t sigmoid(-t x)`. Costs one
/// pass. Smooth everywhere. Stops when the shapes differ.
public func softMarginLoss(
  _ x: Tensor, _ targets: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape("softMarginLoss", x, targets)
  return softplus(-(x * targets)).reduced(reduction)
}

/// By how much the scores of other classes come within a margin of the label's.
///
/// Shapes: scores `[..., classes]`, labels `[...]` of int32 or int64, to a scalar (or `[...]` without
/// reduction). Formula: `sum over i != y of max(0, margin - x_y + x_i)^p / classes`, p = 2 if squared,
/// else 1. Pullback (p = 1): `1 / classes` for each class within the margin, their sum taken from the
/// label's; at the margin 0. Costs one pass. Stops when the shapes disagree or a label is not in
/// `0..<classes`. Source: Crammer and Singer, 2001, with the sum in place of the largest.
public func multiClassHingeLoss(
  _ scores: Tensor, _ labels: Tensor, margin: Double = 1, squared: Bool = false,
  reduction: LossReduction = .mean
) -> Tensor {
  let classes = scores.rank > 0 ? scores.shape[-1] : 0
  let chosen = scores.pickedPerRow(labels).expanded(at: -1)
  let isLabel = labels.expanded(at: -1) .== .range(to: Double(classes), dtype: labels.dtype)
  let short = relu(select(isLabel, 0, scores - chosen + margin))
  let losses = (squared ? short * short : short).sum(axis: -1) / Double(classes)
  return losses.reduced(reduction)
}

/// `max(0, margin - t (a - b))`: which of two is to rank higher, `a` for t = 1 and `b` for t = -1.
///
/// Shapes: all broadcast, to a scalar (or that shape without reduction). Pullback: `-t` for a and `t` for
/// b where the margin is not kept; at the margin 0. Costs one pass. Stops when the shapes do not
/// broadcast.
public func marginRankingLoss(
  _ a: Tensor, _ b: Tensor, _ targets: Tensor, margin: Double = 0,
  reduction: LossReduction = .mean
) -> Tensor {
  relu(margin - targets * (a - b)).reduced(reduction)
}

/// `max(0, d(anchor, positive) - d(anchor, negative) + margin)`, d a distance along the last axis.
///
/// Shapes: three of `[..., features]`, to a scalar (or `[...]` without reduction). With `swaps` the
/// nearer of anchor and positive counts as the distance to the negative. `epsilon` is added to each
/// difference, as others do. Pullback: where the margin is not kept, that of the two distances; at the
/// margin 0, and with `swaps` half to each of two equal distances. Costs a pass for each distance. Stops
/// when the shapes differ. Source: Schroff et al., 2015; Balntas et al., 2016.
public func tripletLoss(
  anchor: Tensor, positive: Tensor, negative: Tensor, margin: Double = 1,
  norm: VectorNorm = .l2, swaps: Bool = false, epsilon: Double = 1e-6,
  reduction: LossReduction = .mean
) -> Tensor {
  requireSameShape("tripletLoss", anchor, positive)
  requireSameShape("tripletLoss", anchor, negative)
  func distance(_ a: Tensor, _ b: Tensor) -> Tensor {
    pairwiseDistance(a, b, norm: norm, epsilon: epsilon)
  }
  var toNegative = distance(anchor, negative)
  if swaps { toNegative = minimum(toNegative, distance(positive, negative)) }
  return relu(distance(anchor, positive) - toNegative + margin).reduced(reduction)
}

/// The distance of vectors along the last axis: the norm of `a - b + epsilon`.
///
/// Shapes: both `[..., features]`, to `[...]`. Pullback: that of `norm` for a, the negative for b. Costs
/// one pass. Where all differences are `-epsilon` the subgradient is 0. Stops when the shapes do not
/// broadcast.
public func pairwiseDistance(
  _ a: Tensor, _ b: Tensor, norm: VectorNorm = .l2, epsilon: Double = 1e-6
) -> Tensor {
  (a - b + epsilon).norm(norm, axis: -1)
}

/// The cosine of the angle between vectors along an axis.
///
/// Shapes: both broadcast; the axis goes. Formula: `a . b / (max(|a|, epsilon) max(|b|, epsilon))`.
/// Pullback for a: `(b / |b| - y a / |a|) dy / |a|`. Costs three sums formed in one pass. With a vector
/// of zeros the cosine is 0 and its gradient finite: `b / (epsilon max(|b|, epsilon))`. Stops when the
/// shapes do not broadcast or the axis does not exist.
public func cosineSimilarity(
  _ a: Tensor, _ b: Tensor, axis: Int = -1, epsilon: Double = 1e-8
) -> Tensor {
  let norms =
    maximum(a.norm(axis: axis), epsilon) * maximum(b.norm(axis: axis), epsilon)
  return (a * b).sum(axis: axis) / norms
}

/// `1 - cos(a, b)` for targets of 1, `max(0, cos(a, b) - margin)` for targets of -1.
///
/// Shapes: vectors `[..., features]`, targets `[...]`, to a scalar (or `[...]` without reduction).
/// Pullback: that of `cosineSimilarity`, negative for a target of 1, and 0 for one of -1 where the cosine
/// is at the margin or below. Costs one pass. Stops when the shapes do not broadcast.
public func cosineEmbeddingLoss(
  _ a: Tensor, _ b: Tensor, _ targets: Tensor, margin: Double = 0,
  reduction: LossReduction = .mean
) -> Tensor {
  let cosine = cosineSimilarity(a, b)
  return select(targets .> 0, 1 - cosine, relu(cosine - margin)).reduced(reduction)
}
