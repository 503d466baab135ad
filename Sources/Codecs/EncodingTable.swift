/// A length-limited canonical Huffman code for writing. Source: RFC 1951 section 3.2.2.
struct EncodingTable {
  /// Bits of each symbol's code; 0 for symbols that do not occur.
  private(set) var lengths: [UInt8]
  /// The codes with their bits in the order of the stream.
  private(set) var codes: [UInt16]

  /// The code with the given lengths.
  init(lengths: [UInt8]) {
    self.lengths = lengths
    codes = [UInt16](repeating: 0, count: lengths.count)
    var ofLength = [UInt32](repeating: 0, count: 17)
    for length in lengths where length > 0 { ofLength[Int(length)] += 1 }
    var next = [UInt32](repeating: 0, count: 17)
    for length in 1..<16 { next[length + 1] = (next[length] + ofLength[length]) << 1 }
    for (symbol, length) in lengths.enumerated() where length > 0 {
      let code = next[Int(length)]
      next[Int(length)] += 1
      codes[symbol] = UInt16(code.bitReversed >> UInt32(32 - Int(length)))
    }
  }

  /// The best code for these frequencies whose lengths do not exceed `limit`, or nearly: codes that
  /// were too long are shortened by lengthening the fewest others.
  ///
  /// At least two symbols get a code, so that the code is complete: strict readers ask for it.
  init(frequencies: [UInt32], limit: Int) {
    var used = frequencies.indices.filter { frequencies[$0] > 0 }
    var spare = 0
    while used.count < 2 {
      if !used.contains(spare) { used.append(spare) }
      spare += 1
    }
    // Rarest first; equal ones in the order of the alphabet, so that the bytes are reproducible.
    used.sort { (frequencies[$0], $0) < (frequencies[$1], $1) }

    var ofLength = Self.lengthCounts(weights: used.map { UInt64(frequencies[$0]) })
    Self.shorten(&ofLength, to: limit)

    var lengths = [UInt8](repeating: 0, count: frequencies.count)
    var index = 0
    for length in stride(from: limit, to: 0, by: -1) {
      for _ in 0..<ofLength[length] {
        lengths[used[index]] = UInt8(length)
        index += 1
      }
    }
    self.init(lengths: lengths)
  }

  /// How many codes of each length Huffman's tree has, for weights in ascending order.
  private static func lengthCounts(weights: [UInt64]) -> [Int] {
    // Two queues: the leaves, and the inner nodes, which come into being in ascending order too.
    let leafCount = weights.count
    var innerWeights: [UInt64] = []
    var parents = [Int](repeating: 0, count: 2 * leafCount - 1)
    var nextLeaf = 0
    var nextInner = 0
    func takeSmallest(into parent: Int) -> UInt64 {
      if nextInner == innerWeights.count
        || (nextLeaf < leafCount && weights[nextLeaf] <= innerWeights[nextInner])
      {
        parents[nextLeaf] = parent
        nextLeaf += 1
        return weights[nextLeaf - 1]
      }
      parents[leafCount + nextInner] = parent
      nextInner += 1
      return innerWeights[nextInner - 1]
    }
    for inner in 0..<(leafCount - 1) {
      let first = takeSmallest(into: leafCount + inner)
      let second = takeSmallest(into: leafCount + inner)
      innerWeights.append(first + second)
    }
    // A parent stands behind its children: from the root down, each node is one deeper.
    var depths = [Int](repeating: 0, count: parents.count)
    for node in stride(from: parents.count - 2, through: 0, by: -1) {
      depths[node] = depths[parents[node]] + 1
    }
    var counts = [Int](repeating: 0, count: max(depths.max() ?? 0, 15) + 1)
    for leaf in 0..<leafCount { counts[depths[leaf]] += 1 }
    return counts
  }

  /// Brings all codes to at most `limit` bits and keeps the code complete.
  private static func shorten(_ counts: inout [Int], to limit: Int) {
    guard counts.count > limit + 1 else { return }
    let tooLong = counts[(limit + 1)...].reduce(0, +)
    guard tooLong > 0 else { return }
    counts.removeSubrange((limit + 1)...)
    counts[limit] += tooLong
    // Kraft's sum in units of 2^-limit: complete means exactly 2^limit.
    var sum = (1...limit).reduce(0) { $0 + counts[$1] << (limit - $1) }
    while sum > 1 << limit {
      // One code of the longest length moves up beside the nearest shorter one, which becomes two.
      // The sum falls by one.
      counts[limit] -= 1
      var length = limit - 1
      while counts[length] == 0 { length -= 1 }
      counts[length] -= 1
      counts[length + 1] += 2
      sum -= 1
    }
  }

  /// Bits that text with these frequencies takes, extra bits not counted.
  func cost(_ frequencies: [UInt32]) -> Int {
    var total = 0
    for index in frequencies.indices { total += Int(frequencies[index]) * Int(lengths[index]) }
    return total
  }
}
