/// An array in the IDX format, in which MNIST and its relatives are kept.
///
/// Two zero bytes, a code for the type, the number of axes, the length of each axis (32 bits,
/// big-endian), then the elements, the last axis running fastest, big-endian.
/// Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database, "file formats".
public struct IDXArray: Sendable, Equatable {
  /// The types of the format, by their codes.
  public enum Element: UInt8, Sendable, CaseIterable {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0B
    case int32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    /// Bytes one element takes.
    public var byteWidth: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }
  }

  public let element: Element
  public let shape: [Int]
  /// The elements as they stand in the file, big-endian.
  public let bytes: [UInt8]

  /// How many elements there are.
  public var count: Int { bytes.count / element.byteWidth }

  /// Reads an IDX file, plain or packed with gzip (told by its contents, not its name).
  ///
  /// Throws `DatasetError` if the file is missing, is not IDX, or does not have exactly the bytes
  /// that its shape asks for.
  public init(path: String) throws(DatasetError) {
    let file = try readPossiblyPacked(path, expected: "an IDX file")
    try self.init(file: file, path: path)
  }

  /// Reads the contents of an unpacked IDX file; `path` is only for messages.
  init(file: [UInt8], path: String) throws(DatasetError) {
    guard file.count >= 4 else {
      throw DatasetError(
        .damaged, path: path, expected: "an IDX file", found: "only \(file.count) bytes")
    }
    guard file[0] == 0, file[1] == 0, let element = Element(rawValue: file[2]), file[3] > 0 else {
      let start = file[..<4].map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      throw DatasetError(
        .wrongFormat, path: path,
        expected: "an IDX file, which begins with 00 00, a type (08 09 0b 0c 0d 0e) and the number"
          + " of axes", found: "a file that begins with \(start.joined(separator: " "))")
    }
    let rank = Int(file[3])
    let headerSize = 4 + 4 * rank
    guard file.count >= headerSize else {
      throw DatasetError(
        .damaged, path: path, expected: "\(headerSize) bytes of header for \(rank) axes",
        found: "only \(file.count) bytes")
    }
    var shape: [Int] = []
    var size = element.byteWidth
    for axis in 0..<rank {
      let length = file[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
      shape.append(length)
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard !overflow else {
        throw DatasetError(
          .damaged, path: path, expected: "a shape that fits memory", found: "\(shape)...")
      }
      size = product
    }
    guard file.count - headerSize == size else {
      throw DatasetError(
        .damaged, path: path,
        expected: "\(size) bytes of \(element) elements for the shape \(shape)",
        found: "\(file.count - headerSize)"
          + (file.count - headerSize < size ? "; the file is cut off" : ""))
    }
    self.element = element
    self.shape = shape
    bytes = Array(file[headerSize...])
  }

  /// The elements as numbers of 64 bits, which hold every type of the format exactly.
  public var doubles: [Double] {
    switch element {
    case .uint8: bytes.map(Double.init)
    case .int8: bytes.map { Double(Int8(bitPattern: $0)) }
    case .int16: words(UInt16.self).map { Double(Int16(bitPattern: $0)) }
    case .int32: words(UInt32.self).map { Double(Int32(bitPattern: $0)) }
    case .float32: words(UInt32.self).map { Double(Float(bitPattern: $0)) }
    case .float64: words(UInt64.self).map(Double.init(bitPattern:))
    }
  }

  /// The elements as integers; nil for the two types with fractions.
  public var integers: [Int32]? {
    switch element {
    case .uint8: bytes.map(Int32.init)
    case .int8: bytes.map { Int32(Int8(bitPattern: $0)) }
    case .int16: words(UInt16.self).map { Int32(Int16(bitPattern: $0)) }
    case .int32: words(UInt32.self).map(Int32.init(bitPattern:))
    case .float32, .float64: nil
    }
  }

  private func words<Word: FixedWidthInteger>(_: Word.Type) -> [Word] {
    let width = MemoryLayout<Word>.size
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / width).map {
        Word(bigEndian: raw.loadUnaligned(fromByteOffset: $0 * width, as: Word.self))
      }
    }
  }
}
