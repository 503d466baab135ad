/// result[o, k, i] = table[o, indices[o, k, i], i]: an index of its own for each element.
///
/// `table` is [outer, length, inner]; indices and result are [outer, count, inner]. Returns the first
/// position whose index is out of range, and then has done nothing.
package func takeAlongAxis(
  byteWidth: Int, _ table: UnsafeRawPointer, outer: Int, length: Int, count: Int, inner: Int,
  indices: UnsafeRawPointer, indexDType: DType, into result: UnsafeMutableRawPointer
) -> Int? {
  let indices = Indices(indices, indexDType)
  if let bad = indices.firstBad(count: outer * count * inner, length: length) { return bad }
  switch byteWidth {
  case 1: take(UInt8.self, table, outer, length, count, inner, indices, result)
  case 2: take(UInt16.self, table, outer, length, count, inner, indices, result)
  case 4: take(UInt32.self, table, outer, length, count, inner, indices, result)
  default: take(UInt64.self, table, outer, length, count, inner, indices, result)
  }
  return nil
}

private func take<T: FixedWidthInteger>(
  _: T.Type, _ table: UnsafeRawPointer, _ outer: Int, _ length: Int, _ count: Int, _ inner: Int,
  _ indices: Indices, _ result: UnsafeMutableRawPointer
) {
  let source = table.assumingMemoryBound(to: T.self)
  let target = result.assumingMemoryBound(to: T.self)
  Threads.run(items: outer * count, elementsPerItem: inner * 4) { range in
    for row in range {
      let plane = row / count * length
      for i in 0..<inner {
        let place = row * inner + i
        target[place] = source[(plane + indices[place]) * inner + i]
      }
    }
  }
}

/// The adjoint: dtable[o, l, i] is the sum of dy[o, k, i] over all k whose index is l, in order.
///
/// Overwrites all of `dtable`, which is [outer, length, inner]; sums are kept in the dtype. Returns the
/// first position whose index is out of range, and then has done nothing.
package func addAlongAxis(
  _ dtype: DType, _ dy: UnsafeRawPointer, outer: Int, length: Int, count: Int, inner: Int,
  indices: UnsafeRawPointer, indexDType: DType, into dtable: UnsafeMutableRawPointer
) -> Int? {
  let indices = Indices(indices, indexDType)
  if let bad = indices.firstBad(count: outer * count * inner, length: length) { return bad }
  if dtype.isFloat64 {
    add(Double.self, dy, outer, length, count, inner, indices, dtable)
  } else {
    add(Float.self, dy, outer, length, count, inner, indices, dtable)
  }
  return nil
}

private func add<T: BinaryFloatingPoint>(
  _: T.Type, _ dy: UnsafeRawPointer, _ outer: Int, _ length: Int, _ count: Int, _ inner: Int,
  _ indices: Indices, _ dtable: UnsafeMutableRawPointer
) {
  let source = dy.assumingMemoryBound(to: T.self)
  let target = dtable.assumingMemoryBound(to: T.self)
  // Threads share out the lines, never the elements of one.
  let columns = 64
  let parts = (inner + columns - 1) / columns
  Threads.run(
    items: outer * parts, elementsPerItem: (4 * count + length) * min(columns, inner)
  ) { range in
    for item in range {
      let from = item % parts * columns
      let to = min(inner, from + columns)
      let plane = item / parts
      for l in 0..<length {
        for i in from..<to { target[(plane * length + l) * inner + i] = 0 }
      }
      for k in 0..<count {
        for i in from..<to {
          let place = (plane * count + k) * inner + i
          target[(plane * length + indices[place]) * inner + i] += source[place]
        }
      }
    }
  }
}
