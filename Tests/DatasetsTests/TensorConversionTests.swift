import Datasets
import Tensors
import TestSupport
import Testing

@Suite struct TensorConversionTests {
  @Test func pixelImage() {
    let image = PixelImage(height: 1, width: 2, channels: 3, pixels: [0, 51, 102, 153, 204, 255])
    #expect(image.tensor.shape == [1, 2, 3])
    #expect(image.tensor.dtype == .float32)
    #expect(image.tensor.scalars(of: Float.self) == [0, 0.2, 0.4, 0.6, 0.8, 1])
  }

  // The same bytes as in IDXTests: -2 and 1/2 where the type has them.
  @Test(arguments: [
    ([0, 0, 0x08, 1, 0, 0, 0, 1, 0xFE], DType.uint8, 254.0),
    ([0, 0, 0x09, 1, 0, 0, 0, 1, 0xFE], .int32, -2),
    ([0, 0, 0x0B, 1, 0, 0, 0, 1, 0xFF, 0xFE], .int32, -2),
    ([0, 0, 0x0C, 1, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFE], .int32, -2),
    ([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0, 0, 0], .float32, 0.5),
    ([0, 0, 0x0E, 1, 0, 0, 0, 1, 0x3F, 0xE0, 0, 0, 0, 0, 0, 0], .float64, 0.5),
  ])
  func idxArray(file: [UInt8], dtype: DType, value: Double) throws {
    let folder = try TemporaryFolder()
    let tensor = try IDXArray(path: folder.write("array", file)).tensor
    #expect(tensor.shape == [1])
    #expect(tensor.dtype == dtype)
    #expect(tensor.item == value)
  }

  @Test func idxShape() throws {
    let folder = try TemporaryFolder()
    let file: [UInt8] = [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2] + Array(1...6)
    let tensor = try IDXArray(path: folder.write("array", file)).tensor
    #expect(tensor.shape == [3, 2])
    #expect(tensor.scalars(of: Int.self) == Array(1...6))
  }
}
