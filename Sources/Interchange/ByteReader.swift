/// Little-endian numbers out of bytes, with every access checked.
struct ByteReader {
  let bytes: ArraySlice<UInt8>
  private(set) var place: Int

  /// Reads from `offset`, counted from the first of `bytes`.
  init(_ bytes: ArraySlice<UInt8>, at offset: Int = 0) {
    self.bytes = bytes
    place = bytes.startIndex + min(max(offset, 0), bytes.count)
  }

  init(_ bytes: [UInt8], at offset: Int = 0) { self.init(bytes[...], at: offset) }

  /// Bytes not read yet.
  var remaining: Int { bytes.endIndex - place }

  /// The next `count` bytes, or `nil` if there are fewer.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { place += count }
    return bytes[place..<place + count]
  }

  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
    _ type: Number.Type = Number.self
  ) -> Number? {
    take(Number.bitWidth / 8)?.reversed().reduce(0) { $0 << 8 | Number($1) }
  }
}

/// The bytes of a number, lowest first.
func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
