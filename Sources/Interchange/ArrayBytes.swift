import Kernels

/// A dense row-major array as files hold it: element type, shape, and little-endian bytes.
///
/// What the readers of this target give and its writers take when no tensor is wanted.
package struct ArrayBytes: Sendable, Equatable {
  package let dtype: DType
  package let shape: [Int]
  package let bytes: [UInt8]

  /// Stops if the number of bytes is not what `dtype` and `shape` make it.
  package init(dtype: DType, shape: [Int], bytes: [UInt8]) {
    precondition(
      byteCount(shape, width: dtype.byteWidth) == bytes.count,
      "\(bytes.count) bytes do not make a \(dtype) array of shape \(shape)")
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }
}

/// Bytes in an array of that shape, or `nil` if an axis is negative or the number too large.
package func byteCount(_ shape: [Int], width: Int) -> Int? {
  // An axis of size zero does not excuse the others: every partial product must make sense.
  var count = width
  var isEmpty = false
  for axis in shape {
    guard axis >= 0 else { return nil }
    if axis == 0 {
      isEmpty = true
      continue
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: axis)
    guard !overflow else { return nil }
    count = product
  }
  return isEmpty ? 0 : count
}
