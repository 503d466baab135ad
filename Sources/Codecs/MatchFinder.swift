/// Repeats in the last 32 KiB, found by chains of positions with the same hash of three bytes
/// (LZ77, RFC 1951 section 4).
struct MatchFinder: ~Copyable {
  static let windowSize = 32768
  static let shortest = 3
  static let longest = 258
  private static let hashBits = 15

  private let input: UnsafePointer<UInt8>
  private let count: Int
  /// The latest position of each hash. Positions are kept modulo 2^32: a stale one is harmless,
  /// because distances are checked and bytes compared.
  private let heads: UnsafeMutablePointer<UInt32>
  /// For each position of the window, the one before it with the same hash.
  private let earlier: UnsafeMutablePointer<UInt32>

  init(_ input: UnsafePointer<UInt8>, count: Int) {
    self.input = input
    self.count = count
    heads = .allocate(capacity: 1 << Self.hashBits)
    // No position is this far from the first 2^31.
    heads.initialize(repeating: 1 << 31, count: 1 << Self.hashBits)
    earlier = .allocate(capacity: Self.windowSize)
    earlier.initialize(repeating: 1 << 31, count: Self.windowSize)
  }

  deinit {
    heads.deallocate()
    earlier.deallocate()
  }

  /// Enters `position` into the chains and returns the latest one with the same hash.
  @inline(__always)
  private func enter(_ position: Int) -> UInt32 {
    let three =
      UInt32(input[position]) | UInt32(input[position &+ 1]) &<< 8
      | UInt32(input[position &+ 2]) &<< 16
    let hash = Int((three &* 0x9E37_79B1) &>> UInt32(32 &- Self.hashBits))
    let head = heads[hash]
    earlier[position & (Self.windowSize &- 1)] = head
    heads[hash] = UInt32(truncatingIfNeeded: position)
    return head
  }

  /// Enters positions that a match covers and at which none is looked for.
  @inline(__always)
  func skip(_ positions: Range<Int>) {
    for position in positions where position &+ Self.shortest <= count { _ = enter(position) }
  }

  /// Enters `position` and finds the longest repeat there.
  /// - Parameters:
  ///   - minimum: only matches longer than this count.
  ///   - enough: stops looking at this length.
  ///   - chain: how many candidates are looked at.
  /// - Returns: length and distance; length 0 if there is none.
  @inline(__always)
  func longestMatch(
    at position: Int, longerThan minimum: Int, enough: Int, chain: Int
  ) -> (length: Int, distance: Int) {
    guard position &+ Self.shortest <= count else { return (0, 0) }
    var candidate = enter(position)
    let most = min(Self.longest, count &- position)
    let here = input + position
    var best = max(minimum, Self.shortest &- 1)
    var bestDistance = 0
    guard best < most else { return (0, 0) }

    var lastDistance = 0
    for _ in 0..<chain {
      let distance = Int(UInt32(truncatingIfNeeded: position) &- candidate)
      // Distances grow along a chain; where they do not, the rest has been overwritten.
      guard distance > lastDistance, distance <= Self.windowSize, distance <= position else {
        break
      }
      lastDistance = distance
      let there = here - distance
      if there[best] == here[best], there[best &- 1] == here[best &- 1], there[0] == here[0] {
        let length = commonLength(here, there, most)
        if length > best {
          best = length
          bestDistance = distance
          if length >= enough || length == most { break }
        }
      }
      candidate = earlier[Int(candidate) & (Self.windowSize &- 1)]
    }
    return bestDistance == 0 ? (0, 0) : (best, bestDistance)
  }

  @inline(__always)
  private func commonLength(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ most: Int
  ) -> Int {
    var length = 0
    while length &+ 8 <= most {
      let x = UnsafeRawPointer(a + length).loadUnaligned(as: UInt64.self)
      let y = UnsafeRawPointer(b + length).loadUnaligned(as: UInt64.self)
      let difference = UInt64(littleEndian: x ^ y)
      if difference != 0 { return length &+ difference.trailingZeroBitCount &>> 3 }
      length &+= 8
    }
    while length < most && a[length] == b[length] { length &+= 1 }
    return length
  }
}
