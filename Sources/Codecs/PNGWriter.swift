extension PNG {
  /// Writes a raster as a PNG file: grey, grey and alpha, RGB or RGBA, 8 or 16 bits, as it is.
  ///
  /// Each row gets the filter whose output is nearest to zero (the smallest sum of absolute
  /// values, bytes taken as signed), except that images of few values, such as masks, are left
  /// unfiltered, because repeats pack better than differences. Not interlaced.
  package static func encode(_ raster: Raster) -> [UInt8] {
    let depth = raster.bitDepth
    let type: ColourType =
      switch raster.channels {
      case 1: .grey
      case 2: .greyAlpha
      case 3: .rgb
      default: .rgba
      }
    var file = signature
    var header: [UInt8] = []
    appendBigEndian(UInt32(raster.width), to: &header)
    appendBigEndian(UInt32(raster.height), to: &header)
    header += [UInt8(depth), type.rawValue, 0, 0, 0]
    appendChunk("IHDR", header, to: &file)

    let rowBytes = raster.width * raster.channels * depth / 8
    let pixelBytes = raster.channels * depth / 8
    let filtered: [UInt8] =
      switch raster.samples {
      case .eight(let samples): filter(samples, rowBytes: rowBytes, pixelBytes: pixelBytes)
      case .sixteen(let samples):
        filter(
          samples.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] },
          rowBytes: rowBytes, pixelBytes: pixelBytes)
      }
    // A chunk's length has 31 bits.
    let packed = Zlib.compress(filtered)
    for start in stride(from: 0, to: packed.count, by: 1 << 30) {
      appendChunk("IDAT", packed[start..<min(packed.count, start + 1 << 30)], to: &file)
    }
    appendChunk("IEND", [], to: &file)
    return file
  }

  /// The rows, each behind its filter byte.
  private static func filter(_ bytes: [UInt8], rowBytes: Int, pixelBytes: Int) -> [UInt8] {
    let rows = bytes.count / rowBytes
    let candidates: [PNGFilter] = hasFewValues(bytes) ? [.none] : PNGFilter.allCases
    var result = [UInt8](repeating: 0, count: rows * (rowBytes + 1))
    var trial = [UInt8](repeating: 0, count: rowBytes)
    let zeros = [UInt8](repeating: 0, count: rowBytes)
    bytes.withUnsafeBufferPointer { bytes in
      zeros.withUnsafeBufferPointer { zeros in
        trial.withUnsafeMutableBufferPointer { trial in
          result.withUnsafeMutableBufferPointer { result in
            guard let source = bytes.baseAddress, let zeros = zeros.baseAddress,
              let trial = trial.baseAddress, let target = result.baseAddress
            else { return }
            for y in 0..<rows {
              let row = source + y * rowBytes
              let above = y == 0 ? zeros : row - rowBytes
              let out = target + y * (rowBytes + 1)
              var best = Int.max
              for filter in candidates {
                filter.apply(
                  row, above: above, rowBytes: rowBytes, pixelBytes: pixelBytes, into: trial)
                let size = distanceFromZero(trial, count: rowBytes)
                guard size < best else { continue }
                best = size
                out[0] = filter.rawValue
                (out + 1).update(from: trial, count: rowBytes)
              }
            }
          }
        }
      }
    }
    return result
  }

  private static func hasFewValues(_ bytes: [UInt8]) -> Bool {
    var seen = [Bool](repeating: false, count: 256)
    var count = 0
    for byte in bytes where !seen[Int(byte)] {
      seen[Int(byte)] = true
      count += 1
      if count > 16 { return false }
    }
    return true
  }

  private static func distanceFromZero(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int {
    var sum = 0
    for index in 0..<count { sum &+= Int(Int8(bitPattern: bytes[index]).magnitude) }
    return sum
  }

  private static func appendChunk(
    _ name: String, _ data: some Collection<UInt8>, to file: inout [UInt8]
  ) {
    appendBigEndian(UInt32(data.count), to: &file)
    let start = file.count
    file += Array(name.utf8)
    file += data
    appendBigEndian(crc32(Array(file[start...])), to: &file)
  }

  private static func appendBigEndian(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }
}
