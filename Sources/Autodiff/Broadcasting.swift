import Kernels
import Tensors

// The three primitives the walk itself needs. Broadcasting and the sum that undoes it are each
// other's rule; adding is its own.

/// The sum of two cotangents of one shape.
package func accumulate(_ a: Tensor, _ b: Tensor) -> Tensor {
  record(
    .add, shape: a.shape, dtype: a.dtype,
    compute: {
      .pointwise(
        .add, count: a.count, dtype: a.dtype, .elements(a.storage, .flat(a.count)),
        .elements(b.storage, .flat(b.count)), precision: .init(holding: a.dtype))
    },
    wrt(a) { $0 }, wrt(b) { $0 })
}

extension Tensor {
  /// The tensor repeated along axes it lacks or has once; stops when the shapes do not fit.
  ///
  /// Shapes align at the last axis. Pullback: the sum over the repeated axes. Costs nothing until
  /// the result is needed.
  public func broadcasted(to target: Shape) -> Tensor {
    if shape == target { return self }
    guard Shape.broadcast(shape, target) == target else {
      fail("broadcast", "shape \(shape) does not stretch to \(target)")
    }
    if count == target.elementCount { return viewed(as: target) }
    if let access = shape.access(in: target) { return stretched(to: target, access) }
    // Repeated axes that are not next to each other: one run of them at a time, the last first.
    return broadcasted(to: shape.nextStep(towards: target)).broadcasted(to: target)
  }

  private func stretched(to target: Shape, _ access: Access) -> Tensor {
    let shape = shape
    return record(
      .broadcast, shape: target, dtype: dtype,
      compute: { storage.broadcast(to: target.elementCount, access) },
      wrt(self) { dy in dy.summed(to: shape, for: .broadcast) })
  }

  /// The sum over everything that broadcasting `target` to this shape would repeat.
  package func summed(to target: Shape, for primitive: Primitive) -> Tensor {
    if shape == target { return self }
    guard Shape.broadcast(target, shape) == shape else {
      fail("\(primitive)", "its rule gave shape \(shape) for an input of shape \(target)")
    }
    if count == target.elementCount { return viewed(as: target) }
    if let access = target.access(in: shape) { return collapsed(to: target, access) }
    return summed(to: target.nextStep(towards: shape), for: primitive).summed(
      to: target, for: primitive)
  }

  private func collapsed(to target: Shape, _ access: Access) -> Tensor {
    let shape = shape
    return record(
      .sum, shape: target, dtype: dtype,
      compute: {
        // The sum of nothing is zero.
        count == 0
          ? .constant(0, count: target.elementCount, dtype: dtype) : storage.sum(access)
      },
      wrt(self) { dy in dy.broadcasted(to: shape) })
  }
}

extension Tensor {
  /// The same elements under another shape of as many elements. Pullback: the shape it came from.
  package func viewed(as target: Shape) -> Tensor {
    let shape = shape
    return record(
      .reshape, shape: target, dtype: dtype, compute: { storage },
      wrt(self) { dy in dy.viewed(as: shape) })
  }
}

extension Shape {
  /// The shape after stretching only the last run of axes that `target` repeats.
  fileprivate func nextStep(towards target: Shape) -> Shape {
    var sizes = [Int](repeating: 1, count: target.rank - rank) + Array(self)
    var inRun = false
    for axis in stride(from: target.rank - 1, through: 0, by: -1) where target[axis] != 1 {
      if sizes[axis] == 1 {
        sizes[axis] = target[axis]
        inRun = true
      } else if inRun {
        break
      }
    }
    return Shape(sizes)
  }
}
