import Kernels
import Tensors

extension Tensor {
  /// A tensor whose memory `fill` writes, every byte of it.
  ///
  /// Throws an error of kind `unsupported` for shapes that files can have and tensors cannot: more
  /// than eight axes, or one longer than 2^31 - 1.
  static func filled(
    _ sizes: [Int], _ dtype: DType, name: String, path: String,
    _ fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws -> Tensor {
    guard sizes.count <= Shape.maximumRank, sizes.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw InterchangeError(
        .unsupported, path: path,
        "\(name) has the shape \(sizes); a tensor has at most \(Shape.maximumRank) axes of at most "
          + "\(Int32.max) elements")
    }
    let shape = Shape(sizes)
    let byteCount = shape.elementCount * dtype.byteWidth
    let memory = Memory(byteCount: byteCount)
    try fill(UnsafeMutableRawBufferPointer(start: memory.pointer, count: byteCount))
    return Tensor(
      Storage(count: shape.elementCount, dtype: dtype, memory: memory), shape: shape)
  }

  /// A tensor with the contents of an array.
  init(_ array: ArrayBytes, name: String, path: String) throws {
    self = try Tensor.filled(array.shape, array.dtype, name: name, path: path) { target in
      array.bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    }
  }

  /// Hands the elements, computed first if need be, to `body` as bytes.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(storage) {
      try body(UnsafeRawBufferPointer(start: storage.bytes, count: storage.byteCount))
    }
  }
}
