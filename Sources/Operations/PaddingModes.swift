import Autodiff
import Kernels
import Tensors

/// What stands beyond the edge of a tensor.
public enum PaddingMode: Sendable, Hashable {
  /// One number everywhere.
  case constant(Double)
  /// The mirror image; the edge is not repeated: `c b | a b c | b a`.
  case reflect
  /// The edge, again and again: `a a | a b c | c c`.
  case replicate
  /// The other end: `b c | a b c | a b`.
  case circular
}

extension Tensor {
  /// The tensor continued beyond its edges: `before[i]` and `after[i]` elements on axis `i`.
  ///
  /// Shapes: each axis grows by its two amounts. Pullback: what the copies receive is added to where they
  /// come from. Costs a copy for each axis that grows. Stops as the mode of each axis does: see
  /// `reflected`, `replicated`, `wrapped`.
  public func padded(before: [Int], after: [Int], mode: PaddingMode) -> Tensor {
    if case .constant(let value) = mode {
      return padded(before: before, after: after, value: value)
    }
    guard before.count == rank, after.count == rank else {
      fail("pad", "wants \(rank) amounts for \(shape), given \(before), \(after)")
    }
    var result = self
    for axis in 0..<rank where before[axis] != 0 || after[axis] != 0 {
      switch mode {
      case .reflect:
        result = result.reflected(axis: axis, before: before[axis], after: after[axis])
      case .replicate:
        result = result.replicated(axis: axis, before: before[axis], after: after[axis])
      case .circular, .constant:
        result = result.wrapped(axis: axis, before: before[axis], after: after[axis])
      }
    }
    return result
  }

  /// The tensor continued by its mirror image at both ends of an axis; the edge is not repeated.
  ///
  /// Shapes: the axis grows by both. Pullback: `dy` folded back. Costs a copy. Stops when a side is
  /// negative, or as long as the axis or longer.
  public func reflected(axis: Int, before: Int, after: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "reflect")
    let size = shape[axis]
    guard before >= 0, after >= 0, Swift.max(before, after) < size else {
      fail("reflect", "\(before) and \(after) must be less than the size \(size) of axis \(axis)")
    }
    let places = (-before..<(size + after)).map {
      $0 < 0 ? -$0 : $0 < size ? $0 : 2 * size - 2 - $0
    }
    return chosen(axis: axis, places)
  }

  /// The tensor continued by its edges at both ends of an axis.
  ///
  /// Shapes: the axis grows by both. Pullback: what lies beyond an edge is added to it. Costs a copy.
  /// Stops when a side is negative or the axis empty.
  public func replicated(axis: Int, before: Int, after: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "replicate")
    let size = shape[axis]
    guard before >= 0, after >= 0, size > 0 else {
      fail("replicate", "\(before) and \(after) elements around axis \(axis) of \(shape)")
    }
    let places = (-before..<(size + after)).map { Swift.min(Swift.max($0, 0), size - 1) }
    return chosen(axis: axis, places)
  }

  /// The tensor continued by its other end at both ends of an axis, as often round as it takes.
  ///
  /// Shapes: the axis grows by both. Pullback: the copies' `dy` added up. Costs a copy. Stops when a side
  /// is negative or the axis empty.
  public func wrapped(axis: Int, before: Int, after: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "wrap")
    let size = shape[axis]
    guard before >= 0, after >= 0, size > 0 else {
      fail("wrap", "\(before) and \(after) elements around axis \(axis) of \(shape)")
    }
    let places = (-before..<(size + after)).map { (($0 % size) + size) % size }
    return chosen(axis: axis, places)
  }
}
