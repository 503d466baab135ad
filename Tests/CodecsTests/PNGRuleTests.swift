import Codecs
import Testing

/// A PNG file put together from chunks, so that each rule can be broken alone.
struct ChunkList {
  var chunks: [(name: String, data: [UInt8])]

  /// A valid image of 2 x 1 pixels: grey 8-bit unless told otherwise.
  init(colourType: UInt8 = 0, depth: UInt8 = 8, rows: [UInt8] = [0, 10, 20]) {
    chunks = [
      ("IHDR", [0, 0, 0, 2, 0, 0, 0, 1, depth, colourType, 0, 0, 0]),
      ("IDAT", Zlib.compress(rows)), ("IEND", []),
    ]
  }

  mutating func insert(_ name: String, _ data: [UInt8], at index: Int) {
    chunks.insert((name, data), at: index)
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }

  var bytes: [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    for (name, data) in chunks {
      let body = Array(name.utf8) + data
      file += Self.bigEndian(UInt32(data.count)) + body + Self.bigEndian(crc32(body))
    }
    return file
  }
}

@Suite struct PNGRuleTests {
  private func reason(_ file: ChunkList) -> PNGError.Reason? { reason(file.bytes) }

  private func reason(_ bytes: [UInt8], sampleLimit: Int = 1000) -> PNGError.Reason? {
    do {
      _ = try PNG.decode(bytes, sampleLimit: sampleLimit)
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func smallestFile() throws {
    #expect(
      try PNG.decode(ChunkList().bytes)
        == Raster(width: 2, height: 1, channels: 1, bytes: [10, 20]))
    // Bytes behind the end are not looked at.
    #expect(reason(ChunkList().bytes + [1, 2, 3]) == nil)
  }

  @Test func signature() {
    #expect(reason([]) == .truncated(while: "reading the signature"))
    #expect(reason(Array("GIF89a, not a PNG".utf8)) == .signature)
    #expect(reason([0x89, 0x51]) == .signature)
  }

  // MARK: - Header

  @Test(arguments: [
    (0, 3), (0, 32), (1, 8), (2, 4), (3, 16), (4, 4), (5, 8), (6, 2), (7, 8), (0, 0),
  ])
  func colourTypesAndDepthsThatDoNotExist(type: UInt8, depth: UInt8) {
    #expect(
      reason(ChunkList(colourType: type, depth: depth))
        == .colourTypeAndDepth(colourType: type, bitDepth: depth))
  }

  @Test func headerFields() {
    func changed(_ index: Int, _ value: UInt8) -> PNGError.Reason? {
      var file = ChunkList()
      file.chunks[0].data[index] = value
      return reason(file)
    }
    #expect(changed(3, 0) == .size(width: 0, height: 1))
    #expect(changed(7, 0) == .size(width: 2, height: 0))
    #expect(changed(0, 0x80) == .size(width: 1 << 31 + 2, height: 1))
    #expect(changed(10, 1) == .method("compression", 1))
    #expect(changed(11, 64) == .method("filter", 64))
    #expect(changed(12, 2) == .method("interlace", 2))
    #expect(changed(2, 4) == .tooLarge(width: 1026, height: 1, samples: 1000))
  }

  @Test func largestSizeDoesNotOverflow() {
    var file = ChunkList(colourType: 6, depth: 16)
    file.chunks[0].data.replaceSubrange(0..<8, with: [0x7F, 255, 255, 255, 0x7F, 255, 255, 255])
    #expect(
      reason(file.bytes, sampleLimit: PNG.defaultSampleLimit)
        == .tooLarge(
          width: Int(Int32.max), height: Int(Int32.max), samples: PNG.defaultSampleLimit))
    #expect(throws: PNGError.self) { try PNG.decode(file.bytes, sampleLimit: Int.max) }
  }

  @Test func headerChunk() {
    var file = ChunkList()
    file.chunks[0].data.append(0)
    #expect(reason(file) == .length(chunk: "IHDR", found: 14, expected: "13"))
    file = ChunkList()
    file.insert("gAMA", [0, 0, 0, 1], at: 0)
    #expect(reason(file) == .headerNotFirst(found: "gAMA"))
    file = ChunkList()
    file.insert("IHDR", file.chunks[0].data, at: 1)
    #expect(reason(file) == .repeated(chunk: "IHDR"))
  }

  // MARK: - Chunks

  @Test func checksums() {
    for (index, name) in [(0, "IHDR"), (1, "tEXt"), (2, "IDAT"), (3, "IEND")] {
      var file = ChunkList()
      file.insert("tEXt", [65, 0, 66], at: 1)
      // The last byte of the chunk is the last of its checksum.
      var end = 8
      for chunk in file.chunks[...index] { end += 12 + chunk.data.count }
      var bytes = file.bytes
      bytes[end - 1] ^= 1
      guard case .checksum(name, let stored, let computed) = reason(bytes) else {
        Issue.record("the checksum of \(name) was not checked")
        continue
      }
      #expect(stored ^ 1 == computed)
    }
  }

  @Test func chunkNamesAndLengths() {
    var bytes = ChunkList().bytes
    bytes[8 + 25 + 4] = 0x31
    #expect(reason(bytes) == .chunkName([0x31, 0x44, 0x41, 0x54]))
    bytes = ChunkList().bytes
    bytes[8 + 25] = 0x80
    guard case .chunkLength("IDAT", _) = reason(bytes) else {
      Issue.record("a length above 2^31 - 1 must be refused")
      return
    }
    bytes[8 + 25] = 0x7F
    guard case .truncated = reason(bytes) else {
      Issue.record("a length beyond the end of the file must be refused")
      return
    }
  }

  @Test func unknownChunks() {
    var file = ChunkList()
    file.insert("abCd", [1, 2], at: 1)
    #expect(reason(file) == nil)
    file.insert("AbCd", [1, 2], at: 1)
    #expect(reason(file) == .unknownCritical(chunk: "AbCd"))
  }

  @Test func imageDataMustBeTogether() {
    var file = ChunkList()
    let data = file.chunks[1].data
    file.chunks[1].data = Array(data[..<4])
    file.insert("IDAT", Array(data[4...]), at: 2)
    #expect(reason(file) == nil)
    file.insert("IDAT", [], at: 2)
    #expect(reason(file) == nil)
    file.insert("tEXt", [65, 0, 66], at: 2)
    #expect(
      reason(file)
        == .misplaced(
          chunk: "IDAT", rule: "follows another chunk; all IDAT must be consecutive"))
  }

  @Test func missingChunks() {
    var file = ChunkList()
    file.chunks.removeLast()
    #expect(
      reason(file) == .truncated(while: "looking for the next chunk (there is no IEND)"))
    file = ChunkList()
    file.chunks.remove(at: 1)
    #expect(reason(file) == .missing(chunk: "IDAT"))
    #expect(reason(ChunkList(colourType: 3)) == .missing(chunk: "PLTE before IDAT"))
    file = ChunkList()
    file.chunks[2].data = [1]
    #expect(reason(file) == .length(chunk: "IEND", found: 1, expected: "0"))
  }

  // MARK: - Palette and transparency

  private let twoColours: [UInt8] = [1, 2, 3, 4, 5, 6]

  private func paletteImage(depth: UInt8 = 8, rows: [UInt8] = [0, 0, 1]) -> ChunkList {
    var file = ChunkList(colourType: 3, depth: depth, rows: rows)
    file.insert("PLTE", twoColours, at: 1)
    return file
  }

  @Test func palette() throws {
    #expect(try PNG.decode(paletteImage().bytes).bytes == twoColours)
    #expect(reason(paletteImage(rows: [0, 0, 2])) == .paletteIndex(2, entries: 2))
    #expect(try PNG.decode(paletteImage(depth: 1, rows: [0, 0x40]).bytes).bytes == twoColours)

    var file = paletteImage(depth: 1, rows: [0, 0x40])
    file.chunks[1].data += [7, 8, 9]
    let expected = "3 for each of 1 to 2 colours"
    #expect(reason(file) == .length(chunk: "PLTE", found: 9, expected: expected))
    file.chunks[1].data = []
    #expect(reason(file) == .length(chunk: "PLTE", found: 0, expected: expected))
    file.chunks[1].data = [1, 2]
    #expect(reason(file) == .length(chunk: "PLTE", found: 2, expected: expected))

    file = paletteImage()
    file.insert("PLTE", twoColours, at: 1)
    #expect(reason(file) == .repeated(chunk: "PLTE"))
    file = ChunkList()
    file.insert("PLTE", twoColours, at: 1)
    #expect(reason(file) == .forbidden(chunk: "PLTE", colourType: .grey))
    file = ChunkList(colourType: 2, rows: [0, 1, 2, 3, 4, 5, 6])
    file.insert("PLTE", twoColours, at: 2)
    #expect(
      reason(file) == .misplaced(chunk: "PLTE", rule: "must stand before tRNS and IDAT"))
  }

  @Test func transparency() throws {
    var file = paletteImage()
    file.insert("tRNS", [9], at: 2)
    #expect(try PNG.decode(file.bytes).bytes == [1, 2, 3, 9, 4, 5, 6, 255])
    file.insert("tRNS", [9], at: 2)
    #expect(reason(file) == .repeated(chunk: "tRNS"))

    file = paletteImage()
    file.insert("tRNS", [9, 9, 9], at: 2)
    #expect(
      reason(file) == .length(chunk: "tRNS", found: 3, expected: "at most 2, one a colour"))
    file = paletteImage()
    file.insert("tRNS", [9], at: 1)
    #expect(reason(file) == .misplaced(chunk: "tRNS", rule: "must stand behind PLTE"))
    file = paletteImage()
    file.insert("tRNS", [9], at: 3)
    #expect(reason(file) == .misplaced(chunk: "tRNS", rule: "must stand before IDAT"))

    file = ChunkList()
    file.insert("tRNS", [0xFF, 20], at: 1)
    // Bits above the depth do not count.
    #expect(try PNG.decode(file.bytes).bytes == [10, 255, 20, 0])
    file.chunks[1].data = [20]
    #expect(reason(file) == .length(chunk: "tRNS", found: 1, expected: "2"))
    file = ChunkList(colourType: 4, rows: [0, 1, 2, 3, 4])
    file.insert("tRNS", [0, 20], at: 1)
    #expect(reason(file) == .forbidden(chunk: "tRNS", colourType: .greyAlpha))
  }

  // MARK: - Image data

  @Test func imageData() {
    #expect(
      reason(ChunkList(rows: [0, 10, 20, 30])) == .imageData(expected: 3, found: 4))
    #expect(reason(ChunkList(rows: [0, 10])) == .imageData(expected: 3, found: 2))
    #expect(reason(ChunkList(rows: [5, 10, 20])) == .filter(5, row: 0))
    var file = ChunkList()
    file.chunks[1].data.append(0)
    #expect(
      reason(file)
        == .compressed(CompressionError(.trailingBytes(1), offset: file.chunks[1].data.count - 1)))
    file = ChunkList()
    file.chunks[1].data[file.chunks[1].data.count - 1] ^= 1
    guard case .compressed(let error) = reason(file), case .checksum = error.reason else {
      Issue.record("the checksum of the image data must be checked")
      return
    }
  }

  @Test func messagesSayWhatToDoAndWhere() {
    var bytes = ChunkList().bytes
    bytes.removeLast(20)
    let error = #expect(throws: PNGError.self) { try PNG.decode(bytes) }
    #expect(
      error?.description
        == "PNG, byte \(bytes.count): the file ends while reading IDAT, which claims 11 bytes; "
        + "it is cut off")
  }
}
