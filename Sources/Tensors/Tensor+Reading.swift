import Kernels

extension Tensor {
  /// All elements as Swift numbers, in row-major order; computes them first if need be.
  public func scalars<Element: TensorElement & ReadableElement>(
    of type: Element.Type = Element.self
  ) -> [Element] {
    let bytes = storage.bytes
    guard count > 0 else { return [] }
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      let target = UnsafeMutableRawPointer(buffer.baseAddress!)
      if dtype == Element.storedDType {
        target.copyMemory(from: bytes, byteCount: storage.byteCount)
      } else {
        convert(count, from: bytes, dtype, to: target, Element.storedDType)
      }
      initialized = count
    }
  }

  /// The only element, as a `Double`; stops when there is more than one or none.
  public var item: Double {
    guard count == 1 else { fail("item", "wants one element, the shape is \(shape)") }
    return scalars(of: Double.self)[0]
  }

  /// The element at these indices, as a `Double`; stops when one is out of range.
  public func element(_ indices: Int...) -> Double {
    guard indices.count == rank else {
      fail("element", "wants \(rank) indices for shape \(shape), given \(indices)")
    }
    var position = 0
    for (axis, index) in indices.enumerated() {
      guard index >= 0, index < shape[axis] else {
        fail("element", "index \(indices) is outside shape \(shape)")
      }
      position = position * shape[axis] + index
    }
    var value = 0.0
    convert(1, from: storage.bytes + position * dtype.byteWidth, dtype, to: &value, .float64)
    return value
  }

  /// Whether two tensors have the same shape, dtype and bits.
  public func hasSameBits(as other: Tensor) -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    let mine = UnsafeRawBufferPointer(start: storage.bytes, count: storage.byteCount)
    let theirs = UnsafeRawBufferPointer(start: other.storage.bytes, count: storage.byteCount)
    return mine.elementsEqual(theirs)
  }
}

/// A number type that elements can be read as.
public protocol ReadableElement {}
extension Float: ReadableElement {}
extension Double: ReadableElement {}
extension Int: ReadableElement {}
extension Int32: ReadableElement {}
extension Int64: ReadableElement {}
extension UInt8: ReadableElement {}
extension Bool: ReadableElement {}
