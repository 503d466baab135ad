import Autodiff
import Kernels
import Tensors

// Parts of an axis in another order or number: each is a sparse map of the axis whose rows hold one
// place, and its pullback is that map transposed.

extension Tensor {
  /// The parts of an axis at these places, which are known when the program is written.
  ///
  /// Floats go by the sparse map, whose adjoint adds in a fixed order; other dtypes are gathered.
  func chosen(axis: Int, _ places: [Int]) -> Tensor {
    let axis = shape.resolve(axis, for: "axisMap")
    if dtype.isCompute {
      return mapped(axis: axis, by: SparseRows.selecting(places, from: shape[axis]))
    }
    return gathered(at: Tensor(places.map { Int32($0) }), axis: axis)
  }

  // MARK: - Order

  /// The tensor reversed along an axis.
  ///
  /// Shapes: kept. Pullback: the same of `dy`. Costs a copy. Stops when the axis does not exist.
  public func flipped(axis: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "flip")
    return chosen(axis: axis, (0..<shape[axis]).reversed())
  }

  /// The tensor reversed along several axes.
  ///
  /// Shapes: kept. Pullback: the same of `dy`. Costs a copy for each. Stops when an axis does not exist
  /// or is named twice.
  public func flipped(axes: [Int]) -> Tensor {
    shape.resolve(axes, for: "flip").reduce(self) { $0.flipped(axis: $1) }
  }

  /// The tensor moved along an axis by `distance` places; what leaves at one end enters at the other.
  ///
  /// Shapes: kept. Formula: `y[(i + distance) mod n] = x[i]`. Pullback: moved back. Costs a copy. An
  /// empty axis stays. Stops when the axis does not exist.
  public func rolled(by distance: Int, axis: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "roll")
    let size = shape[axis]
    guard size > 0 else { return self }
    let shift = (distance % size + size) % size
    if shift == 0 { return self }
    return chosen(axis: axis, (0..<size).map { ($0 + size - shift) % size })
  }

  // MARK: - Repetition

  /// Each part of an axis `times` times in a row: `a b` to `a a b b`.
  ///
  /// Shapes: the axis grows `times` fold. Pullback: the sums of `dy` over the copies. Costs a copy. Stops
  /// when `times` is negative.
  public func repeated(_ times: Int, axis: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "repeat")
    guard times >= 0 else { fail("repeat", "\(times) times") }
    return chosen(axis: axis, (0..<(shape[axis] * times)).map { $0 / times })
  }

  /// The whole tensor several times along each axis: `a b` to `a b a b`.
  ///
  /// Shapes: axis `i` grows `times[i]` fold. Pullback: the sums of `dy` over the copies. Costs a copy for
  /// each axis that grows. Stops when there is not one number for each axis, or one is negative.
  public func tiled(_ times: [Int]) -> Tensor {
    guard times.count == rank, times.allSatisfy({ $0 >= 0 }) else {
      fail("tile", "wants \(rank) numbers that are not negative for \(shape), given \(times)")
    }
    var result = self
    for (axis, count) in times.enumerated() where count != 1 {
      let size = shape[axis]
      result = result.chosen(axis: axis, (0..<(size * count)).map { $0 % size })
    }
    return result
  }

  // MARK: - Taking apart

  /// The parts of an axis with these sizes, one after another.
  ///
  /// Shapes: an axis of n to parts of the sizes. Pullback: each part's `dy` in its place. Costs what
  /// `sliced` costs: nothing along the first axis. Stops when the sizes do not add up to the axis.
  public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
    let axis = shape.resolve(axis, for: "split")
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == shape[axis] else {
      fail("split", "sizes \(sizes) do not add up to axis \(axis) of \(shape)")
    }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return sliced(axis: axis, from: start, count: size)
    }
  }

  /// An axis in `count` parts of one size: see `split(sizes:axis:)`. Stops when it cannot be divided so.
  public func split(into count: Int, axis: Int = 0) -> [Tensor] {
    let axis = shape.resolve(axis, for: "split")
    guard count > 0, shape[axis] % count == 0 else {
      fail("split", "axis \(axis) of \(shape) has no \(count) parts of one size")
    }
    return split(
      sizes: [Int](repeating: shape[axis] / count, count: count), axis: axis)
  }

  /// The parts along an axis, each without that axis: the inverse of `stack`.
  ///
  /// Shapes: `[..., n, ...]` to n of `[..., ...]`. Pullback: each part's `dy` in its place. Costs what
  /// `sliced` costs. Stops when the axis does not exist.
  public func unstacked(axis: Int = 0) -> [Tensor] {
    let axis = shape.resolve(axis, for: "unstack")
    return (0..<shape[axis]).map {
      sliced(axis: axis, from: $0, count: 1).squeezed(axis: axis)
    }
  }

  // MARK: - Masks

  /// The tensor with a number where the mask is true.
  ///
  /// Shapes: the mask broadcasts. Pullback: `dy` where it is false. Costs one deferred operation an
  /// element. What was there has no influence, not even as NaN. Stops when the mask is not of bool.
  public func filled(where mask: Tensor, with value: Double) -> Tensor {
    select(mask, value, self)
  }
}
