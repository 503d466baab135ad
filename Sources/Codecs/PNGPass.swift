/// One pass of an interlaced image (Adam7), or the whole of a plain one: every `xStep`-th pixel of
/// every `yStep`-th row. Source: PNG specification, section 8.
struct PNGPass {
  var xStart = 0
  var yStart = 0
  var xStep = 1
  var yStep = 1
  var width: Int
  var height: Int

  /// The passes that have pixels. An empty one has no rows in the file, not even filter bytes.
  static func all(for header: PNG.Header) -> [PNGPass] {
    guard header.isInterlaced else {
      return [PNGPass(width: header.width, height: header.height)]
    }
    let grid = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
      (0, 1, 1, 2),
    ]
    return grid.compactMap { (xStart, yStart, xStep, yStep) in
      let width = (header.width - xStart + xStep - 1) / xStep
      let height = (header.height - yStart + yStep - 1) / yStep
      guard width > 0 && height > 0 else { return nil }
      return PNGPass(
        xStart: xStart, yStart: yStart, xStep: xStep, yStep: yStep, width: width, height: height)
    }
  }

  /// Bytes of a row without its filter byte.
  func rowBytes(_ header: PNG.Header) -> Int { (width * header.bitsPerPixel + 7) / 8 }

  /// Bytes of the pass with filter bytes.
  func byteCount(_ header: PNG.Header) -> Int { height * (1 + rowBytes(header)) }

  /// Puts the pass's samples, 8 bits or fewer each, in their places.
  func place(
    _ rows: UnsafePointer<UInt8>, _ header: PNG.Header,
    into target: UnsafeMutableBufferPointer<UInt8>
  ) {
    guard let base = target.baseAddress else { return }
    let channels = header.colourType.channels
    let depth = header.bitDepth
    let step = xStep * channels
    for y in 0..<height {
      let row = rows + y * (1 + rowBytes(header)) + 1
      let out = base + ((yStart + y * yStep) * header.width + xStart) * channels
      if depth == 8 && xStep == 1 {
        out.update(from: row, count: width * channels)
      } else if depth == 8 {
        for x in 0..<width {
          for channel in 0..<channels { out[x * step + channel] = row[x * channels + channel] }
        }
      } else {
        // Below 8 bits there is one channel; the leftmost pixel is in the highest bits.
        let mask = UInt8(1 << depth - 1)
        for x in 0..<width {
          let bit = x * depth
          out[x * step] = row[bit / 8] >> UInt8(8 - depth - bit % 8) & mask
        }
      }
    }
  }

  /// Puts the pass's 16-bit samples in their places.
  func place(
    _ rows: UnsafePointer<UInt8>, _ header: PNG.Header,
    into target: UnsafeMutableBufferPointer<UInt16>
  ) {
    guard let base = target.baseAddress else { return }
    let channels = header.colourType.channels
    for y in 0..<height {
      let row = rows + y * (1 + rowBytes(header)) + 1
      let out = base + ((yStart + y * yStep) * header.width + xStart) * channels
      for x in 0..<width {
        for channel in 0..<channels {
          let at = 2 * (x * channels + channel)
          out[x * xStep * channels + channel] = UInt16(row[at]) << 8 | UInt16(row[at + 1])
        }
      }
    }
  }
}
