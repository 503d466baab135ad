/// The zlib wrapper around deflate data. Source: RFC 1950.
package enum Zlib {
  /// Unpacks one zlib stream and checks its sum.
  ///
  /// The window size that the header declares is checked for being legal, not held against the
  /// copies: some writers declare too small a one.
  /// - Parameter limit: the output at which to give up.
  /// - Returns: the output and the offset of the first byte behind the stream.
  package static func decompress(
    _ bytes: UnsafeRawBufferPointer, expecting expected: Int? = nil, limit: Int
  ) throws(CompressionError) -> (output: [UInt8], end: Int) {
    guard bytes.count >= 2 else { throw CompressionError(.truncated, offset: bytes.count) }
    let method = bytes[0]
    let flags = bytes[1]
    guard (UInt32(method) << 8 | UInt32(flags)) % 31 == 0 else {
      let computed = 31 - (UInt32(method) << 8 | UInt32(flags & 0xE0)) % 31
      throw CompressionError(
        .headerChecksum(stored: UInt32(flags & 31), computed: computed % 31), offset: 0)
    }
    guard method & 15 == 8 else { throw CompressionError(.method(method & 15), offset: 0) }
    guard method >> 4 <= 7 else {
      throw CompressionError(.windowTooLarge(bits: Int(method >> 4) + 8), offset: 0)
    }
    guard flags & 0x20 == 0 else { throw CompressionError(.presetDictionary, offset: 1) }
    let (output, end) = try Deflate.decompress(bytes, from: 2, expecting: expected, limit: limit)
    guard end + 4 <= bytes.count else {
      throw CompressionError(.truncated, offset: bytes.count)
    }
    let stored = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt32.self))
    let computed = adler32(output)
    guard stored == computed else {
      throw CompressionError(.checksum(stored: stored, computed: computed), offset: end)
    }
    return (output, end + 4)
  }

  /// Unpacks an array that is exactly one zlib stream.
  package static func decompress(
    _ bytes: [UInt8], expecting expected: Int? = nil, limit: Int
  ) throws(CompressionError) -> [UInt8] {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CompressionError) in
      let (output, end) = try decompress(
        UnsafeRawBufferPointer(buffer), expecting: expected, limit: limit)
      guard end == buffer.count else {
        throw CompressionError(.trailingBytes(buffer.count - end), offset: end)
      }
      return output
    }
  }

  /// Packs bytes into one zlib stream.
  package static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    // 0x78: deflate with a 32 KiB window; 0x9C: default effort, no dictionary.
    var result: [UInt8] = [0x78, 0x9C]
    result += Deflate.compress(bytes)
    let sum = adler32(bytes)
    for shift in [24, 16, 8, 0] { result.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
    return result
  }

  /// Packs an array.
  package static func compress(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { compress($0) }
  }
}
