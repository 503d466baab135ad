extension Deflate {
  /// Packs bytes into one deflate stream (RFC 1951).
  ///
  /// Repeats are looked for as zlib does at its level 6 (a match is held back when the next byte
  /// begins a longer one), and each block is written in the cheapest of the three forms.
  package static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var writer = BitWriter()
    deflate(bytes, into: &writer)
    return writer.bytes.bytes
  }

  /// Packs an array.
  package static func compress(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { compress($0) }
  }
}

// The search of zlib's level 6: how long a match may be that is still held back, from which length
// fewer candidates are tried, which is long enough, and how many candidates are tried.
private let longestHeldBack = 16
private let goodLength = 8
private let enoughLength = 128
private let chainLength = 128
// Three bytes from further back cost more than three literals.
private let farthestShortMatch = 4096

private let tokensPerBlock = 1 << 15

private func deflate(_ bytes: UnsafeRawBufferPointer, into writer: inout BitWriter) {
  let input = bytes.bindMemory(to: UInt8.self)
  guard let base = input.baseAddress, !input.isEmpty else {
    var block = Block()
    block.write(raw: UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, to: &writer)
    writer.align()
    return
  }
  let finder = MatchFinder(base, count: input.count)
  var block = Block()
  var blockStart = 0
  var position = 0
  // The match at the byte before `position`, held back to see whether this byte has a longer one.
  var heldLength = 0
  var heldDistance = 0
  var isHolding = false

  while position < input.count || isHolding {
    var length = 0
    var distance = 0
    if position < input.count {
      if heldLength < longestHeldBack {
        (length, distance) = finder.longestMatch(
          at: position, longerThan: heldLength, enough: enoughLength,
          chain: heldLength >= goodLength ? chainLength / 4 : chainLength)
        if length == MatchFinder.shortest && distance > farthestShortMatch { length = 0 }
      } else {
        finder.skip(position..<position + 1)
      }
    }
    if isHolding && heldLength > 0 && length == 0 {
      block.add(length: heldLength, distance: heldDistance)
      let next = position - 1 + heldLength
      if position + 1 < next { finder.skip(position + 1..<next) }
      position = next
      isHolding = false
      heldLength = 0
    } else {
      if isHolding { block.add(literal: base[position - 1]) }
      isHolding = position < input.count
      heldLength = length
      heldDistance = distance
      position += 1
    }
    if block.tokens.count >= tokensPerBlock {
      let end = isHolding ? position - 1 : position
      block.write(
        raw: UnsafeRawBufferPointer(rebasing: bytes[blockStart..<end]), isLast: false, to: &writer)
      blockStart = end
      block.clear()
    }
  }
  block.write(
    raw: UnsafeRawBufferPointer(rebasing: bytes[blockStart...]), isLast: true, to: &writer)
  writer.align()
}

/// Literals and matches waiting to be written, with their frequencies.
private struct Block {
  /// A literal as itself; a match as bit 31, its length less 3 from bit 16, its distance less 1.
  var tokens: [UInt32] = []
  private var literalCounts = [UInt32](repeating: 0, count: 286)
  private var distanceCounts = [UInt32](repeating: 0, count: 30)
  private var extraBits = 0

  init() { tokens.reserveCapacity(tokensPerBlock + 1) }

  mutating func clear() {
    tokens.removeAll(keepingCapacity: true)
    for index in literalCounts.indices { literalCounts[index] = 0 }
    for index in distanceCounts.indices { distanceCounts[index] = 0 }
    extraBits = 0
  }

  @inline(__always)
  mutating func add(literal: UInt8) {
    tokens.append(UInt32(literal))
    literalCounts[Int(literal)] &+= 1
  }

  @inline(__always)
  mutating func add(length: Int, distance: Int) {
    let l = UInt32(truncatingIfNeeded: length &- 3)
    let d = UInt32(truncatingIfNeeded: distance &- 1)
    tokens.append(1 &<< 31 | l &<< 16 | d)
    let lengthCode = code(ofLength: l)
    let distanceCode = code(ofDistance: d)
    literalCounts[Int(lengthCode.symbol)] &+= 1
    distanceCounts[Int(distanceCode.symbol)] &+= 1
    extraBits &+= lengthCode.extra &+ distanceCode.extra
  }

  /// Writes the block in its cheapest form.
  mutating func write(raw: UnsafeRawBufferPointer, isLast: Bool, to writer: inout BitWriter) {
    literalCounts[256] = 1
    let literals = EncodingTable(frequencies: literalCounts, limit: 15)
    let distances = EncodingTable(frequencies: distanceCounts, limit: 15)
    let header = Header(literals: literals, distances: distances)
    let dynamic =
      header.cost + literals.cost(literalCounts) + distances.cost(distanceCounts) + extraBits
    let fixed =
      fixedLiterals.cost(literalCounts) + fixedDistances.cost(distanceCounts) + extraBits
    let stored = max(1, (raw.count + 65534) / 65535) * 40 + raw.count * 8

    if stored < min(dynamic, fixed) {
      writeStored(raw, isLast: isLast, to: &writer)
      return
    }
    writer.reserve(bits: min(dynamic, fixed) + 64)
    writer.put(isLast ? 1 : 0, 1)
    if fixed <= dynamic {
      writer.put(1, 2)
      writeTokens(fixedLiterals, fixedDistances, to: &writer)
    } else {
      writer.put(2, 2)
      header.write(to: &writer)
      writeTokens(literals, distances, to: &writer)
    }
  }

  private func writeStored(
    _ raw: UnsafeRawBufferPointer, isLast: Bool, to writer: inout BitWriter
  ) {
    var start = 0
    repeat {
      let count = min(65535, raw.count - start)
      let end = start + count
      writer.reserve(bits: 64)
      writer.put(isLast && end == raw.count ? 1 : 0, 1)
      writer.put(0, 2)
      writer.align()
      writer.put(UInt32(count) | UInt32(count ^ 0xFFFF) << 16, 32)
      writer.append(UnsafeRawBufferPointer(rebasing: raw[start..<end]))
      start = end
    } while start < raw.count
  }

  private func writeTokens(
    _ literals: EncodingTable, _ distances: EncodingTable, to writer: inout BitWriter
  ) {
    for token in tokens {
      if token & 1 << 31 == 0 {
        writer.put(UInt32(literals.codes[Int(token)]), Int(literals.lengths[Int(token)]))
        continue
      }
      let length = code(ofLength: token >> 16 & 0xFF)
      writer.put(UInt32(literals.codes[length.symbol]), Int(literals.lengths[length.symbol]))
      writer.put(length.value, length.extra)
      let distance = code(ofDistance: token & 0xFFFF)
      writer.put(
        UInt32(distances.codes[distance.symbol]), Int(distances.lengths[distance.symbol]))
      writer.put(distance.value, distance.extra)
    }
    writer.put(UInt32(literals.codes[256]), Int(literals.lengths[256]))
  }
}

private let fixedLiterals = EncodingTable(lengths: DeflateAlphabet.fixedLiteralLengths)
private let fixedDistances = EncodingTable(lengths: DeflateAlphabet.fixedDistanceLengths)

/// Symbol, number of extra bits and their value, for a length less 3.
@inline(__always)
private func code(ofLength length: UInt32) -> (symbol: Int, extra: Int, value: UInt32) {
  if length < 8 { return (257 &+ Int(length), 0, 0) }
  if length == 255 { return (285, 0, 0) }
  // Groups of four symbols: the two bits behind the leading one choose within the group.
  let extra = 29 &- length.leadingZeroBitCount
  let symbol = 257 &+ 4 &* extra &+ Int(length &>> UInt32(truncatingIfNeeded: extra))
  return (symbol, extra, length & (1 &<< UInt32(truncatingIfNeeded: extra) &- 1))
}

/// Symbol, number of extra bits and their value, for a distance less 1.
@inline(__always)
private func code(ofDistance distance: UInt32) -> (symbol: Int, extra: Int, value: UInt32) {
  if distance < 4 { return (Int(distance), 0, 0) }
  let extra = 30 &- distance.leadingZeroBitCount
  let symbol = 2 &* extra &+ Int(distance &>> UInt32(truncatingIfNeeded: extra))
  return (symbol, extra, distance & (1 &<< UInt32(truncatingIfNeeded: extra) &- 1))
}

/// The header of a dynamic block: both codes' lengths, run-length coded and Huffman coded again.
/// Source: RFC 1951 section 3.2.7.
private struct Header {
  private var symbols: [(symbol: UInt8, value: UInt8)] = []
  private let table: EncodingTable
  private let literalCount: Int
  private let distanceCount: Int
  private let orderCount: Int
  let cost: Int

  init(literals: EncodingTable, distances: EncodingTable) {
    literalCount = max(257, (literals.lengths.lastIndex { $0 > 0 } ?? 0) + 1)
    distanceCount = max(1, (distances.lengths.lastIndex { $0 > 0 } ?? 0) + 1)
    let lengths = literals.lengths[..<literalCount] + distances.lengths[..<distanceCount]
    var index = lengths.startIndex
    while index < lengths.endIndex {
      let value = lengths[index]
      let run = lengths[index...].prefix { $0 == value }.count
      index += run
      var left = run
      if value == 0 {
        while left >= 3 {
          let count = min(left, 138)
          symbols.append(count < 11 ? (17, UInt8(count - 3)) : (18, UInt8(count - 11)))
          left -= count
        }
      } else {
        symbols.append((value, 0))
        left -= 1
        while left >= 3 {
          let count = min(left, 6)
          symbols.append((16, UInt8(count - 3)))
          left -= count
        }
      }
      for _ in 0..<left { symbols.append((value, 0)) }
    }
    var counts = [UInt32](repeating: 0, count: 19)
    for entry in symbols { counts[Int(entry.symbol)] += 1 }
    table = EncodingTable(frequencies: counts, limit: 7)
    let lengthOfCode = table.lengths
    orderCount = max(
      4, (DeflateAlphabet.codeLengthOrder.lastIndex { lengthOfCode[$0] > 0 } ?? 0) + 1)
    let repeats = 2 * Int(counts[16]) + 3 * Int(counts[17]) + 7 * Int(counts[18])
    cost = 14 + 3 * orderCount + table.cost(counts) + repeats
  }

  func write(to writer: inout BitWriter) {
    writer.put(UInt32(literalCount - 257), 5)
    writer.put(UInt32(distanceCount - 1), 5)
    writer.put(UInt32(orderCount - 4), 4)
    for symbol in DeflateAlphabet.codeLengthOrder[..<orderCount] {
      writer.put(UInt32(table.lengths[symbol]), 3)
    }
    for (symbol, value) in symbols {
      writer.put(UInt32(table.codes[Int(symbol)]), Int(table.lengths[Int(symbol)]))
      switch symbol {
      case 16: writer.put(UInt32(value), 2)
      case 17: writer.put(UInt32(value), 3)
      case 18: writer.put(UInt32(value), 7)
      default: break
      }
    }
  }
}
