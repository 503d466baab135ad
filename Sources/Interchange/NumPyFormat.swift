import Kernels

/// The `.npy` format: a Python dictionary that describes an array, and its elements.
///
/// Source: NumPy Enhancement Proposal 1, and `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
enum NumPyFormat {
  /// What is wrong with a file; the caller knows which.
  struct Flaw: Error {
    let kind: InterchangeError.Kind
    let message: String

    init(_ kind: InterchangeError.Kind, _ message: String) {
      self.kind = kind
      self.message = message
    }

    init(_ message: String) { self.init(.malformed, message) }
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  // MARK: - Reading

  /// The array that fills `file`, in row-major order and with a type that tensors have.
  static func decode(_ file: ArraySlice<UInt8>) throws(Flaw) -> ArrayBytes {
    var reader = ByteReader(file)
    guard let start = reader.take(6), start.elementsEqual(magic) else {
      throw Flaw("it does not start as an npy file does")
    }
    guard let major: UInt8 = reader.number(), let minor: UInt8 = reader.number() else {
      throw Flaw("it ends in its first 8 bytes")
    }
    guard (1...3).contains(major), minor == 0 else {
      throw Flaw(.unsupported, "it is of version \(major).\(minor); read are 1.0, 2.0 and 3.0")
    }
    let length =
      major == 1
      ? reader.number(UInt16.self).map(Int.init) : reader.number(UInt32.self).map(Int.init)
    guard let length, length <= 1 << 16, let text = reader.take(length) else {
      throw Flaw("its header is cut off or longer than 65536 bytes")
    }
    let header = try NumPyHeader(parsing: Array(text))
    guard let element = NumPyElement(header.descr) else {
      throw Flaw(
        .unsupported,
        "its elements are of type '\(header.descr)'; read are booleans, integers up to 32 bits, "
          + "signed 64-bit integers, and floats of 16, 32 and 64 bits")
    }
    guard let expected = byteCount(header.shape, width: element.width) else {
      throw Flaw("it has the impossible shape \(header.shape)")
    }
    guard expected == reader.remaining, let data = reader.take(expected) else {
      throw Flaw(
        "it has \(reader.remaining) bytes of elements, '\(header.descr)' \(header.shape) takes "
          + "\(expected)")
    }
    var bytes = Array(data)
    if element.isSwapped { bytes = swapped(bytes, width: element.width) }
    if header.isFortranOrder { bytes = rowMajor(bytes, shape: header.shape, width: element.width) }
    bytes = element.widened(bytes)
    if element.dtype == .bool, let wrong = bytes.first(where: { $0 > 1 }) {
      throw Flaw("it is of type bool and holds the byte \(wrong)")
    }
    return ArrayBytes(dtype: element.dtype, shape: header.shape, bytes: bytes)
  }

  private static func swapped(_ bytes: [UInt8], width: Int) -> [UInt8] {
    var result = bytes
    for start in stride(from: 0, to: bytes.count, by: width) {
      result[start..<start + width].reverse()
    }
    return result
  }

  /// Elements whose first axis changes fastest, reordered so that the last does.
  private static func rowMajor(_ bytes: [UInt8], shape: [Int], width: Int) -> [UInt8] {
    guard shape.filter({ $0 != 1 }).count > 1, !bytes.isEmpty else { return bytes }
    var strides: [Int] = []
    var step = width
    for size in shape {
      strides.append(step)
      step *= size
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var indices = [Int](repeating: 0, count: shape.count)
    var source = 0
    while result.count < bytes.count {
      result += bytes[source..<source + width]
      // The next index: the last axis that is not at its end goes on, those after it start again.
      var axis = shape.count - 1
      while axis >= 0 {
        indices[axis] += 1
        source += strides[axis]
        if indices[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        indices[axis] = 0
        axis -= 1
      }
    }
    return result
  }

  // MARK: - Writing

  /// The header of a row-major array, byte for byte as NumPy 2 writes it, or `nil` for a type that
  /// NumPy does not have.
  static func header(_ dtype: DType, shape: [Int]) -> [UInt8]? {
    guard let descr = NumPyElement.descr(of: dtype) else { return nil }
    let tuple =
      shape.count == 1
      ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(tuple), }"
    // NumPy leaves room for the first axis to grow to 21 digits in place.
    if let first = shape.first {
      text += String(repeating: " ", count: max(0, 21 - String(first).count))
    }
    // Elements begin at a multiple of 64 bytes. NumPy pads by 64 where none is needed.
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: 64 - unpadded % 64) + "\n"
    return magic + [1, 0] + littleEndian(UInt16(text.utf8.count)) + Array(text.utf8)
  }
}

/// An element type as NumPy writes it, and the dtype in which it is kept.
struct NumPyElement {
  let dtype: DType
  /// Bytes an element takes in the file.
  let width: Int
  let isSwapped: Bool
  private let widening: Widening

  private enum Widening { case none, int8, int16, uint16, uint32 }

  private static let names: [DType: String] = [
    .float32: "<f4", .float64: "<f8", .float16: "<f2", .int32: "<i4", .int64: "<i8",
    .uint8: "|u1", .bool: "|b1",
  ]

  static func descr(of dtype: DType) -> String? { names[dtype] }

  init?(_ descr: String) {
    guard let order = descr.first, "<>|=".contains(order) else { return nil }
    // One byte has no order; '=' is that of the machine that wrote the file, which nobody knows.
    switch descr.dropFirst() {
    case "f2": (dtype, width, widening) = (.float16, 2, .none)
    case "f4": (dtype, width, widening) = (.float32, 4, .none)
    case "f8": (dtype, width, widening) = (.float64, 8, .none)
    case "i4": (dtype, width, widening) = (.int32, 4, .none)
    case "i8": (dtype, width, widening) = (.int64, 8, .none)
    case "u1": (dtype, width, widening) = (.uint8, 1, .none)
    case "b1": (dtype, width, widening) = (.bool, 1, .none)
    case "i1": (dtype, width, widening) = (.int32, 1, .int8)
    case "i2": (dtype, width, widening) = (.int32, 2, .int16)
    case "u2": (dtype, width, widening) = (.int32, 2, .uint16)
    case "u4": (dtype, width, widening) = (.int64, 4, .uint32)
    default: return nil
    }
    guard width == 1 || order == "<" || order == ">" else { return nil }
    isSwapped = width > 1 && order == ">"
  }

  /// Little-endian elements of the file as elements of ``dtype``, which can hold all their values.
  func widened(_ bytes: [UInt8]) -> [UInt8] {
    func widen<Narrow: FixedWidthInteger, Wide: FixedWidthInteger>(
      _ narrow: Narrow.Type, _ wide: Wide.Type
    ) -> [UInt8] {
      bytes.withUnsafeBytes { source in
        let elements = stride(from: 0, to: source.count, by: width).map {
          Wide(Narrow(littleEndian: source.loadUnaligned(fromByteOffset: $0, as: Narrow.self)))
            .littleEndian
        }
        return elements.withUnsafeBytes { Array($0) }
      }
    }
    switch widening {
    case .none: return bytes
    case .int8: return widen(Int8.self, Int32.self)
    case .int16: return widen(Int16.self, Int32.self)
    case .uint16: return widen(UInt16.self, Int32.self)
    case .uint32: return widen(UInt32.self, Int64.self)
    }
  }
}
