/// Deflate data (RFC 1951).
package enum Deflate {
  /// Unpacks one deflate stream that begins at byte `start`.
  ///
  /// Strict: codes that are over-subscribed or incomplete, copies from before the first byte,
  /// symbols that must not occur and data that end early are errors. Nothing behind the stream is
  /// looked at.
  /// - Parameters:
  ///   - expected: how much output to make room for; a hint, not a promise.
  ///   - limit: the output at which to give up. A kilobyte can unpack to a megabyte.
  /// - Returns: the output and the offset of the first byte behind the stream.
  package static func decompress(
    _ bytes: UnsafeRawBufferPointer, from start: Int = 0, expecting expected: Int? = nil,
    limit: Int
  ) throws(CompressionError) -> (output: [UInt8], end: Int) {
    guard start <= bytes.count else { throw CompressionError(.truncated, offset: bytes.count) }
    var inflater = Inflater(bytes, from: start, expecting: expected, limit: limit)
    try inflater.run()
    return (inflater.output.bytes, inflater.reader.offset)
  }

  /// Unpacks an array that is exactly one deflate stream.
  package static func decompress(
    _ bytes: [UInt8], limit: Int
  ) throws(CompressionError) -> [UInt8] {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CompressionError) in
      let (output, end) = try decompress(UnsafeRawBufferPointer(buffer), limit: limit)
      guard end == buffer.count else {
        throw CompressionError(.trailingBytes(buffer.count - end), offset: end)
      }
      return output
    }
  }
}

/// The state of unpacking one stream.
private struct Inflater: ~Copyable {
  /// A copy writes at most 258 bytes, and up to 8 more because it moves whole words.
  static let slack = 272

  var reader: BitReader
  var output: ByteBuffer
  let limit: Int

  var literals = DecodingTable(primaryBits: 11)
  var distances = DecodingTable(primaryBits: 8)
  var codeLengths = DecodingTable(primaryBits: 7)

  init(_ input: UnsafeRawBufferPointer, from start: Int, expecting expected: Int?, limit: Int) {
    reader = BitReader(input, from: start)
    // Far below the largest integer, so that sums with it cannot overflow.
    self.limit = min(max(limit, 0), Int.max / 4)
    // Never more room than the input could fill: a stream grows at most 1032 times.
    let most = min(self.limit, 1032 * (input.count - start) + 64)
    output = ByteBuffer(capacity: min(expected ?? 4 * (input.count - start), most) + Self.slack)
  }

  func error(_ reason: CompressionError.Reason) -> CompressionError {
    CompressionError(reason, offset: reader.offset)
  }

  var truncated: CompressionError { CompressionError(.truncated, offset: reader.input.count) }

  mutating func run() throws(CompressionError) {
    var isLast = false
    while !isLast {
      isLast = try take(1) == 1
      switch try take(2) {
      case 0: try stored()
      case 1: try fixed()
      case 2: try dynamic()
      default: throw error(.reservedBlockType)
      }
    }
  }

  /// The next `count` bits, at most 16.
  mutating func take(_ count: Int) throws(CompressionError) -> Int {
    if reader.count < count { reader.refillSlowly() }
    guard reader.count >= count else { throw truncated }
    let value = Int(reader.bits & (1 << UInt64(count) - 1))
    reader.drop(count)
    return value
  }

  // MARK: - Blocks

  mutating func stored() throws(CompressionError) {
    reader.drop(reader.count & 7)
    let length = UInt16(try take(16))
    let complement = UInt16(try take(16))
    guard length == ~complement else {
      throw error(.storedLength(length, complement: complement))
    }
    guard output.count + Int(length) <= limit else { throw error(.outputLimit(limit)) }
    guard let bytes = reader.bytes(Int(length)) else { throw truncated }
    output.append(bytes)
  }

  mutating func fixed() throws(CompressionError) {
    try build(
      DeflateAlphabet.fixedLiteralLengths[...], DeflateAlphabet.fixedDistanceLengths[...])
    try decodeBlock()
  }

  mutating func dynamic() throws(CompressionError) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let orderCount = try take(4) + 4
    guard literalCount <= 286 && distanceCount <= 30 else {
      throw error(.tooManyCodes(literals: literalCount, distances: distanceCount))
    }
    var ofCodes = [UInt8](repeating: 0, count: 19)
    for index in 0..<orderCount {
      ofCodes[DeflateAlphabet.codeLengthOrder[index]] = UInt8(try take(3))
    }
    do {
      try codeLengths.build(lengths: ofCodes, meanings: DeflateAlphabet.codeLengths)
    } catch {
      throw self.error(
        error == .overSubscribed ? .overSubscribed(.codeLengths) : .incomplete(.codeLengths))
    }

    let total = literalCount + distanceCount
    var lengths: [UInt8] = []
    lengths.reserveCapacity(total)
    while lengths.count < total {
      reader.refillSlowly()
      let entry = codeLengths.entries[Int(reader.bits & 127)]
      guard entry & DecodingTable.Kind.exceptional == 0 else {
        throw reader.count < 7 ? truncated : error(.invalidCode(.codeLengths))
      }
      guard reader.count >= Int(entry & 0xFF) else { throw truncated }
      reader.drop(Int(entry & 0xFF))
      let symbol = UInt8(entry >> 16)
      var value: UInt8 = 0
      var count = 1
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw error(.nothingToRepeat) }
        value = last
        count = 3 + (try take(2))
      case 17: count = 3 + (try take(3))
      case 18: count = 11 + (try take(7))
      default: value = symbol
      }
      guard lengths.count + count <= total else { throw error(.repeatTooLong) }
      lengths.append(contentsOf: repeatElement(value, count: count))
    }
    guard lengths[256] > 0 else { throw error(.noEndOfBlock) }
    try build(lengths[..<literalCount], lengths[literalCount...])
    try decodeBlock()
  }

  mutating func build(
    _ literalLengths: ArraySlice<UInt8>, _ distanceLengths: ArraySlice<UInt8>
  ) throws(CompressionError) {
    do {
      try literals.build(lengths: literalLengths, meanings: DeflateAlphabet.literals)
    } catch {
      throw self.error(
        error == .overSubscribed ? .overSubscribed(.literals) : .incomplete(.literals))
    }
    do {
      try distances.build(lengths: distanceLengths, meanings: DeflateAlphabet.distances)
    } catch {
      throw self.error(
        error == .overSubscribed ? .overSubscribed(.distances) : .incomplete(.distances))
    }
  }

  // MARK: - The inner loop

  mutating func decodeBlock() throws(CompressionError) {
    // The state lives in locals so that it stays in registers; it is put back on every way out.
    var reader = self.reader
    var written = output.count
    var base = output.base
    var capacity = output.capacity
    var reason: CompressionError.Reason?

    literals.entries.withUnsafeBufferPointer { literalEntries in
      distances.entries.withUnsafeBufferPointer { distanceEntries in
        while true {
          if written &+ Self.slack > capacity {
            // Capacity ends at limit + slack, so this is also where the limit is noticed.
            if written > limit {
              reason = .outputLimit(limit)
              return
            }
            output.count = written
            output.grow(to: min(2 * capacity, limit + Self.slack))
            base = output.base
            capacity = output.capacity
          }

          // 48 bits are enough for three literals, or for a length, a distance and their extra
          // bits. At the end of the input there may be fewer; zeros stand in for the missing ones,
          // and the count going below zero tells.
          reader.refill()
          var entry = literalEntries[reader.peek(11)]
          if entry & DecodingTable.Kind.literal != 0 {
            reader.drop(Int(entry & 0xFF))
            base[written] = UInt8(truncatingIfNeeded: entry &>> 16)
            written &+= 1
            entry = literalEntries[reader.peek(11)]
            if entry & DecodingTable.Kind.literal != 0 {
              reader.drop(Int(entry & 0xFF))
              base[written] = UInt8(truncatingIfNeeded: entry &>> 16)
              written &+= 1
              entry = literalEntries[reader.peek(11)]
              if entry & DecodingTable.Kind.literal != 0 {
                reader.drop(Int(entry & 0xFF))
                base[written] = UInt8(truncatingIfNeeded: entry &>> 16)
                written &+= 1
                if reader.count < 0 { return }
                continue
              }
            }
            if reader.count < 0 { return }
            reader.refill()
          }

          if entry & DecodingTable.Kind.exceptional != 0 {
            if entry & DecodingTable.Kind.link == DecodingTable.Kind.link {
              reader.drop(11)
              entry = literalEntries[Int(entry &>> 16) &+ reader.peek(Int(entry &>> 8 & 31))]
              if entry & DecodingTable.Kind.literal != 0 {
                reader.drop(Int(entry & 0xFF))
                if reader.count < 0 { return }
                base[written] = UInt8(truncatingIfNeeded: entry &>> 16)
                written &+= 1
                continue
              }
            }
            if entry & DecodingTable.Kind.exceptional != 0 {
              reader.drop(Int(entry & 0xFF))
              // Of the exceptional entries only the end of the block carries a value.
              if reader.count >= 0 && entry &>> 16 == 0 { reason = .invalidCode(.literals) }
              return
            }
          }
          reader.drop(Int(entry & 0xFF))
          let length = Int(entry &>> 16) &+ reader.peek(Int(entry &>> 8 & 31))
          reader.drop(Int(entry &>> 8 & 31))

          entry = distanceEntries[reader.peek(8)]
          if entry & DecodingTable.Kind.exceptional != 0 {
            if entry & DecodingTable.Kind.link == DecodingTable.Kind.link {
              reader.drop(8)
              entry = distanceEntries[Int(entry &>> 16) &+ reader.peek(Int(entry &>> 8 & 31))]
            }
            if entry & DecodingTable.Kind.exceptional != 0 {
              reader.drop(Int(entry & 0xFF))
              if reader.count >= 0 { reason = .invalidCode(.distances) }
              return
            }
          }
          reader.drop(Int(entry & 0xFF))
          let distance = Int(entry &>> 16) &+ reader.peek(Int(entry &>> 8 & 31))
          reader.drop(Int(entry &>> 8 & 31))
          if reader.count < 0 { return }
          if distance > written {
            reason = .distanceTooFar(distance: distance, available: written)
            return
          }
          copy(base + written, from: distance, length: length)
          written &+= length
        }
      }
    }

    output.count = written
    if reader.count < 0 { throw truncated }
    self.reader = reader
    // The last round may have written two literals before it met the end.
    if reason == nil && written > limit { reason = .outputLimit(limit) }
    if let reason { throw error(reason) }
  }
}

/// Copies `length` bytes to `target` from `distance` bytes before it; the two may overlap, and then
/// the bytes repeat. May write up to 7 bytes more than asked.
@inline(__always)
private func copy(_ target: UnsafeMutablePointer<UInt8>, from distance: Int, length: Int) {
  let source = target - distance
  if distance >= 8 {
    let from = UnsafeRawPointer(source)
    let to = UnsafeMutableRawPointer(target)
    var done = 0
    repeat {
      to.storeBytes(
        of: from.loadUnaligned(fromByteOffset: done, as: UInt64.self), toByteOffset: done,
        as: UInt64.self)
      done &+= 8
    } while done < length
  } else if distance == 1 {
    target.update(repeating: source.pointee, count: length)
  } else {
    for index in 0..<length { target[index] = source[index] }
  }
}
