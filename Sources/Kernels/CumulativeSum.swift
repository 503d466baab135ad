/// Element k of each line is the sum of elements 0 through k of the line; with `reversed`, of elements
/// k to the end. Lines run along the middle axis of `x`, which is [outer, length, inner], as is `y`.
///
/// Terms are added one by one in double precision: the same bits for any number of threads.
package func cumulativeSum(
  _ dtype: DType, _ x: UnsafeRawPointer, outer: Int, length: Int, inner: Int, reversed: Bool,
  into y: UnsafeMutableRawPointer
) {
  if dtype.isFloat64 {
    addUp(Double.self, x, outer, length, inner, reversed, y)
  } else {
    addUp(Float.self, x, outer, length, inner, reversed, y)
  }
}

private func addUp<T: BinaryFloatingPoint>(
  _: T.Type, _ x: UnsafeRawPointer, _ outer: Int, _ length: Int, _ inner: Int, _ reversed: Bool,
  _ y: UnsafeMutableRawPointer
) {
  guard outer > 0, length > 0, inner > 0 else { return }
  let source = x.assumingMemoryBound(to: T.self)
  let target = y.assumingMemoryBound(to: T.self)
  // Lines that lie side by side advance together.
  let columns = 64
  let parts = (inner + columns - 1) / columns
  Threads.run(items: outer * parts, elementsPerItem: length * min(columns, inner)) { range in
    withUnsafeTemporaryAllocation(of: Double.self, capacity: columns) { sums in
      for item in range {
        let from = item % parts * columns
        let size = min(columns, inner - from)
        let line = item / parts * length * inner + from
        sums.initialize(repeating: 0)
        for step in 0..<length {
          let row = line + (reversed ? length - 1 - step : step) * inner
          for i in 0..<size {
            sums[i] += Double(source[row + i])
            target[row + i] = T(sums[i])
          }
        }
      }
    }
  }
}
