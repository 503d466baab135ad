/// Gzip files. Source: RFC 1952.
package enum Gzip {
  /// What the header of a member says about the file that was packed.
  package struct Header: Equatable, Sendable {
    /// The original file's name, if stored, in ISO 8859-1.
    package var name: String?
    package var comment: String?
    /// Seconds since 1970; 0 means unknown.
    package var modificationTime: UInt32 = 0
    /// The operating system's number; 3 is Unix, 255 unknown.
    package var system: UInt8 = 255
    /// Whether the writer thought it was text.
    package var isText = false
    /// The extra field, uninterpreted.
    package var extra: [UInt8] = []

    package init() {}
  }

  /// Whether the bytes begin as a gzip file does.
  package static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// Unpacks a gzip file: its members one after another, each with checksum and length checked.
  ///
  /// Zeros behind the last member are padding, as `gzip` itself takes them; anything else there is
  /// an error.
  /// - Parameter limit: the total output at which to give up.
  package static func decompress(
    _ bytes: [UInt8], limit: Int
  ) throws(CompressionError) -> [UInt8] {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CompressionError) in
      try decompress(UnsafeRawBufferPointer(buffer), limit: limit)
    }
  }

  /// Unpacks a gzip file.
  package static func decompress(
    _ bytes: UnsafeRawBufferPointer, limit: Int
  ) throws(CompressionError) -> [UInt8] {
    var result: [UInt8] = []
    var position = 0
    repeat {
      let start = try header(bytes, at: position).end
      // The last four bytes are the length of the last member, usually the only one.
      let expected = position == 0 ? Int(littleEndian(bytes, at: bytes.count - 4)) : nil
      let (output, end): ([UInt8], Int)
      do {
        (output, end) = try Deflate.decompress(
          bytes, from: start, expecting: expected, limit: limit - result.count)
      } catch {
        guard case .outputLimit = error.reason else { throw error }
        throw CompressionError(.outputLimit(limit), offset: error.offset)
      }
      guard end + 8 <= bytes.count else {
        throw CompressionError(.truncated, offset: bytes.count)
      }
      let storedSum = littleEndian(bytes, at: end)
      let sum = crc32(output)
      guard storedSum == sum else {
        throw CompressionError(.checksum(stored: storedSum, computed: sum), offset: end)
      }
      let storedLength = littleEndian(bytes, at: end + 4)
      let length = UInt32(truncatingIfNeeded: output.count)
      guard storedLength == length else {
        throw CompressionError(.length(stored: storedLength, computed: length), offset: end + 4)
      }
      if result.isEmpty { result = output } else { result += output }
      position = end + 8
      if bytes[position...].allSatisfy({ $0 == 0 }) { return result }
      guard bytes[position] == 0x1F else {
        throw CompressionError(.trailingBytes(bytes.count - position), offset: position)
      }
    } while true
  }

  /// The header of the first member.
  package static func header(of bytes: [UInt8]) throws(CompressionError) -> Header {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CompressionError) in
      try header(UnsafeRawBufferPointer(buffer), at: 0).header
    }
  }

  private static func littleEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Reads a member's header; `end` is where its deflate data begin.
  private static func header(
    _ bytes: UnsafeRawBufferPointer, at start: Int
  ) throws(CompressionError) -> (header: Header, end: Int) {
    guard bytes.count - start >= 2, bytes[start] == 0x1F, bytes[start + 1] == 0x8B else {
      throw CompressionError(.notGzip, offset: start)
    }
    guard bytes.count - start >= 10 else {
      throw CompressionError(.truncated, offset: bytes.count)
    }
    guard bytes[start + 2] == 8 else {
      throw CompressionError(.method(bytes[start + 2]), offset: start + 2)
    }
    let flags = bytes[start + 3]
    guard flags & 0xE0 == 0 else {
      throw CompressionError(.reservedFlags(flags), offset: start + 3)
    }
    var header = Header()
    header.isText = flags & 1 != 0
    header.modificationTime = littleEndian(bytes, at: start + 4)
    header.system = bytes[start + 9]

    var position = start + 10
    func need(_ count: Int) throws(CompressionError) {
      guard position + count <= bytes.count else {
        throw CompressionError(.truncated, offset: bytes.count)
      }
    }
    func text() throws(CompressionError) -> String {
      guard let end = bytes[position...].firstIndex(of: 0) else {
        throw CompressionError(.truncated, offset: bytes.count)
      }
      defer { position = end + 1 }
      // ISO 8859-1: each byte is the code point of that number.
      return String(String.UnicodeScalarView(bytes[position..<end].map { Unicode.Scalar($0) }))
    }
    if flags & 4 != 0 {
      try need(2)
      let count = Int(bytes[position]) | Int(bytes[position + 1]) << 8
      position += 2
      try need(count)
      header.extra = Array(bytes[position..<position + count])
      position += count
    }
    if flags & 8 != 0 { header.name = try text() }
    if flags & 16 != 0 { header.comment = try text() }
    if flags & 2 != 0 {
      try need(2)
      let stored = UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8
      let computed =
        crc32(UnsafeRawBufferPointer(rebasing: bytes[start..<position])) & 0xFFFF
      guard stored == computed else {
        throw CompressionError(
          .headerChecksum(stored: stored, computed: computed), offset: position)
      }
      position += 2
    }
    return (header, position)
  }
}
