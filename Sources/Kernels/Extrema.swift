import CKernels

package enum Extremum: Int32, Sendable {
  case maximum = 1
  case minimum = -1
}

/// The extremum of `x`, which is [outer, middle, inner], over its middle axis: [outer, inner].
///
/// A NaN wins over everything. The middle axis must not be empty.
package func reduceExtremum(
  _ dtype: DType, _ extremum: Extremum, _ x: UnsafeRawPointer, outer: Int, middle: Int, inner: Int,
  into result: UnsafeMutableRawPointer
) {
  runExtremum(dtype, extremum, x, outer, middle, inner, result, nil)
}

/// Where the extremum over the middle axis is, as int32: the first of equals, or the first NaN.
package func argExtremum(
  _ dtype: DType, _ extremum: Extremum, _ x: UnsafeRawPointer, outer: Int, middle: Int, inner: Int,
  into positions: UnsafeMutableRawPointer
) {
  runExtremum(
    dtype, extremum, x, outer, middle, inner, nil,
    positions.assumingMemoryBound(to: Int32.self))
}

private func runExtremum(
  _ dtype: DType, _ extremum: Extremum, _ x: UnsafeRawPointer, _ outer: Int, _ middle: Int,
  _ inner: Int, _ values: UnsafeMutableRawPointer?, _ positions: UnsafeMutablePointer<Int32>?
) {
  guard outer > 0, inner > 0 else { return }
  precondition(
    middle > 0 && middle <= Int(Int32.max), "an extremum needs an axis of 1 to 2^31 - 1 elements")
  let table = Processor.kernels.pointee.arrays.pointee
  let find = dtype.isFloat64 ? table.extremum.1! : table.extremum.0!
  let width = dtype.byteWidth
  let columns = 256
  let parts = outer >= 8 ? 1 : (inner + columns - 1) / columns
  Threads.run(items: outer * parts, elementsPerItem: middle * (inner + parts - 1) / parts) {
    if parts == 1 {
      let o = $0.lowerBound
      find(
        x + o * middle * inner * width, Int64($0.count), Int64(middle), Int64(inner), 0,
        Int64(inner), extremum.rawValue, values.map { $0 + o * inner * width },
        positions.map { $0 + o * inner })
      return
    }
    for item in $0 {
      let o = item / parts
      let from = item % parts * columns
      find(
        x + o * middle * inner * width, 1, Int64(middle), Int64(inner), Int64(from),
        Int64(min(inner, from + columns)), extremum.rawValue,
        values.map { $0 + o * inner * width }, positions.map { $0 + o * inner })
    }
  }
}
