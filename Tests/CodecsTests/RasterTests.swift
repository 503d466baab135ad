import Codecs
import Testing

@Suite struct RasterTests {
  @Test func depths() {
    let wide = Raster(
      width: 4, height: 1, channels: 1, samples: .sixteen([0, 128, 129, 65535]))
    // 128 * 255 / 65535 = 0.498, 129 * 255 / 65535 = 0.502.
    #expect(wide.bytes == [0, 0, 1, 255])
    #expect(wide.floats == [0, 128 / 65535, 129 / 65535, 1])
    let narrow = Raster(width: 2, height: 1, channels: 1, bytes: [0, 255])
    #expect(narrow.floats == [0, 1])
    #expect(wide.bitDepth == 16 && narrow.bitDepth == 8)
  }

  @Test func greyByLuma() {
    // 0.299, 0.587 and 0.114 of 255 are 76.2, 149.7 and 29.1.
    let primaries: [UInt8] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]
    let image = Raster(width: 4, height: 1, channels: 3, bytes: primaries)
    #expect(image.grey().bytes == [76, 150, 29, 255])
    let wide = Raster(
      width: 2, height: 1, channels: 3, samples: .sixteen([65535, 65535, 65535, 65535, 0, 0]))
    #expect(wide.grey().samples == .sixteen([65535, 19595]))
  }

  @Test func channels() {
    let rgba = Raster(width: 1, height: 2, channels: 4, bytes: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(rgba.hasAlpha && !rgba.isGrey)
    #expect(rgba.withoutAlpha().bytes == [1, 2, 3, 5, 6, 7])
    #expect(rgba.rgb() == rgba.withoutAlpha())
    let grey = Raster(width: 1, height: 2, channels: 2, bytes: [1, 2, 3, 4])
    #expect(grey.isGrey)
    #expect(grey.grey().bytes == [1, 3])
    #expect(grey.rgb().bytes == [1, 1, 1, 3, 3, 3])
    #expect(grey.rgb().rgb() == grey.rgb())
  }

  @Test func wrongCountStops() async {
    await #expect(processExitsWith: .failure) {
      _ = Raster(width: 2, height: 2, channels: 3, bytes: [1, 2, 3])
    }
  }
}
