import Autodiff
import Kernels
import Tensors

// MARK: - Shape

extension Tensor {
  /// The same elements under another shape.
  ///
  /// Shapes: any to any with as many elements; one size may be -1, and follows from the others. Pullback:
  /// the shape it came from. Costs nothing. Stops when the number of elements differs, or more than one
  /// size is open.
  public func reshaped(to sizes: [Int]) -> Tensor {
    var sizes = sizes
    if let open = sizes.firstIndex(of: -1) {
      let known = sizes.enumerated().reduce(1) { $0 * ($1.offset == open ? 1 : $1.element) }
      guard known > 0, count % known == 0, sizes.filter({ $0 == -1 }).count == 1 else {
        fail("reshape", "\(shape) with \(count) elements does not fit \(sizes)")
      }
      sizes[open] = count / known
    }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(1, *) == count else {
      fail("reshape", "\(shape) with \(count) elements does not fit \(sizes)")
    }
    return viewed(as: Shape(sizes))
  }

  /// All axes from `axis` on as one.
  ///
  /// Shapes: `[a, b, c]` from axis 1 to `[a, b c]`; a scalar to `[1]`. Pullback and cost: those of
  /// `reshaped`. Stops when the axis does not exist.
  public func flattened(from axis: Int = 0) -> Tensor {
    let axis = rank == 0 ? 0 : shape.resolve(axis, for: "flatten")
    return viewed(as: Shape(Array(shape.prefix(axis)) + [shape.product(axis..<rank)]))
  }

  /// Without an axis of size 1.
  ///
  /// Shapes: `[a, 1, b]` to `[a, b]`. Pullback and cost: those of `reshaped`. Stops when the axis does
  /// not exist or has another size.
  public func squeezed(axis: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "squeeze")
    guard shape[axis] == 1 else { fail("squeeze", "axis \(axis) of \(shape) is not 1") }
    var sizes = Array(shape)
    sizes.remove(at: axis)
    return viewed(as: Shape(sizes))
  }

  /// With a new axis of size 1.
  ///
  /// Shapes: `[a, b]` at 1 to `[a, 1, b]`; `axis` is its place in the result, -1 the last. Pullback and
  /// cost: those of `reshaped`. Stops when there is no such place.
  public func expanded(at axis: Int) -> Tensor {
    let axis = axis < 0 ? axis + rank + 1 : axis
    guard axis >= 0, axis <= rank else { fail("expand", "no place \(axis) in \(shape)") }
    var sizes = Array(shape)
    sizes.insert(1, at: axis)
    return viewed(as: Shape(sizes))
  }

  /// With the axes in another order.
  ///
  /// Shapes: axis `i` of the result is axis `order[i]` of this tensor. Pullback: the order undone. Costs
  /// a copy, unless the order is the same. Stops when `order` does not name each axis once.
  public func transposed(_ order: [Int]) -> Tensor {
    let order = order.map { shape.resolve($0, for: "transpose") }
    guard order.sorted() == Array(0..<rank) else {
      fail("transpose", "\(order) does not name each axis of \(shape) once")
    }
    if order == Array(0..<rank) { return self }
    var inverse = order
    for (place, axis) in order.enumerated() { inverse[axis] = place }
    let sizes = order.map { shape[$0] }
    let strides = shape.strides
    return record(
      .transpose, shape: Shape(sizes), dtype: dtype,
      compute: {
        .launched(count: count, dtype: dtype) { target in
          copyRegion(
            byteWidth: dtype.byteWidth, sizes: sizes, from: storage.address,
            sourceStrides: order.map { strides[$0] }, to: target,
            destinationStrides: Shape(sizes).strides)
        }
      },
      wrt(self) { dy in dy.transposed(inverse) })
  }

  /// A matrix with rows and columns exchanged.
  ///
  /// Shapes: `[n, m]` to `[m, n]`. Pullback: the same of `dy`. Costs a copy; `matmul` takes its operands
  /// transposed without. Stops when it is no matrix.
  public var transposed: Tensor {
    guard rank == 2 else { fail("transpose", "wants a matrix, given \(shape)") }
    return transposed([1, 0])
  }
}

extension Shape {
  /// The distance in elements between neighbours along each axis.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * self[axis + 1]
    }
    return strides
  }
}

// MARK: - Parts

extension Tensor {
  /// The block that begins at `start`, with a number for each axis.
  ///
  /// Shapes: any to `sizes`. Pullback: `dy` among zeros. Costs a copy; a block that has all of every axis
  /// but the first shares the tensor's memory and costs nothing. Stops when the block reaches outside, or
  /// the numbers are not as many as axes.
  public func sliced(from start: [Int], sizes: [Int]) -> Tensor {
    guard start.count == rank, sizes.count == rank,
      (0..<rank).allSatisfy({
        start[$0] >= 0 && sizes[$0] >= 0 && start[$0] + sizes[$0] <= self.shape[$0]
      })
    else { fail("slice", "a block from \(start) of \(sizes) does not lie in \(shape)") }
    if sizes == Array(shape) { return self }
    let shape = shape
    let strides = shape.strides
    let first = zip(start, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let after = (0..<rank).map { shape[$0] - start[$0] - sizes[$0] }
    let count = sizes.reduce(1, *)
    let sharesMemory = sizes.dropFirst() == Array(shape).dropFirst()[...]
    return record(
      .slice, shape: Shape(sizes), dtype: dtype,
      compute: {
        if sharesMemory { return storage.slice(from: first, count: count) }
        return .launched(count: count, dtype: dtype) { target in
          copyRegion(
            byteWidth: dtype.byteWidth, sizes: sizes,
            from: storage.address + first * dtype.byteWidth, sourceStrides: strides, to: target,
            destinationStrides: Shape(sizes).strides)
        }
      },
      wrt(self) { dy in dy.padded(before: start, after: after) })
  }

  /// `count` elements of one axis from `start` on: see `sliced(from:sizes:)`.
  public func sliced(axis: Int, from start: Int, count: Int) -> Tensor {
    let axis = shape.resolve(axis, for: "slice")
    var starts = [Int](repeating: 0, count: rank)
    var sizes = Array(shape)
    starts[axis] = start
    sizes[axis] = count
    return sliced(from: starts, sizes: sizes)
  }

  /// The part at `index` of the first axis, without that axis.
  ///
  /// Shapes: `[n, ...]` to `[...]`. Pullback: `dy` among zeros. Costs nothing: it shares the tensor's
  /// memory. Stops when the index is not in the axis, which is not counted from its end.
  public subscript(index: Int) -> Tensor {
    guard rank > 0, index >= 0, index < shape[0] else {
      fail("subscript", "index \(index) does not exist in the first axis of \(shape)")
    }
    return sliced(axis: 0, from: index, count: 1).viewed(as: Shape(shape.dropFirst()))
  }

  /// The parts of a range of the first axis: see `sliced(from:sizes:)`. Costs nothing.
  public subscript(range: Range<Int>) -> Tensor {
    sliced(axis: 0, from: range.lowerBound, count: range.count)
  }

  /// A constant around the tensor: `before[i]` and `after[i]` elements on axis `i`.
  ///
  /// Shapes: each axis grows by its two amounts. Pullback: the part of `dy` where the tensor lies. Costs
  /// a copy. Stops when an amount is negative, or they are not as many as axes.
  public func padded(before: [Int], after: [Int], value: Double = 0) -> Tensor {
    guard before.count == rank, after.count == rank, before.allSatisfy({ $0 >= 0 }),
      after.allSatisfy({ $0 >= 0 })
    else { fail("pad", "wants \(rank) amounts that are not negative, given \(before), \(after)") }
    let sizes = (0..<rank).map { before[$0] + self.shape[$0] + after[$0] }
    let padded = Shape(sizes)
    if padded == shape { return self }
    let shape = shape
    return record(
      .pad, shape: padded, dtype: dtype,
      compute: {
        .launched(count: padded.elementCount, dtype: dtype) { target in
          if value.bitPattern == 0 {
            fillWithZeros(target, byteCount: padded.elementCount * dtype.byteWidth)
          } else {
            let whole = Storage.constant(value, count: padded.elementCount, dtype: dtype)
            target.copyMemory(from: whole.bytes, byteCount: whole.byteCount)
          }
          let strides = padded.strides
          let first = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
          copyRegion(
            byteWidth: dtype.byteWidth, sizes: Array(shape), from: storage.address,
            sourceStrides: shape.strides, to: target + first * dtype.byteWidth,
            destinationStrides: strides)
        }
      },
      wrt(self) { dy in dy.sliced(from: before, sizes: Array(shape)) })
  }
}

// MARK: - Joining

/// Tensors one after another along an axis.
///
/// Shapes: sizes agree but for that axis, where they add up. Pullback: each gets its part of `dy`. Costs
/// a copy. Stops when there is no tensor, the axis does not exist, or other sizes or the dtypes differ.
public func concatenate(_ parts: [Tensor], axis: Int = 0) -> Tensor {
  guard let first = parts.first else { fail("concatenate", "nothing to join") }
  let axis = first.shape.resolve(axis, for: "concatenate")
  for part in parts {
    guard part.rank == first.rank, part.dtype == first.dtype,
      part.shape.replacing(axis: axis, with: 0) == first.shape.replacing(axis: axis, with: 0)
    else {
      fail(
        "concatenate",
        "along axis \(axis) the other sizes and the dtype agree; given "
          + parts.map { "\($0.dtype) \($0.shape)" }.joined(separator: ", "))
    }
  }
  if parts.count == 1 { return first }
  var starts: [Int] = []
  var total = 0
  for part in parts {
    starts.append(total)
    total += part.shape[axis]
  }
  let shape = first.shape.replacing(axis: axis, with: total)
  let links = zip(parts, starts).map { part, start in
    // Not the part itself: a U-Net would keep each map of its encoder twice.
    let count = part.shape[axis]
    return wrt(part) { dy in dy.sliced(axis: axis, from: start, count: count) }
  }
  return record(
    .concatenate, shape: shape, dtype: first.dtype, links: links,
    compute: {
      .launched(count: shape.elementCount, dtype: first.dtype) { target in
        let strides = shape.strides
        for (part, start) in zip(parts, starts) {
          copyRegion(
            byteWidth: first.dtype.byteWidth, sizes: Array(part.shape), from: part.storage.address,
            sourceStrides: part.shape.strides,
            to: target + start * strides[axis] * first.dtype.byteWidth,
            destinationStrides: strides)
        }
      }
    })
}

/// Tensors of one shape along a new axis.
///
/// Shapes: k of `[...]` to one with an axis of size k at `axis`. Pullback: each gets its part of `dy`.
/// Costs a copy. Stops when there is no tensor, or shapes or dtypes differ.
public func stack(_ parts: [Tensor], axis: Int = 0) -> Tensor {
  concatenate(parts.map { $0.expanded(at: axis) }, axis: axis)
}
