import Autodiff
import Kernels
import Tensors

extension Tensor {
  /// The sums of the first one, two, ... elements along an axis; with `reversed`, of the last.
  ///
  /// Shapes: kept. Formula: `y[k] = x[0] + ... + x[k]`. Pullback: the cumulative sum of `dy` from the
  /// other end. Costs one read; terms are added in order in double precision. An empty axis gives an
  /// empty result. Stops when the axis does not exist.
  public func cumulativeSum(axis: Int = -1, reversed: Bool = false) -> Tensor {
    requireCompute(.cumulativeSum, self)
    let axis = shape.resolve(axis, for: "cumulativeSum")
    return record(
      .cumulativeSum, shape: shape, dtype: dtype,
      compute: {
        .computed(count: count, dtype: dtype) { target in
          Kernels.cumulativeSum(
            dtype, storage.bytes, outer: shape.product(0..<axis), length: shape[axis],
            inner: shape.product((axis + 1)..<rank), reversed: reversed, into: target)
        }
      },
      wrt(self) { dy in dy.cumulativeSum(axis: axis, reversed: !reversed) })
  }

  /// The products of the first one, two, ... elements along an axis.
  ///
  /// Shapes: kept. Formula: `y[k] = x[0] ... x[k]`. Composed: each of log2(n) rounds multiplies every
  /// element by the one that stands 1, 2, 4, ... places before it, and so no element is divided by and a
  /// zero needs no care, in no derivative. Costs `n log2(n)` multiplications. Stops when the axis does
  /// not exist. Source: Hillis and Steele, 1986.
  public func cumulativeProduct(axis: Int = -1) -> Tensor {
    requireCompute(.multiply, self)
    let axis = shape.resolve(axis, for: "cumulativeProduct")
    let length = shape[axis]
    var result = self
    var distance = 1
    while distance < length {
      var before = [Int](repeating: 0, count: rank)
      before[axis] = distance
      let earlier = result.sliced(axis: axis, from: 0, count: length - distance).padded(
        before: before, after: [Int](repeating: 0, count: rank), value: 1)
      result = result * earlier
      distance *= 2
    }
    return result
  }

  /// The product over axes (all, when none are named).
  ///
  /// Shapes: as for `sum`. Pullback: `dy` times the product of all other elements, which is right where
  /// elements are zero too. Composed: halves are multiplied with each other until one is left, in a
  /// fixed order. Costs `n` multiplications, and three times that backward. An empty product is 1.
  public func product(axes: [Int]? = nil, keepsAxes: Bool = false) -> Tensor {
    requireCompute(.multiply, self)
    let axes = axes.map { shape.resolve($0, for: "product") } ?? Array(0..<rank)
    var result = self
    for axis in axes { result = result.multipliedOut(along: axis) }
    guard !keepsAxes else { return result }
    return result.viewed(as: Shape((0..<rank).filter { !axes.contains($0) }.map { shape[$0] }))
  }

  /// The product over one axis: see `product(axes:keepsAxes:)`.
  public func product(axis: Int, keepsAxes: Bool = false) -> Tensor {
    product(axes: [axis], keepsAxes: keepsAxes)
  }

  private func multipliedOut(along axis: Int) -> Tensor {
    if shape[axis] == 0 { return .ones(shape.replacing(axis: axis, with: 1), dtype: dtype) }
    var result = self
    while result.shape[axis] > 1 {
      let length = result.shape[axis]
      let half = length / 2
      let pairs =
        result.sliced(axis: axis, from: 0, count: half)
        * result.sliced(axis: axis, from: half, count: half)
      // What has no partner waits for the next round.
      result =
        length == 2 * half
        ? pairs
        : concatenate([pairs, result.sliced(axis: axis, from: 2 * half, count: 1)], axis: axis)
    }
    return result
  }
}
