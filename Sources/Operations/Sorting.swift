import Autodiff
import Kernels
import Tensors

// The order is an operation without derivative; values are taken in that order, and so gradients go
// back to where each value stood.

extension Tensor {
  /// The positions that sort an axis, as int32. Equal elements keep their order; NaN counts as largest.
  ///
  /// Shapes: kept. No derivative. Costs `n log n` comparisons a line. Stops when the axis does not exist,
  /// or the dtype is not float32 or float64.
  public func argsort(axis: Int = -1, descending: Bool = false) -> Tensor {
    requireCompute(.argsort, self)
    let axis = shape.resolve(axis, for: "argsort")
    return record(
      .argsort, shape: shape, dtype: .int32,
      compute: {
        .computed(count: count, dtype: .int32) { target in
          sortingOrder(
            dtype, storage.bytes, outer: shape.product(0..<axis), length: shape[axis],
            inner: shape.product((axis + 1)..<rank), descending: descending, into: target)
        }
      })
  }

  /// The elements of an axis in ascending order, and where each stood.
  ///
  /// Shapes: both kept. Pullback: `dy` to where the value stood; among equals the first in order is the
  /// first in the result. Costs `n log n` comparisons a line. NaN counts as largest. Stops as
  /// `argsort` does.
  public func sorted(
    axis: Int = -1, descending: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    let order = argsort(axis: axis, descending: descending)
    return (taken(along: axis, at: order), order)
  }

  /// The `count` largest elements of an axis, largest first, and where they stood; or the smallest.
  ///
  /// Shapes: the axis becomes one of `count`. Pullback: `dy` to where the values stood. Costs as much as
  /// sorting. Among equals the first ones count. Stops when the axis has fewer elements.
  public func topK(
    _ count: Int, axis: Int = -1, largest: Bool = true
  ) -> (values: Tensor, indices: Tensor) {
    let axis = shape.resolve(axis, for: "topK")
    guard count >= 0, count <= shape[axis] else {
      fail("topK", "axis \(axis) of \(shape) does not have \(count) elements")
    }
    let order = argsort(axis: axis, descending: largest).sliced(axis: axis, from: 0, count: count)
    return (taken(along: axis, at: order), order)
  }

  /// The value below which a share `q` of an axis lies, interpolated between neighbours.
  ///
  /// Shapes: as for `sum`. Formula: with the axis sorted and `p = q (n - 1)`, the value at place p on the
  /// line through its neighbours. Pullback: `dy` to the two neighbours by their weights. Costs as much as
  /// sorting. Stops when `q` is not in [0, 1] or the axis is empty.
  public func quantile(_ q: Double, axis: Int = -1, keepsAxes: Bool = false) -> Tensor {
    let axis = shape.resolve(axis, for: "quantile")
    guard q >= 0, q <= 1 else { fail("quantile", "a share lies in [0, 1], given \(q)") }
    guard shape[axis] > 0 else {
      fail("quantile", "axis \(axis) of \(shape) is empty: nothing to choose from")
    }
    let place = q * Double(shape[axis] - 1)
    let below = Int(place)
    let weight = place - Double(below)
    let order = argsort(axis: axis)
    func value(_ rank: Int) -> Tensor {
      taken(along: axis, at: order.sliced(axis: axis, from: rank, count: 1))
    }
    let result =
      weight == 0 ? value(below) : value(below) * (1 - weight) + value(below + 1) * weight
    return keepsAxes ? result : result.squeezed(axis: axis)
  }

  /// The middle one of the sorted elements of an axis; the mean of the two middle ones if their number is
  /// even.
  ///
  /// Shapes: as for `sum`. Pullback: `dy` to it, or half to each of the two. Costs as much as sorting.
  /// Stops when the axis is empty or does not exist.
  public func median(axis: Int = -1, keepsAxes: Bool = false) -> Tensor {
    quantile(0.5, axis: axis, keepsAxes: keepsAxes)
  }
}
