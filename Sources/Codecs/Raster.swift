/// A grid of pixels, 8 or 16 bits a sample, channels last.
///
/// Sample (row `y`, column `x`, channel `c`) stands at `(y * width + x) * channels + c`. One
/// channel is grey, two grey and alpha, three RGB, four RGBA; alpha is not premultiplied.
package struct Raster: Equatable, Sendable {
  /// The samples in the precision they came in.
  package enum Samples: Equatable, Sendable {
    case eight([UInt8])
    case sixteen([UInt16])

    package var count: Int {
      switch self {
      case .eight(let samples): samples.count
      case .sixteen(let samples): samples.count
      }
    }
  }

  package let width: Int
  package let height: Int
  package let channels: Int
  package let samples: Samples

  /// Stops if the number of samples is not `width * height * channels`, or `channels` not 1 to 4.
  package init(width: Int, height: Int, channels: Int, samples: Samples) {
    guard width > 0, height > 0, (1...4).contains(channels),
      samples.count == width * height * channels
    else {
      fatalError(
        "Raster: \(width) x \(height) pixels of \(channels) channels need "
          + "\(width * height * channels) samples and 1 to 4 channels, got \(samples.count)")
    }
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// An 8-bit raster.
  package init(width: Int, height: Int, channels: Int, bytes: [UInt8]) {
    self.init(width: width, height: height, channels: channels, samples: .eight(bytes))
  }

  package var bitDepth: Int {
    switch samples {
    case .eight: 8
    case .sixteen: 16
    }
  }

  package var hasAlpha: Bool { channels == 2 || channels == 4 }
  package var isGrey: Bool { channels <= 2 }

  /// The samples in 8 bits: 16-bit ones scaled by 255/65535 and rounded.
  package var bytes: [UInt8] {
    switch samples {
    case .eight(let samples): samples
    case .sixteen(let samples): samples.map { UInt8((UInt32($0) * 255 + 32767) / 65535) }
    }
  }

  /// The samples as fractions of full scale, 0 to 1.
  package var floats: [Float] {
    switch samples {
    case .eight(let samples): samples.map { Float($0) / 255 }
    case .sixteen(let samples): samples.map { Float($0) / 65535 }
    }
  }

  /// Without its alpha channel, if it has one; nothing is blended.
  package func withoutAlpha() -> Raster {
    guard hasAlpha else { return self }
    let kept = channels - 1
    func strip<T>(_ samples: [T]) -> [T] {
      var result: [T] = []
      result.reserveCapacity(width * height * kept)
      for pixel in stride(from: 0, to: samples.count, by: channels) {
        result.append(contentsOf: samples[pixel..<pixel + kept])
      }
      return result
    }
    switch samples {
    case .eight(let values):
      return Raster(width: width, height: height, channels: kept, samples: .eight(strip(values)))
    case .sixteen(let values):
      return Raster(width: width, height: height, channels: kept, samples: .sixteen(strip(values)))
    }
  }

  /// One grey channel; alpha is dropped.
  ///
  /// Luma of RGB is `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601) with the weights in 2^-16 and
  /// rounding, on the samples as stored: no gamma is undone.
  package func grey() -> Raster {
    let opaque = withoutAlpha()
    guard opaque.channels == 3 else { return opaque }
    func luma<T: FixedWidthInteger>(_ samples: [T]) -> [T] {
      var result: [T] = []
      result.reserveCapacity(width * height)
      for pixel in stride(from: 0, to: samples.count, by: 3) {
        let red = UInt64(samples[pixel])
        let green = UInt64(samples[pixel + 1])
        let blue = UInt64(samples[pixel + 2])
        // The weights sum to 65536, so white stays white.
        result.append(T((red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16))
      }
      return result
    }
    switch opaque.samples {
    case .eight(let values):
      return Raster(width: width, height: height, channels: 1, samples: .eight(luma(values)))
    case .sixteen(let values):
      return Raster(width: width, height: height, channels: 1, samples: .sixteen(luma(values)))
    }
  }

  /// Three colour channels; grey is repeated, alpha dropped.
  package func rgb() -> Raster {
    let opaque = withoutAlpha()
    guard opaque.channels == 1 else { return opaque }
    switch opaque.samples {
    case .eight(let values):
      return Raster(
        width: width, height: height, channels: 3, samples: .eight(values.flatMap { [$0, $0, $0] }))
    case .sixteen(let values):
      return Raster(
        width: width, height: height, channels: 3,
        samples: .sixteen(values.flatMap { [$0, $0, $0] }))
    }
  }
}
