/// Bits packed from the lowest of each byte upwards, as deflate wants them.
struct BitWriter: ~Copyable {
  private(set) var bytes = ByteBuffer(capacity: 1 << 12)
  private var bits: UInt64 = 0
  private var bitCount = 0

  /// Makes room, so that `put` need not look for it.
  mutating func reserve(bits count: Int) { bytes.reserve(count / 8 + 16) }

  /// Writes the lowest `count` bits of `value`, at most 32. Room must have been reserved.
  @inline(__always)
  mutating func put(_ value: UInt32, _ count: Int) {
    bits |= UInt64(value) &<< UInt64(truncatingIfNeeded: bitCount)
    bitCount &+= count
    if bitCount >= 32 {
      UnsafeMutableRawPointer(bytes.base + bytes.count).storeBytes(
        of: UInt32(truncatingIfNeeded: bits).littleEndian, as: UInt32.self)
      bytes.count &+= 4
      bits &>>= 32
      bitCount &-= 32
    }
  }

  /// Fills the last byte with zeros and writes everything held back.
  mutating func align() {
    reserve(bits: 64)
    while bitCount > 0 {
      bytes.base[bytes.count] = UInt8(truncatingIfNeeded: bits)
      bytes.count += 1
      bits >>= 8
      bitCount -= 8
    }
    bits = 0
    bitCount = 0
  }

  /// Copies whole bytes; the writer must be aligned.
  mutating func append(_ raw: UnsafeRawBufferPointer) { bytes.append(raw) }
}
