import Autodiff
import Tensors

/// How the size of a vector is measured.
public enum VectorNorm: Sendable, Hashable {
  /// The sum of the absolute values.
  case l1
  /// The Euclidean length.
  case l2
  /// `(sum |x|^p)^(1/p)` for a p above 0.
  case p(Double)
  /// The largest absolute value.
  case max
}

extension Tensor {
  /// The norm over axes (all, when none are named).
  ///
  /// Shapes: as for `sum`. Pullback: `dy sign(x)` (L1), `dy x / y` (L2), `dy x |x|^(p-2) / y^(p-1)`
  /// (p), `dy sign(x)` to the largest, shared evenly among equals (max). Costs one read. The
  /// subgradient of the vector 0 is 0, and so is the one of an element 0 for p < 2; squares overflow
  /// where elements exceed the root of the largest number. An empty norm is 0. Stops when p is not
  /// above 0, or an axis is empty (max).
  public func norm(
    _ kind: VectorNorm = .l2, axes: [Int]? = nil, keepsAxes: Bool = false
  ) -> Tensor {
    switch kind {
    case .l1: return abs(self).sum(axes: axes, keepsAxes: keepsAxes)
    case .l2: return rootOrZero((self * self).sum(axes: axes, keepsAxes: keepsAxes))
    case .max: return abs(self).max(axes: axes, keepsAxes: keepsAxes)
    case .p(let p):
      guard p > 0 else { fail("norm", "p is above 0, given \(p)") }
      if p == 1 { return norm(.l1, axes: axes, keepsAxes: keepsAxes) }
      if p == 2 { return norm(.l2, axes: axes, keepsAxes: keepsAxes) }
      if p == .infinity { return norm(.max, axes: axes, keepsAxes: keepsAxes) }
      let powers = powerOrZero(abs(self), p).sum(axes: axes, keepsAxes: keepsAxes)
      return powerOrZero(powers, 1 / p)
    }
  }

  /// The norm over one axis: see `norm(_:axes:keepsAxes:)`.
  public func norm(_ kind: VectorNorm = .l2, axis: Int, keepsAxes: Bool = false) -> Tensor {
    norm(kind, axes: [axis], keepsAxes: keepsAxes)
  }

  /// The root of the variance over axes.
  ///
  /// Shapes: as for `sum`. Divides by `n - correction`: 0, the default, is the biased one. Pullback:
  /// `dy (x - mean) / ((n - correction) y)`. Where all elements are equal the subgradient is 0.
  public func standardDeviation(
    axes: [Int]? = nil, keepsAxes: Bool = false, correction: Int = 0
  ) -> Tensor {
    rootOrZero(variance(axes: axes, keepsAxes: keepsAxes, correction: correction))
  }

  /// Vectors along an axis, divided by their norm where that exceeds `epsilon`, by `epsilon` elsewhere.
  ///
  /// Shapes: kept. Formula: `y = x / max(|x|, epsilon)`. Pullback, with n the norm:
  /// `(dy - y sum(dy y)) / n` for the Euclidean one, `dy / epsilon` where that is larger. Costs a
  /// reduction and two deferred operations an element. The subgradient of the norm at the vector 0 is 0.
  /// Stops as `norm` does.
  public func normalized(
    _ kind: VectorNorm = .l2, axis: Int = -1, epsilon: Double = 1e-12
  ) -> Tensor {
    self / maximum(norm(kind, axis: axis, keepsAxes: true), epsilon)
  }
}

/// The root, with the derivative 0 at 0, where that of `sqrt` is infinite. NaN stays NaN.
func rootOrZero(_ x: Tensor) -> Tensor {
  let isZero = x .== 0
  return select(isZero, 0, sqrt(select(isZero, 1, x)))
}

/// A power of numbers that are not negative, with all derivatives 0 at 0.
private func powerOrZero(_ x: Tensor, _ exponent: Double) -> Tensor {
  let isZero = x .== 0
  return select(isZero, 0, pow(select(isZero, 1, x), exponent))
}
