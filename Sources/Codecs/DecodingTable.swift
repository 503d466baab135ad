/// A canonical Huffman code as a table indexed by the next bits of the stream.
///
/// Codes up to `primaryBits` long take one look-up. Longer ones take a second, in a subtable whose
/// place the first gives. Source: RFC 1951 section 3.2.2.
struct DecodingTable {
  /// One entry, 32 bits:
  /// - bits 0-7: how many bits of the stream it takes (in a subtable: those behind the primary);
  /// - bits 8-12: extra bits that follow (in a link: index bits of the subtable);
  /// - bits 13-15: kind;
  /// - bits 16-31: literal, base of a length or distance, or place of the subtable.
  enum Kind {
    static let literal: UInt32 = 1 << 15
    /// End of block, link or invalid: everything that leaves the fast path.
    static let exceptional: UInt32 = 1 << 14
    static let link: UInt32 = 1 << 14 | 1 << 13
    /// An entry of no bits marks a pattern that no code has.
    static let invalid: UInt32 = 1 << 14
  }

  let primaryBits: Int
  private(set) var entries: [UInt32] = []
  private var longest: [UInt8] = []

  init(primaryBits: Int) { self.primaryBits = primaryBits }

  /// Why lengths do not make a code.
  enum Flaw: Error { case overSubscribed, incomplete }

  /// Fills the table for the code lengths of an alphabet.
  ///
  /// As in the reference implementation, one code of one bit may stand alone and an alphabet may
  /// be empty: both occur when a block has one distance, or none.
  /// - Parameter meanings: for each symbol its entry, without the bits it takes.
  mutating func build(
    lengths: some RandomAccessCollection<UInt8>, meanings: [UInt32]
  ) throws(Flaw) {
    var ofLength = [Int](repeating: 0, count: 16)
    for length in lengths { ofLength[Int(length)] += 1 }
    ofLength[0] = 0
    let maximum = ofLength.lastIndex { $0 > 0 } ?? 0

    // The patterns of each length still free: Kraft's sum, kept in integers.
    var free = 1
    for length in 1...15 {
      free = 2 * free - ofLength[length]
      if free < 0 { throw .overSubscribed }
    }
    if free > 0 && maximum > 1 { throw .incomplete }

    var next = [UInt32](repeating: 0, count: 16)
    for length in 1..<15 { next[length + 1] = (next[length] + UInt32(ofLength[length])) << 1 }

    let size = 1 << primaryBits
    entries.removeAll(keepingCapacity: true)
    entries.append(contentsOf: repeatElement(Kind.invalid, count: size))
    if maximum > primaryBits { try placeLinks(lengths, next: next) }

    for (symbol, length) in lengths.enumerated() where length > 0 {
      let bits = Int(length)
      let reversed = reverse(next[bits], bits: bits)
      next[bits] += 1
      if bits <= primaryBits {
        let entry = meanings[symbol] | UInt32(bits)
        for index in stride(from: reversed, to: size, by: 1 << bits) { entries[index] = entry }
      } else {
        let link = entries[reversed & (size - 1)]
        let start = Int(link >> 16)
        let indexBits = Int(link >> 8 & 31)
        let entry = meanings[symbol] | UInt32(bits - primaryBits)
        let first = reversed >> primaryBits
        for index in stride(from: first, to: 1 << indexBits, by: 1 << (bits - primaryBits)) {
          entries[start + index] = entry
        }
      }
    }
  }

  /// Gives every prefix of a long code a subtable as deep as the longest code behind it.
  private mutating func placeLinks(
    _ lengths: some RandomAccessCollection<UInt8>, next: [UInt32]
  ) throws(Flaw) {
    let size = 1 << primaryBits
    var next = next
    longest.removeAll(keepingCapacity: true)
    longest.append(contentsOf: repeatElement(0, count: size))
    for length in lengths where length > 0 {
      let bits = Int(length)
      let code = next[bits]
      next[bits] += 1
      guard bits > primaryBits else { continue }
      let prefix = reverse(code, bits: bits) & (size - 1)
      longest[prefix] = max(longest[prefix], length)
    }
    for prefix in 0..<size where longest[prefix] > 0 {
      let indexBits = Int(longest[prefix]) - primaryBits
      entries[prefix] =
        Kind.link | UInt32(entries.count) << 16 | UInt32(indexBits) << 8 | UInt32(primaryBits)
      entries.append(contentsOf: repeatElement(Kind.invalid, count: 1 << indexBits))
    }
  }

  private func reverse(_ code: UInt32, bits: Int) -> Int {
    Int(code.bitReversed >> UInt32(32 - bits))
  }
}

extension UInt32 {
  /// The bits in the opposite order: deflate packs codes from the highest bit.
  var bitReversed: UInt32 {
    var x = self
    x = (x >> 1 & 0x5555_5555) | (x & 0x5555_5555) << 1
    x = (x >> 2 & 0x3333_3333) | (x & 0x3333_3333) << 2
    x = (x >> 4 & 0x0F0F_0F0F) | (x & 0x0F0F_0F0F) << 4
    return x.byteSwapped
  }
}

/// What the symbols of a deflate block mean. Source: RFC 1951 section 3.2.5.
enum DeflateAlphabet {
  /// Literals 0-255, end of block 256, lengths 257-285; 286 and 287 have codes in the fixed
  /// alphabet but must not occur.
  static let literals: [UInt32] = (0..<288).map { symbol in
    switch symbol {
    case 0..<256: DecodingTable.Kind.literal | UInt32(symbol) << 16
    case 256: DecodingTable.Kind.exceptional | 1 << 16
    case 257...285:
      UInt32(lengthBase(symbol - 257)) << 16 | UInt32(lengthExtraBits(symbol - 257)) << 8
    default: DecodingTable.Kind.exceptional
    }
  }

  /// Distances 0-29; 30 and 31 must not occur.
  static let distances: [UInt32] = (0..<32).map { symbol in
    symbol < 30
      ? UInt32(distanceBase(symbol)) << 16 | UInt32(distanceExtraBits(symbol)) << 8
      : DecodingTable.Kind.exceptional
  }

  /// Code lengths 0-15 and the three repeats, as plain values.
  static let codeLengths: [UInt32] = (0..<19).map { UInt32($0) << 16 }

  /// The order in which a block header lists the lengths of the code for code lengths.
  static let codeLengthOrder = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]

  static let fixedLiteralLengths: [UInt8] = (0..<288).map { symbol in
    symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8
  }
  static let fixedDistanceLengths = [UInt8](repeating: 5, count: 32)

  // Lengths come in groups of four of one size, distances in groups of two; the last length
  // code stands for 258 alone.
  static func lengthExtraBits(_ index: Int) -> Int { index < 8 || index == 28 ? 0 : index / 4 - 1 }
  static func lengthBase(_ index: Int) -> Int {
    if index == 28 { return 258 }
    return index < 8 ? 3 + index : 3 + (4 + index % 4) << (index / 4 - 1)
  }
  static func distanceExtraBits(_ index: Int) -> Int { index < 4 ? 0 : index / 2 - 1 }
  static func distanceBase(_ index: Int) -> Int {
    index < 4 ? 1 + index : 1 + (2 + index % 2) << (index / 2 - 1)
  }
}
