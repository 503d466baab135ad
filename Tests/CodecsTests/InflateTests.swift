import Codecs
import Testing

@Suite struct InflateTests {
  @Test(arguments: CompressedCase.all)
  func unpacksWhatZlibPacked(_ item: CompressedCase) throws {
    let output =
      switch item.wrapper {
      case "deflate": try Deflate.decompress(item.bytes, limit: item.count)
      case "zlib": try Zlib.decompress(item.bytes, limit: item.count)
      default: try Gzip.decompress(item.bytes, limit: item.count)
      }
    #expect(output.count == item.count)
    #expect(crc32(output) == item.crc32)
    #expect(adler32(output) == item.adler32)
  }

  @Test(arguments: CompressedCase.all)
  func refusesEveryTruncation(_ item: CompressedCase) {
    for end in stride(from: 0, to: item.bytes.count, by: max(1, item.bytes.count / 40)) {
      // Without padding, or with an empty first member alone, the file is whole.
      if item.name == "padding" && end >= item.bytes.count - 100 { continue }
      if item.name == "empty member first" && end == 20 { continue }
      let cut = Array(item.bytes[..<end])
      #expect(throws: CompressionError.self) {
        switch item.wrapper {
        case "deflate": try Deflate.decompress(cut, limit: item.count)
        case "zlib": try Zlib.decompress(cut, limit: item.count)
        default: try Gzip.decompress(cut, limit: item.count)
        }
      }
    }
  }

  private func error(_ bytes: [UInt8], limit: Int = 1000) -> CompressionError? {
    do {
      _ = try Deflate.decompress(bytes, limit: limit)
      return nil
    } catch {
      return error
    }
  }

  // MARK: - Streams made by hand

  @Test func storedBlocks() throws {
    // Final stored block of 3 bytes; an empty one before it.
    let bytes = [UInt8](hex: "00 00 00 ff ff 01 03 00 fc ff 61 62 63")
    #expect(try Deflate.decompress(bytes, limit: 3) == Array("abc".utf8))
    #expect(
      error([UInt8](hex: "01 03 00 fc fe 61 62 63"))?.reason
        == .storedLength(3, complement: 0xFEFC))
    #expect(error([UInt8](hex: "01 03 00 fc ff 61 62")) == .init(.truncated, offset: 7))
  }

  @Test func reservedBlockType() {
    #expect(error([7]) == .init(.reservedBlockType, offset: 1))
  }

  @Test func emptyInputIsTruncated() {
    #expect(error([]) == .init(.truncated, offset: 0))
  }

  @Test func bytesBehindTheStream() throws {
    let empty: [UInt8] = [3, 0]
    #expect(try Deflate.decompress(empty, limit: 0) == [])
    #expect(error(empty + [9]) == .init(.trailingBytes(1), offset: 2))
    // The form that reports where it ended leaves them alone.
    let end = try (empty + [9]).withUnsafeBytes { try Deflate.decompress($0, limit: 0).end }
    #expect(end == 2)
  }

  /// A fixed block: literals, then one copy, then the end.
  private func fixedBlock(literals: [UInt8], lengthSymbol: Int, distanceSymbol: Int) -> [UInt8] {
    var bits = BitString()
    bits.put(1, 1)
    bits.put(1, 2)
    for literal in literals { bits.code(0x30 + Int(literal), 8) }
    if lengthSymbol < 280 {
      bits.code(lengthSymbol - 256, 7)
    } else {
      bits.code(0xC0 + lengthSymbol - 280, 8)
    }
    bits.code(distanceSymbol, 5)
    bits.code(0, 7)
    return bits.bytes
  }

  @Test func copyFromFirstByte() throws {
    // Length 3 (symbol 257), distance 1 (symbol 0).
    let bytes = fixedBlock(literals: [65], lengthSymbol: 257, distanceSymbol: 0)
    #expect(try Deflate.decompress(bytes, limit: 4) == [65, 65, 65, 65])
  }

  @Test func copyFromBeforeFirstByte() {
    let bytes = fixedBlock(literals: [65], lengthSymbol: 257, distanceSymbol: 1)
    #expect(error(bytes)?.reason == .distanceTooFar(distance: 2, available: 1))
  }

  @Test(arguments: [286, 287])
  func lengthSymbolsThatMustNotOccur(symbol: Int) {
    let bytes = fixedBlock(literals: [65], lengthSymbol: symbol, distanceSymbol: 0)
    #expect(error(bytes)?.reason == .invalidCode(.literals))
  }

  @Test(arguments: [30, 31])
  func distanceSymbolsThatMustNotOccur(symbol: Int) {
    let bytes = fixedBlock(literals: [65], lengthSymbol: 257, distanceSymbol: symbol)
    #expect(error(bytes)?.reason == .invalidCode(.distances))
  }

  /// The header of a dynamic block; `codeLengths` in the order of symbols 0 to 18.
  private func dynamicHeader(
    literals: Int, distances: Int, codeLengths: [Int: Int]
  ) -> BitString {
    var bits = BitString()
    bits.put(1, 1)
    bits.put(2, 2)
    bits.put(literals - 257, 5)
    bits.put(distances - 1, 5)
    bits.put(15, 4)
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
      bits.put(codeLengths[symbol] ?? 0, 3)
    }
    return bits
  }

  @Test func tooManyCodes() {
    let literals = dynamicHeader(literals: 287, distances: 1, codeLengths: [:])
    #expect(error(literals.bytes)?.reason == .tooManyCodes(literals: 287, distances: 1))
    let distances = dynamicHeader(literals: 257, distances: 31, codeLengths: [:])
    #expect(error(distances.bytes)?.reason == .tooManyCodes(literals: 257, distances: 31))
  }

  @Test func codeOfCodeLengths() {
    let over = dynamicHeader(literals: 257, distances: 1, codeLengths: [0: 1, 1: 1, 2: 1])
    #expect(error(over.bytes)?.reason == .overSubscribed(.codeLengths))
    let under = dynamicHeader(literals: 257, distances: 1, codeLengths: [0: 2, 1: 2, 2: 2])
    #expect(error(under.bytes)?.reason == .incomplete(.codeLengths))
  }

  @Test func repeats() {
    // Codes: 16 -> 0, 18 -> 1.
    var first = dynamicHeader(literals: 257, distances: 1, codeLengths: [16: 1, 18: 1])
    first.code(0, 1)
    first.put(0, 2)
    #expect(error(first.bytes)?.reason == .nothingToRepeat)

    var past = dynamicHeader(literals: 257, distances: 1, codeLengths: [16: 1, 18: 1])
    for _ in 0..<2 {
      past.code(1, 1)
      past.put(127, 7)
    }
    #expect(error(past.bytes)?.reason == .repeatTooLong)
  }

  /// A dynamic block with these lengths for literals 0, 1, 2, the end, and the distances.
  private func dynamicBlock(
    literals: [Int], end: Int, distances: [Int], contents: (inout BitString) -> Void
  ) -> [UInt8] {
    // Lengths 0 to 3 and the long zero run, two or three bits each.
    var bits = dynamicHeader(
      literals: 257, distances: distances.count, codeLengths: [0: 2, 1: 2, 2: 2, 3: 3, 18: 3])
    func length(_ value: Int) { bits.code(value < 3 ? value : 6, value < 3 ? 2 : 3) }
    func zeros(_ count: Int) {
      bits.code(7, 3)
      bits.put(count - 11, 7)
    }
    for value in literals { length(value) }
    zeros(138)
    zeros(256 - 138 - literals.count)
    length(end)
    for value in distances { length(value) }
    contents(&bits)
    return bits.bytes
  }

  @Test func dynamicBlocks() throws {
    // Literal 0 -> 0, literal 1 -> 10, end -> 11.
    let valid = dynamicBlock(literals: [1, 2], end: 2, distances: [0]) { bits in
      bits.code(0, 1)
      bits.code(2, 2)
      bits.code(0, 1)
      bits.code(3, 2)
    }
    #expect(try Deflate.decompress(valid, limit: 3) == [0, 1, 0])

    let over = dynamicBlock(literals: [1, 1], end: 1, distances: [0]) { _ in }
    #expect(error(over)?.reason == .overSubscribed(.literals))
    let under = dynamicBlock(literals: [2, 2], end: 2, distances: [0]) { _ in }
    #expect(error(under)?.reason == .incomplete(.literals))
    let endless = dynamicBlock(literals: [1, 1], end: 0, distances: [0]) { _ in }
    #expect(error(endless)?.reason == .noEndOfBlock)
    let overDistances = dynamicBlock(literals: [1, 2], end: 2, distances: [1, 1, 1]) { _ in }
    #expect(error(overDistances)?.reason == .overSubscribed(.distances))
    let underDistances = dynamicBlock(literals: [1, 2], end: 2, distances: [2, 2]) { _ in }
    #expect(error(underDistances)?.reason == .incomplete(.distances))
    // One distance of one bit, and none at all, are allowed.
    let one = dynamicBlock(literals: [1, 2], end: 2, distances: [1]) { $0.code(3, 2) }
    #expect(try Deflate.decompress(one, limit: 0) == [])
  }

  // MARK: - Limits

  @Test func outputLimit() throws {
    let bomb = Deflate.compress([UInt8](repeating: 0, count: 1_000_000))
    #expect(bomb.count < 2000)
    for limit in [0, 1, 257, 258, 259, 1000, 65535, 999_999] {
      #expect(error(bomb, limit: limit)?.reason == .outputLimit(limit))
    }
    #expect(try Deflate.decompress(bomb, limit: 1_000_000).count == 1_000_000)
    #expect(try Deflate.decompress(bomb, limit: Int.max).count == 1_000_000)
    for count in 1...8 {
      let literals = Deflate.compress(Array(0..<UInt8(count)))
      #expect(try Deflate.decompress(literals, limit: count).count == count)
      for limit in 0..<count {
        #expect(error(literals, limit: limit)?.reason == .outputLimit(limit))
      }
    }
    let stored = [UInt8](hex: "01 03 00 fc ff 61 62 63")
    #expect(error(stored, limit: 2)?.reason == .outputLimit(2))
  }

  @Test func messagesNameTheOffset() {
    let text = error([UInt8](hex: "01 03 00 fc ff 61 62")).map(\.description)
    #expect(
      text
        == "compressed data, byte 7: the data end in the middle of the stream; the file is cut off"
    )
  }
}
