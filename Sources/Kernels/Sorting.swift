/// The order that sorts each line along the middle axis of `x`, which is [outer, length, inner], as
/// int32 positions: element k of a line of `order` says where its k-th element stands.
///
/// Equal elements keep their order. NaN counts as larger than everything, so it comes last, and first
/// with `descending`.
package func sortingOrder(
  _ dtype: DType, _ x: UnsafeRawPointer, outer: Int, length: Int, inner: Int, descending: Bool,
  into order: UnsafeMutableRawPointer
) {
  precondition(length <= Int(Int32.max), "positions are int32")
  if dtype.isFloat64 {
    sortLines(Double.self, x, outer, length, inner, descending, order)
  } else {
    sortLines(Float.self, x, outer, length, inner, descending, order)
  }
}

private func sortLines<T: BinaryFloatingPoint>(
  _: T.Type, _ x: UnsafeRawPointer, _ outer: Int, _ length: Int, _ inner: Int,
  _ descending: Bool, _ order: UnsafeMutableRawPointer
) {
  guard length > 0 else { return }
  let source = x.assumingMemoryBound(to: T.self)
  let target = order.assumingMemoryBound(to: Int32.self)
  Threads.run(items: outer * inner, elementsPerItem: length * 16) { range in
    var line: [(value: T, place: Int32)] = []
    line.reserveCapacity(length)
    for item in range {
      let first = item / inner * length * inner + item % inner
      line.removeAll(keepingCapacity: true)
      for k in 0..<length { line.append((source[first + k * inner], Int32(k))) }
      // Places break ties, so that the order is one whatever the algorithm of `sort`.
      if descending {
        line.sort { precedes($1.value, $0.value) ?? ($0.place < $1.place) }
      } else {
        line.sort { precedes($0.value, $1.value) ?? ($0.place < $1.place) }
      }
      for k in 0..<length { target[first + k * inner] = line[k].place }
    }
  }
}

/// Whether `a` comes before `b` in ascending order; nil when neither comes first.
@inline(__always)
private func precedes<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> Bool? {
  if a < b { return true }
  if b < a { return false }
  return a.isNaN == b.isNaN ? nil : b.isNaN
}
