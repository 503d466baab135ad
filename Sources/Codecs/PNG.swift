/// PNG files. Source: W3C, Portable Network Graphics specification, third edition.
package enum PNG {
  package enum ColourType: UInt8, Equatable, Sendable, CustomStringConvertible {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    /// Samples a pixel has in the file; a palette index is one.
    package var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }

    var depths: [UInt8] {
      switch self {
      case .grey: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .greyAlpha, .rgba: [8, 16]
      }
    }

    package var description: String {
      switch self {
      case .grey: "grey"
      case .rgb: "RGB"
      case .palette: "palette"
      case .greyAlpha: "grey and alpha"
      case .rgba: "RGBA"
      }
    }
  }

  /// The contents of `IHDR`.
  package struct Header: Equatable, Sendable {
    package var width: Int
    package var height: Int
    package var bitDepth: Int
    package var colourType: ColourType
    package var isInterlaced: Bool

    var bitsPerPixel: Int { bitDepth * colourType.channels }
  }

  /// A PNG as it is stored: samples not scaled, palette not applied.
  package struct Image: Equatable, Sendable {
    package var header: Header
    /// Each sample in its own range, `0 ..< 2^bitDepth`; palette images hold indices.
    package var samples: Raster.Samples
    /// Red, green and blue of each palette entry, one after another.
    package var palette: [UInt8] = []
    /// Alpha of the first palette entries; the rest are opaque.
    package var paletteAlpha: [UInt8] = []
    /// The one grey or RGB value that is transparent, if the file names one.
    package var transparent: [UInt16]?
  }

  /// Samples at which a file is refused, unless told otherwise: 268 million.
  package static let defaultSampleLimit = 1 << 28

  /// Reads a PNG file to pixels of 8 or 16 bits.
  ///
  /// Samples of 1, 2 and 4 bits are scaled to the full range of 8; a palette becomes RGB;
  /// transparency (`tRNS`) becomes an alpha channel. Colour spaces and gamma are not applied, and
  /// of an animation the default image is read. Bytes behind `IEND` are not looked at.
  /// - Parameter sampleLimit: refuses images with more samples before anything is unpacked.
  package static func decode(
    _ bytes: [UInt8], sampleLimit: Int = defaultSampleLimit
  ) throws(PNGError) -> Raster {
    try read(bytes, sampleLimit: sampleLimit).raster()
  }

  /// Reads a PNG file as it is stored: for masks whose samples or palette indices are class numbers.
  package static func read(
    _ bytes: [UInt8], sampleLimit: Int = defaultSampleLimit
  ) throws(PNGError) -> Image {
    try bytes.withUnsafeBufferPointer { (buffer) throws(PNGError) in
      var reader = PNGReader(UnsafeRawBufferPointer(buffer), sampleLimit: sampleLimit)
      return try reader.read()
    }
  }

  /// The header alone, for sizes without unpacking anything.
  package static func header(of bytes: [UInt8]) throws(PNGError) -> Header {
    try bytes.withUnsafeBufferPointer { (buffer) throws(PNGError) in
      var reader = PNGReader(UnsafeRawBufferPointer(buffer), sampleLimit: Int.max)
      return try reader.readHeader()
    }
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
}

extension PNG.Image {
  /// The image in plain colours: palette applied, low depths scaled to 8 bits, transparency as an
  /// alpha channel.
  package func raster() -> Raster {
    let width = header.width
    let height = header.height
    switch (header.colourType, samples) {
    case (.palette, .eight(let indices)):
      let entries = palette.count / 3
      var colours: [[UInt8]] = (0..<entries).map { Array(palette[(3 * $0)..<(3 * $0 + 3)]) }
      if !paletteAlpha.isEmpty {
        for index in colours.indices {
          colours[index].append(index < paletteAlpha.count ? paletteAlpha[index] : 255)
        }
      }
      let channels = paletteAlpha.isEmpty ? 3 : 4
      var result: [UInt8] = []
      result.reserveCapacity(indices.count * channels)
      for index in indices { result.append(contentsOf: colours[Int(index)]) }
      return Raster(width: width, height: height, channels: channels, bytes: result)
    case (_, .eight(let values)):
      // 255 is a multiple of 1, 3, 15 and 255: the scaling is exact.
      let scale = UInt8(255 / ((1 << header.bitDepth) - 1))
      let scaled = scale == 1 ? values : values.map { $0 &* scale }
      guard let key = transparent.map({ $0.map { UInt8(truncatingIfNeeded: $0) &* scale } }) else {
        return Raster(
          width: width, height: height, channels: header.colourType.channels, bytes: scaled)
      }
      return Raster(
        width: width, height: height, channels: key.count + 1,
        samples: .eight(addingAlpha(to: scaled, transparent: key, opaque: 255)))
    case (_, .sixteen(let values)):
      guard let key = transparent else {
        return Raster(
          width: width, height: height, channels: header.colourType.channels,
          samples: .sixteen(values))
      }
      return Raster(
        width: width, height: height, channels: key.count + 1,
        samples: .sixteen(addingAlpha(to: values, transparent: key, opaque: 65535)))
    }
  }

  private func addingAlpha<T: FixedWidthInteger>(
    to samples: [T], transparent key: [T], opaque: T
  ) -> [T] {
    var result: [T] = []
    result.reserveCapacity(samples.count / key.count * (key.count + 1))
    for start in stride(from: 0, to: samples.count, by: key.count) {
      let pixel = samples[start..<start + key.count]
      result.append(contentsOf: pixel)
      result.append(pixel.elementsEqual(key) ? 0 : opaque)
    }
    return result
  }
}
