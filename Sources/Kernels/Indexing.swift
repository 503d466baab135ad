import CKernels

/// Indices as they are stored.
struct Indices {
  let base: UnsafeRawPointer
  let isLong: Bool

  init(_ base: UnsafeRawPointer, _ dtype: DType) {
    precondition(dtype == .int32 || dtype == .int64, "indices are int32 or int64, not \(dtype)")
    self.base = base
    isLong = dtype == .int64
  }

  subscript(position: Int) -> Int {
    isLong
      ? Int(base.load(fromByteOffset: position * 8, as: Int64.self))
      : Int(base.load(fromByteOffset: position * 4, as: Int32.self))
  }

  /// The first position whose index is not in 0 ..< `length`.
  func firstBad(count: Int, length: Int) -> Int? {
    for position in 0..<count where self[position] < 0 || self[position] >= length {
      return position
    }
    return nil
  }
}

/// result[o, k, i] = table[o, `indices[k]`, i], for a table that is [outer, length, inner].
///
/// Returns the first position whose index is out of range, and then has done nothing.
package func gatherAlongAxis(
  byteWidth: Int, _ table: UnsafeRawPointer, outer: Int, length: Int, inner: Int,
  indices: UnsafeRawPointer, indexDType: DType, indexCount: Int,
  into result: UnsafeMutableRawPointer
) -> Int? {
  let indices = Indices(indices, indexDType)
  if let bad = indices.firstBad(count: indexCount, length: length) { return bad }
  let row = inner * byteWidth
  Threads.run(items: outer * indexCount, elementsPerItem: inner) { range in
    for item in range {
      let o = item / indexCount
      let k = item % indexCount
      (result + item * row).copyMemory(
        from: table + (o * length + indices[k]) * row, byteCount: row)
    }
  }
  return nil
}

/// The adjoint: dtable[o, `indices[k]`, i] is the sum of dy[o, k, i] over all k, in order.
///
/// Overwrites all of `dtable`, which is [outer, length, inner]. Returns the first position whose
/// index is out of range, and then has done nothing.
package func scatterAddAlongAxis(
  _ dtype: DType, _ dy: UnsafeRawPointer, outer: Int, length: Int, inner: Int,
  indices: UnsafeRawPointer, indexDType: DType, indexCount: Int,
  into dtable: UnsafeMutableRawPointer
) -> Int? {
  let indices = Indices(indices, indexDType)
  if let bad = indices.firstBad(count: indexCount, length: length) { return bad }
  let table = Processor.kernels.pointee.arrays.pointee
  let add = dtype.isFloat64 ? table.add_plane.1! : table.add_plane.0!
  let width = dtype.byteWidth
  // Threads share out the elements of a row, never the indices.
  let columns = 64
  let parts = max(1, (inner + columns - 1) / columns)
  Threads.run(items: outer * parts, elementsPerItem: (indexCount + length) * min(columns, inner)) {
    for item in $0 {
      let o = item / parts
      let from = item % parts * columns
      let size = min(columns, inner - from)
      let target = dtable + (o * length * inner + from) * width
      for row in 0..<length {
        (target + row * inner * width)
          .initializeMemory(as: UInt8.self, repeating: 0, count: size * width)
      }
      let source = dy + (o * indexCount * inner + from) * width
      for k in 0..<indexCount {
        add(
          1, Int64(size), source + k * inner * width, 0, 1, target + indices[k] * inner * width, 0,
          1)
      }
    }
  }
  return nil
}

/// result[r] = values[r, `indices[r]`], for values that are [rows, columns].
///
/// Returns the first row whose index is out of range, and then has done nothing.
package func pickPerRow(
  byteWidth: Int, _ values: UnsafeRawPointer, rows: Int, columns: Int, indices: UnsafeRawPointer,
  indexDType: DType, into result: UnsafeMutableRawPointer
) -> Int? {
  let indices = Indices(indices, indexDType)
  if let bad = indices.firstBad(count: rows, length: columns) { return bad }
  Threads.run(items: rows, elementsPerItem: 8) {
    for row in $0 {
      (result + row * byteWidth).copyMemory(
        from: values + (row * columns + indices[row]) * byteWidth, byteCount: byteWidth)
    }
  }
  return nil
}

/// The adjoint: dvalues[r, `indices[r]`] = dy[r], all else of the [rows, columns] is zero.
package func placePerRow(
  byteWidth: Int, _ dy: UnsafeRawPointer, rows: Int, columns: Int, indices: UnsafeRawPointer,
  indexDType: DType, into dvalues: UnsafeMutableRawPointer
) -> Int? {
  let indices = Indices(indices, indexDType)
  if let bad = indices.firstBad(count: rows, length: columns) { return bad }
  Threads.run(items: rows, elementsPerItem: columns) { range in
    let first = dvalues + range.lowerBound * columns * byteWidth
    first.initializeMemory(
      as: UInt8.self, repeating: 0, count: range.count * columns * byteWidth)
    for row in range {
      (dvalues + (row * columns + indices[row]) * byteWidth).copyMemory(
        from: dy + row * byteWidth, byteCount: byteWidth)
    }
  }
  return nil
}
