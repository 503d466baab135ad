import Codecs
import Foundation
import Testing

@Suite struct PNGTests {
  private func samples(_ data: Data, depth: Int) -> Raster.Samples {
    guard depth == 16 else { return .eight(Array(data)) }
    let bytes = Array(data)
    return .sixteen(
      stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    )
  }

  @Test(arguments: PNGCase.all)
  func reads(_ item: PNGCase) throws {
    let raster = try PNG.decode(item.bytes)
    #expect(raster.width == item.width)
    #expect(raster.height == item.height)
    #expect(raster.channels == item.channels)
    #expect(raster.bitDepth == item.bitDepth)
    #expect(raster.samples == samples(item.samples, depth: item.bitDepth))
    if let grey = item.grey { #expect(raster.grey().bytes == Array(grey)) }
  }

  @Test(arguments: PNGCase.all)
  func readsAsStored(_ item: PNGCase) throws {
    let image = try PNG.read(item.bytes)
    #expect(image.samples == samples(item.raw, depth: image.header.bitDepth == 16 ? 16 : 8))
    let header = try PNG.header(of: item.bytes)
    #expect(header == image.header)
    #expect(header.width == item.width && header.height == item.height)
  }

  @Test(arguments: PNGCase.all)
  func refusesEveryTruncation(_ item: PNGCase) {
    for end in stride(from: 0, to: item.bytes.count, by: max(1, item.bytes.count / 50)) {
      #expect(throws: PNGError.self) { try PNG.decode(Array(item.bytes[..<end])) }
    }
  }

  @Test func coversTheSpecification() throws {
    var seen: Set<String> = []
    for item in PNGCase.all {
      let header = try PNG.header(of: item.bytes)
      seen.insert("\(header.colourType.rawValue) \(header.bitDepth) \(header.isInterlaced)")
    }
    // Fifteen pairs of colour type and depth, each plain and interlaced.
    #expect(seen.count == 30)
  }

  // MARK: - Writing

  @Test(arguments: 1...4)
  func roundTrip(channels: Int) throws {
    for (width, height) in [(1, 1), (1, 7), (7, 1), (5, 3), (64, 64), (129, 33)] {
      let count = width * height * channels
      let bytes = noise(count, seed: UInt32(count))
      let words = noise(2 * count, seed: 3)
      let wide = (0..<count).map { UInt16(words[2 * $0]) << 8 | UInt16(words[2 * $0 + 1]) }
      for samples in [Raster.Samples.eight(bytes), .sixteen(wide)] {
        let raster = Raster(width: width, height: height, channels: channels, samples: samples)
        #expect(try PNG.decode(PNG.encode(raster)) == raster)
      }
    }
  }

  /// A smooth picture with a little noise.
  private func picture(_ size: Int, channels: Int) -> Raster {
    let grain = noise(size * size * channels, seed: 12)
    var bytes: [UInt8] = []
    for y in 0..<size {
      for x in 0..<size {
        for channel in 0..<channels {
          let value = (x * x / 200 + y * (channel + 1) / 2) % 200
          bytes.append(UInt8(value) + grain[bytes.count] / 16)
        }
      }
    }
    return Raster(width: size, height: size, channels: channels, bytes: bytes)
  }

  @Test(arguments: 1...4)
  func filtersPay(channels: Int) throws {
    let raster = picture(100, channels: channels)
    let file = PNG.encode(raster)
    #expect(try PNG.decode(file) == raster)
    #expect(file.count < Zlib.compress(raster.bytes).count * 9 / 10)
  }

  @Test func masksStaySmall() throws {
    let bytes = (0..<(256 * 256)).map { index in
      let (x, y) = (index % 256 - 128, index / 256 - 128)
      return x * x + y * y < 10000 ? UInt8(255) : 0
    }
    let mask = Raster(width: 256, height: 256, channels: 1, bytes: bytes)
    let file = PNG.encode(mask)
    #expect(try PNG.decode(file) == mask)
    #expect(file.count < 1300)
  }

  @Test func writesTheSameBytes() {
    #expect(PNG.encode(picture(40, channels: 3)) == PNG.encode(picture(40, channels: 3)))
  }
}
