/// Reads the chunks of one PNG file in order and holds them to the specification's rules.
struct PNGReader {
  private let bytes: UnsafeRawBufferPointer
  private let sampleLimit: Int
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer, sampleLimit: Int) {
    self.bytes = bytes
    self.sampleLimit = sampleLimit
  }

  private struct Chunk {
    var name: String
    var isCritical: Bool
    /// Where the chunk begins in the file (its length field).
    var offset: Int
    var data: UnsafeRawBufferPointer
  }

  // MARK: - Chunks

  /// The next chunk, its checksum checked.
  private mutating func nextChunk() throws(PNGError) -> Chunk {
    let offset = position
    guard bytes.count - position >= 8 else {
      throw PNGError(
        .truncated(while: "looking for the next chunk (there is no IEND)"), offset: bytes.count)
    }
    let length = bigEndian32(bytes, position)
    let nameBytes = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<position + 8])
    guard nameBytes.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }) else {
      throw PNGError(.chunkName(Array(nameBytes)), offset: offset + 4)
    }
    let name = String(String.UnicodeScalarView(nameBytes.map { Unicode.Scalar($0) }))
    guard length < 1 << 31 else { throw PNGError(.chunkLength(name, length), offset: offset) }
    let count = Int(length)
    guard bytes.count - position - 8 >= count + 4 else {
      throw PNGError(
        .truncated(while: "reading \(name), which claims \(count) bytes"), offset: bytes.count)
    }
    let start = position + 8
    let stored = bigEndian32(bytes, start + count)
    let computed = crc32(UnsafeRawBufferPointer(rebasing: bytes[position + 4..<start + count]))
    guard stored == computed else {
      throw PNGError(.checksum(chunk: name, stored: stored, computed: computed), offset: offset)
    }
    position = start + count + 4
    return Chunk(
      name: name, isCritical: nameBytes[0] & 0x20 == 0, offset: offset,
      data: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]))
  }

  mutating func readHeader() throws(PNGError) -> PNG.Header {
    guard bytes.count >= 8 else {
      if bytes.elementsEqual(PNG.signature.prefix(bytes.count)) {
        throw PNGError(.truncated(while: "reading the signature"), offset: bytes.count)
      }
      throw PNGError(.signature, offset: 0)
    }
    guard bytes.prefix(8).elementsEqual(PNG.signature) else {
      throw PNGError(.signature, offset: 0)
    }
    position = 8
    let chunk = try nextChunk()
    guard chunk.name == "IHDR" else {
      throw PNGError(.headerNotFirst(found: chunk.name), offset: chunk.offset)
    }
    let data = chunk.data
    guard data.count == 13 else {
      throw PNGError(
        .length(chunk: "IHDR", found: data.count, expected: "13"), offset: chunk.offset)
    }
    let start = chunk.offset + 8
    let width = bigEndian32(data, 0)
    let height = bigEndian32(data, 4)
    guard (1..<1 << 31).contains(width), (1..<1 << 31).contains(height) else {
      throw PNGError(.size(width: width, height: height), offset: start)
    }
    guard let type = PNG.ColourType(rawValue: data[9]), type.depths.contains(data[8]) else {
      throw PNGError(
        .colourTypeAndDepth(colourType: data[9], bitDepth: data[8]), offset: start + 8)
    }
    guard data[10] == 0 else {
      throw PNGError(.method("compression", data[10]), offset: start + 10)
    }
    guard data[11] == 0 else { throw PNGError(.method("filter", data[11]), offset: start + 11) }
    guard data[12] <= 1 else { throw PNGError(.method("interlace", data[12]), offset: start + 12) }
    let header = PNG.Header(
      width: Int(width), height: Int(height), bitDepth: Int(data[8]), colourType: type,
      isInterlaced: data[12] == 1)
    guard header.width * type.channels <= sampleLimit / header.height else {
      throw PNGError(
        .tooLarge(width: header.width, height: header.height, samples: sampleLimit), offset: start)
    }
    return header
  }

  mutating func read() throws(PNGError) -> PNG.Image {
    let header = try readHeader()
    var image = PNG.Image(header: header, samples: .eight([]))
    var packed: [UInt8] = []
    var firstData: Int?
    var dataEnded = false
    var hasTransparency = false

    reading: while true {
      let chunk = try nextChunk()
      if firstData != nil && chunk.name != "IDAT" { dataEnded = true }
      switch chunk.name {
      case "IDAT":
        if header.colourType == .palette && image.palette.isEmpty {
          throw PNGError(.missing(chunk: "PLTE before IDAT"), offset: chunk.offset)
        }
        guard !dataEnded else {
          throw PNGError(
            .misplaced(chunk: "IDAT", rule: "follows another chunk; all IDAT must be consecutive"),
            offset: chunk.offset)
        }
        firstData = firstData ?? chunk.offset
        packed.append(contentsOf: chunk.data)
      case "PLTE":
        guard image.palette.isEmpty else {
          throw PNGError(.repeated(chunk: "PLTE"), offset: chunk.offset)
        }
        guard firstData == nil && !hasTransparency else {
          throw PNGError(
            .misplaced(chunk: "PLTE", rule: "must stand before tRNS and IDAT"),
            offset: chunk.offset)
        }
        image.palette = try palette(chunk, header)
      case "tRNS":
        guard !hasTransparency else {
          throw PNGError(.repeated(chunk: "tRNS"), offset: chunk.offset)
        }
        guard firstData == nil else {
          throw PNGError(
            .misplaced(chunk: "tRNS", rule: "must stand before IDAT"), offset: chunk.offset)
        }
        try readTransparency(chunk, into: &image)
        hasTransparency = true
      case "IEND":
        guard chunk.data.isEmpty else {
          throw PNGError(
            .length(chunk: "IEND", found: chunk.data.count, expected: "0"), offset: chunk.offset)
        }
        break reading
      case "IHDR":
        throw PNGError(.repeated(chunk: "IHDR"), offset: chunk.offset)
      default:
        if chunk.isCritical {
          throw PNGError(.unknownCritical(chunk: chunk.name), offset: chunk.offset)
        }
      }
    }
    guard let firstData else { throw PNGError(.missing(chunk: "IDAT"), offset: bytes.count) }
    image.samples = try samples(packed, header, offset: firstData)
    // In RGB images a palette is only a suggestion for display.
    if header.colourType == .palette {
      try checkIndices(image, offset: firstData)
    } else {
      image.palette = []
    }
    return image
  }

  private func palette(_ chunk: Chunk, _ header: PNG.Header) throws(PNGError) -> [UInt8] {
    if header.colourType == .grey || header.colourType == .greyAlpha {
      throw PNGError(
        .forbidden(chunk: "PLTE", colourType: header.colourType), offset: chunk.offset)
    }
    let most = header.colourType == .palette ? 1 << header.bitDepth : 256
    let count = chunk.data.count
    guard count % 3 == 0, count >= 3, count <= 3 * most else {
      throw PNGError(
        .length(chunk: "PLTE", found: count, expected: "3 for each of 1 to \(most) colours"),
        offset: chunk.offset)
    }
    return Array(chunk.data)
  }

  private func readTransparency(_ chunk: Chunk, into image: inout PNG.Image) throws(PNGError) {
    let count = chunk.data.count
    func expect(_ expected: Int) throws(PNGError) {
      guard count == expected else {
        throw PNGError(
          .length(chunk: "tRNS", found: count, expected: "\(expected)"), offset: chunk.offset)
      }
    }
    switch image.header.colourType {
    case .grey, .rgb:
      let channels = image.header.colourType.channels
      try expect(2 * channels)
      // Bits above the depth are to be ignored.
      let mask = UInt16(truncatingIfNeeded: 1 << image.header.bitDepth - 1)
      image.transparent = (0..<channels).map {
        (UInt16(chunk.data[2 * $0]) << 8 | UInt16(chunk.data[2 * $0 + 1])) & mask
      }
    case .palette:
      guard !image.palette.isEmpty else {
        throw PNGError(
          .misplaced(chunk: "tRNS", rule: "must stand behind PLTE"), offset: chunk.offset)
      }
      guard count <= image.palette.count / 3 else {
        throw PNGError(
          .length(
            chunk: "tRNS", found: count,
            expected: "at most \(image.palette.count / 3), one a colour"
          ), offset: chunk.offset)
      }
      image.paletteAlpha = Array(chunk.data)
    case .greyAlpha, .rgba:
      throw PNGError(
        .forbidden(chunk: "tRNS", colourType: image.header.colourType), offset: chunk.offset)
    }
  }

  private func checkIndices(_ image: PNG.Image, offset: Int) throws(PNGError) {
    guard case .eight(let indices) = image.samples else { return }
    let entries = image.palette.count / 3
    if let largest = indices.max(), Int(largest) >= entries {
      throw PNGError(.paletteIndex(Int(largest), entries: entries), offset: offset)
    }
  }

  // MARK: - Image data

  /// Unpacks, undoes the filters and puts the samples of all passes in their places.
  private func samples(
    _ packed: [UInt8], _ header: PNG.Header, offset: Int
  ) throws(PNGError) -> Raster.Samples {
    let passes = PNGPass.all(for: header)
    let expected = passes.reduce(0) { $0 + $1.byteCount(header) }
    var rows: [UInt8]
    do {
      rows = try Zlib.decompress(packed, expecting: expected, limit: expected)
    } catch {
      if case .outputLimit = error.reason {
        throw PNGError(.imageData(expected: expected, found: expected + 1), offset: offset)
      }
      throw PNGError(.compressed(error), offset: offset)
    }
    guard rows.count == expected else {
      throw PNGError(.imageData(expected: expected, found: rows.count), offset: offset)
    }

    let count = header.width * header.height * header.colourType.channels
    var eight = [UInt8](repeating: 0, count: header.bitDepth == 16 ? 0 : count)
    var sixteen = [UInt16](repeating: 0, count: header.bitDepth == 16 ? count : 0)
    var badFilter: (type: UInt8, row: Int)?
    rows.withUnsafeMutableBufferPointer { rows in
      guard var base = rows.baseAddress else { return }
      for pass in passes {
        badFilter = PNGFilter.undo(
          base, rows: pass.height, rowBytes: pass.rowBytes(header),
          pixelBytes: max(1, header.bitsPerPixel / 8))
        if badFilter != nil { return }
        if header.bitDepth == 16 {
          sixteen.withUnsafeMutableBufferPointer { pass.place(base, header, into: $0) }
        } else {
          eight.withUnsafeMutableBufferPointer { pass.place(base, header, into: $0) }
        }
        base += pass.byteCount(header)
      }
    }
    if let badFilter {
      throw PNGError(.filter(badFilter.type, row: badFilter.row), offset: offset)
    }
    return header.bitDepth == 16 ? .sixteen(sixteen) : .eight(eight)
  }
}

private func bigEndian32(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
  UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
}
