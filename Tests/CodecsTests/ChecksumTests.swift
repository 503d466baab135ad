import Codecs
import Testing

@Suite struct ChecksumTests {
  // The check value of each algorithm is its sum of the nine characters "123456789".
  // The other numbers: python3 -c 'import zlib; print(hex(zlib.crc32(b"...")))', and adler32.
  @Test func knownValues() {
    let digits = Array("123456789".utf8)
    #expect(crc32(digits) == 0xCBF4_3926)
    #expect(adler32(digits) == 0x091E_01DE)
    #expect(crc32([]) == 0)
    #expect(adler32([]) == 1)
    #expect(crc32(Array("IEND".utf8)) == 0xAE42_6082)
    #expect(crc32([UInt8](repeating: 0, count: 32)) == 0x190A_55AD)
    #expect(crc32([UInt8](repeating: 255, count: 32)) == 0xFF6C_AB0B)
    #expect(adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
    #expect(adler32([UInt8](repeating: 255, count: 100_000)) == 0x149A_302C)
  }

  // The sums by definition: one bit, and one byte, at a time.
  @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 100, 5551, 5552, 5553, 20000])
  func equalsDefinition(count: Int) {
    let bytes = noise(count, seed: 99)
    var crc: UInt32 = 0xFFFF_FFFF
    var first: UInt32 = 1
    var second: UInt32 = 0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      first = (first + UInt32(byte)) % 65521
      second = (second + first) % 65521
    }
    #expect(crc32(bytes) == ~crc)
    #expect(adler32(bytes) == second << 16 | first)
  }

  @Test func continuesFromEarlierPart() {
    let bytes = noise(1000, seed: 4)
    for cut in [0, 1, 13, 500, 999, 1000] {
      let head = Array(bytes[..<cut])
      let tail = Array(bytes[cut...])
      #expect(crc32(tail, continuing: crc32(head)) == crc32(bytes))
      #expect(adler32(tail, continuing: adler32(head)) == adler32(bytes))
    }
  }
}
