import Autodiff
import Kernels
import Tensors

extension Tensor {
  /// The shape with these axes of size 1, and the shape without them.
  fileprivate func reduced(
    _ axes: [Int]?, _ operation: String
  ) -> (axes: [Int], kept: Shape, dropped: Shape) {
    let axes = axes.map { shape.resolve($0, for: operation) } ?? Array(0..<rank)
    let kept = (0..<rank).map { axes.contains($0) ? 1 : shape[$0] }
    let dropped = (0..<rank).filter { !axes.contains($0) }.map { shape[$0] }
    return (axes, Shape(kept), Shape(dropped))
  }

  /// The sum over axes (all, when none are named).
  ///
  /// Shapes: the axes go; with `keepsAxes` they stay, with size 1. Pullback: `dy`, repeated. Costs one
  /// read, and none of its own where a pass over the same elements can form it. Terms are added in a
  /// fixed order, blocks in double precision: the same bits for any number of threads. An empty sum is 0.
  /// Stops when an axis does not exist or is named twice, or the dtype is not float32 or float64.
  public func sum(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    requireCompute(.sum, self)
    let (_, kept, dropped) = reduced(axes, "sum")
    return summed(to: kept, for: .sum).viewed(as: keepsAxes ? kept : dropped)
  }

  /// The sum over one axis: see `sum(axes:keepsAxes:)`.
  public func sum(axis: Int, keepsAxes: Bool = false) -> Tensor {
    sum(axes: [axis], keepsAxes: keepsAxes)
  }

  /// The mean over axes (all, when none are named): the sum divided by the number n of its terms.
  ///
  /// Shapes: as for `sum`. Pullback: `dy / n`, repeated. Costs one read. The mean of nothing is NaN.
  /// Stops as `sum` does.
  public func mean(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    let (axes, _, _) = reduced(axes, "mean")
    return sum(axes: axes, keepsAxes: keepsAxes) / Double(axes.reduce(1) { $0 * shape[$1] })
  }

  /// The mean over one axis: see `mean(axes:keepsAxes:)`.
  public func mean(axis: Int, keepsAxes: Bool = false) -> Tensor {
    mean(axes: [axis], keepsAxes: keepsAxes)
  }

  /// The mean squared distance from the mean, over axes (all, when none are named).
  ///
  ///     y = sum (x - mean)^2 / (n - correction)
  ///
  /// Shapes: as for `sum`. A correction of 0, the default, is the biased variance; 1 the unbiased one.
  /// Pullback: `2 dy (x - mean) / (n - correction)`. Costs two reads, because the mean comes first; of a
  /// channel's values `moments` needs one. Smooth where all elements are equal: the gradient is 0. NaN of
  /// no element, and where `n` is the correction. Stops as `sum` does.
  public func variance(
    axes: [Int]? = nil, keepsAxes: Bool = false, correction: Int = 0
  ) -> Tensor {
    let (axes, _, _) = reduced(axes, "variance")
    let distance = self - mean(axes: axes, keepsAxes: true)
    let count = axes.reduce(1) { $0 * shape[$1] }
    return (distance * distance).sum(axes: axes, keepsAxes: keepsAxes) / Double(count - correction)
  }

  /// The largest element over axes (all, when none are named); NaN if one is.
  ///
  /// Shapes: as for `sum`. Pullback: `dy` to the largest. Costs one read for each run of neighbouring
  /// axes. Subgradient where several are largest: shared evenly among them. Stops when an axis to reduce
  /// is empty, does not exist or is named twice, or the dtype is not float32 or float64.
  public func max(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    extremum(.maxReduce, axes, keepsAxes)
  }

  /// The smallest element over axes (all, when none are named); NaN if one is.
  ///
  /// Shapes: as for `sum`. Pullback: `dy` to the smallest. Costs one read for each run of neighbouring
  /// axes. Subgradient where several are smallest: shared evenly among them. Stops as `max` does.
  public func min(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    extremum(.minReduce, axes, keepsAxes)
  }

  /// The largest element along one axis: see `max(axes:keepsAxes:)`.
  public func max(axis: Int, keepsAxes: Bool = false) -> Tensor {
    max(axes: [axis], keepsAxes: keepsAxes)
  }

  /// The smallest element along one axis: see `min(axes:keepsAxes:)`.
  public func min(axis: Int, keepsAxes: Bool = false) -> Tensor {
    min(axes: [axis], keepsAxes: keepsAxes)
  }

  private func extremum(_ primitive: Primitive, _ axes: [Int]?, _ keepsAxes: Bool) -> Tensor {
    requireCompute(primitive, self)
    let (axes, kept, dropped) = reduced(axes, "\(primitive)")
    for axis in axes where shape[axis] == 0 {
      fail("\(primitive)", "axis \(axis) of \(shape) is empty: nothing to choose from")
    }
    let result = record(
      primitive, shape: kept, dtype: dtype,
      compute: { extremumStorage(primitive == .maxReduce, over: axes) },
      wrt(self, savingOutput) { [self] dy, y in
        let chosen = (self .== y).cast(to: dtype)
        return dy * (chosen / chosen.summed(to: kept, for: primitive))
      })
    return result.viewed(as: keepsAxes ? kept : dropped)
  }

  /// Reduces one run of neighbouring axes after another.
  private func extremumStorage(_ largest: Bool, over axes: [Int]) -> Storage {
    var storage = storage
    var sizes = Array(shape)
    var end = axes.count
    while end > 0 {
      var start = end - 1
      while start > 0, axes[start - 1] == axes[start] - 1 { start -= 1 }
      let run = axes[start]...axes[end - 1]
      let outer = sizes[..<run.lowerBound].reduce(1, *)
      let middle = sizes[run].reduce(1, *)
      let inner = sizes[(run.upperBound + 1)...].reduce(1, *)
      let source = storage
      storage = .computed(count: outer * inner, dtype: dtype) { target in
        reduceExtremum(
          dtype, largest ? .maximum : .minimum, source.bytes, outer: outer, middle: middle,
          inner: inner, into: target)
      }
      for axis in run { sizes[axis] = 1 }
      end = start
    }
    return storage
  }

  /// The position of the largest element along an axis, as int32; the first among equals.
  ///
  /// Shapes: the axis goes; with `keepsAxes` it stays, with size 1. No derivative. Costs one read. The
  /// first NaN counts as largest. Stops when the axis is empty or does not exist, or the dtype is not
  /// float32 or float64.
  public func argmax(axis: Int = -1, keepsAxes: Bool = false) -> Tensor {
    position(.argmax, axis, keepsAxes)
  }

  /// The position of the smallest element along an axis, as int32; the first among equals.
  ///
  /// Shapes: the axis goes; with `keepsAxes` it stays, with size 1. No derivative. Costs one read. The
  /// first NaN counts as smallest. Stops as `argmax` does.
  public func argmin(axis: Int = -1, keepsAxes: Bool = false) -> Tensor {
    position(.argmin, axis, keepsAxes)
  }

  private func position(_ primitive: Primitive, _ axis: Int, _ keepsAxes: Bool) -> Tensor {
    requireCompute(primitive, self)
    let axis = shape.resolve(axis, for: "\(primitive)")
    guard shape[axis] > 0 else {
      fail("\(primitive)", "axis \(axis) of \(shape) is empty: nothing to choose from")
    }
    let (_, kept, dropped) = reduced([axis], "\(primitive)")
    return record(
      primitive, shape: keepsAxes ? kept : dropped, dtype: .int32,
      compute: {
        .computed(count: kept.elementCount, dtype: .int32) { target in
          argExtremum(
            dtype, primitive == .argmax ? .maximum : .minimum, storage.bytes,
            outer: shape.product(0..<axis), middle: shape[axis],
            inner: shape.product((axis + 1)..<rank), into: target)
        }
      })
  }
}

/// Mean and biased variance of each channel (the last axis) over all other axes, in one stable pass.
///
/// Shapes: `[..., c]` to two of `[c]`. Formula: `mean = sum x / n`, `variance = sum (x - mean)^2 / n`.
/// Pullback: `dm / n + dv 2 (x - m) / n`. Costs one read of `x`; batch norm is made of it. Where all
/// elements of a channel are equal the variance is 0, and so is its gradient. Over no elements both are
/// NaN. Stops for a scalar, or when the dtype is not float32 or float64. Source: Chan, Golub and LeVeque,
/// 1979, for the sums of parts.
public func moments(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
  requireCompute(.moments, x)
  guard x.rank >= 1 else { fail("moments", "wants at least one axis, given a scalar") }
  let channels = x.shape[-1]
  let rows = x.shape.product(0..<(x.rank - 1))
  let both = record(
    .moments, shape: [2, channels], dtype: x.dtype,
    compute: {
      .launched(count: 2 * channels, dtype: x.dtype) { target in
        Kernels.moments(x.dtype, x.storage.address, rows: rows, channels: channels, into: target)
      }
    },
    wrt(x, savingOutput) { dy, y in
      // d mean / dx = 1/n, d variance / dx = 2 (x - mean) / n: the cross term sums to zero.
      // The factors are formed for each channel, not for each element.
      let share = 1 / Double(rows)
      return (x - y[0]) * (dy[1] * (2 * share)) + dy[0] * share
    })
  if x.ticket != .none { Tape.current?.keeps(x.storage) }
  return (both[0], both[1])
}
