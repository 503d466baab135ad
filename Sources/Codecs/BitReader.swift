/// The bits of a deflate stream, lowest of each byte first.
struct BitReader {
  let input: UnsafeRawBufferPointer
  private(set) var position: Int
  /// Bits taken from the input and not yet used. Above `count` may stand more bits of the input,
  /// never others: taking them in again changes nothing.
  private(set) var bits: UInt64 = 0
  /// How many of them are there; below zero when more were used than the input had.
  private(set) var count = 0

  init(_ input: UnsafeRawBufferPointer, from start: Int) {
    self.input = input
    position = start
  }

  /// The first byte of which no bit has been used.
  var offset: Int { max(0, min(position - count / 8, input.count)) }

  /// Takes in bits if there are fewer than 48: then there are at least 56, or all that are left.
  @inline(__always)
  mutating func refill() {
    guard count < 48 else { return }
    if position &+ 8 <= input.count {
      let word = input.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      bits |= UInt64(littleEndian: word) &<< UInt64(truncatingIfNeeded: count)
      position &+= (63 &- count) &>> 3
      count |= 56
    } else {
      refillSlowly()
    }
  }

  mutating func refillSlowly() {
    while count <= 56 && position < input.count {
      bits |= UInt64(input[position]) << UInt64(count)
      position += 1
      count += 8
    }
  }

  /// The next `width` bits, at most 16, without using them.
  @inline(__always)
  func peek(_ width: Int) -> Int {
    Int(truncatingIfNeeded: bits & (1 &<< UInt64(truncatingIfNeeded: width) &- 1))
  }

  @inline(__always)
  mutating func drop(_ width: Int) {
    bits &>>= UInt64(truncatingIfNeeded: width)
    count &-= width
  }

  /// The next whole bytes, read past the buffered bits, which must be whole bytes too; nil if the
  /// input has fewer.
  mutating func bytes(_ length: Int) -> UnsafeRawBufferPointer? {
    let start = offset
    guard input.count - start >= length else { return nil }
    position = start + length
    bits = 0
    count = 0
    return UnsafeRawBufferPointer(rebasing: input[start..<position])
  }
}
