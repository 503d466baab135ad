// The two checksums of the formats read here. Both continue from an earlier value, so that a
// file can be summed in pieces: `crc32(b, continuing: crc32(a)) == crc32(a + b)`.

/// CRC-32 with the polynomial of gzip and PNG (reflected `0xEDB88320`).
///
/// Sixteen bytes a step through sixteen tables.
/// Source: RFC 1952 section 8; PNG specification, annex D.
package func crc32(_ bytes: UnsafeRawBufferPointer, continuing earlier: UInt32 = 0) -> UInt32 {
  crcTables.withUnsafeBufferPointer { tables in
    var crc = ~earlier
    var index = 0
    while index &+ 16 <= bytes.count {
      let words = bytes.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt32>.self)
      var next: UInt32 = 0
      for lane in 0..<4 {
        let word = UInt32(littleEndian: words[lane]) ^ (lane == 0 ? crc : 0)
        // Byte `k` of the sixteen is followed by `15 - k` others: its table is that far in.
        let row = 256 &* (15 &- 4 &* lane)
        next ^=
          tables[row &+ Int(word & 0xFF)] ^ tables[row &- 256 &+ Int(word >> 8 & 0xFF)]
          ^ tables[row &- 512 &+ Int(word >> 16 & 0xFF)] ^ tables[row &- 768 &+ Int(word >> 24)]
      }
      crc = next
      index &+= 16
    }
    while index < bytes.count {
      crc = tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)] ^ (crc >> 8)
      index &+= 1
    }
    return ~crc
  }
}

/// CRC-32 of an array.
package func crc32(_ bytes: [UInt8], continuing earlier: UInt32 = 0) -> UInt32 {
  bytes.withUnsafeBytes { crc32($0, continuing: earlier) }
}

/// Sixteen tables one after another: entry `256 k + n` is the CRC of byte `n` followed by `k` zeros.
private let crcTables: [UInt32] = {
  var tables = [UInt32](repeating: 0, count: 16 * 256)
  for byte in 0..<256 {
    var value = UInt32(byte)
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    tables[byte] = value
  }
  for index in 256..<tables.count {
    let shorter = tables[index - 256]
    tables[index] = tables[Int(shorter & 0xFF)] ^ (shorter >> 8)
  }
  return tables
}()

/// Adler-32: two sums modulo 65521.
///
/// Source: RFC 1950 section 8.
package func adler32(_ bytes: UnsafeRawBufferPointer, continuing earlier: UInt32 = 1) -> UInt32 {
  let modulus: UInt32 = 65521
  var first = earlier & 0xFFFF
  var second = earlier >> 16
  var index = 0
  while index < bytes.count {
    // 5552 is the longest run for which the second sum stays below 2^32.
    let stop = min(index + 5552, bytes.count)
    while index &+ 16 <= stop {
      // Sixteen bytes at once: their plain sum and their sum weighted by the distance to the end.
      let block = bytes.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
      let wide = SIMD16<UInt16>(truncatingIfNeeded: block)
      second &+= 16 &* first &+ UInt32((wide &* adlerWeights).wrappedSum())
      first &+= UInt32(wide.wrappedSum())
      index &+= 16
    }
    while index < stop {
      first &+= UInt32(bytes[index])
      second &+= first
      index &+= 1
    }
    first %= modulus
    second %= modulus
  }
  return second << 16 | first
}

/// Adler-32 of an array.
package func adler32(_ bytes: [UInt8], continuing earlier: UInt32 = 1) -> UInt32 {
  bytes.withUnsafeBytes { adler32($0, continuing: earlier) }
}

// 255 * (16 + ... + 1) = 34680 fits 16 bits.
private let adlerWeights = SIMD16<UInt16>(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
