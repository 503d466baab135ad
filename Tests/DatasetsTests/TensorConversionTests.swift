import Datasets
import Tensors
import Testing

@Suite struct ChannelStatisticsTests {
  private let data = LabelledImages(
    height: 1, width: 2, channels: 2, pixels: [0, 10, 255, 10, 0, 10, 255, 10], labels: [1, 0],
    classNames: ["a", "b"])

  @Test func ofImages() {
    // Half zeros, half ones: mean and deviation 1/2. One value only: deviation 1.
    let statistics = data.channelStatistics
    #expect(statistics.means == [0.5, 10 / 255])
    #expect(statistics.deviations == [0.5, 1])
    #expect(data.values(0, normalizedBy: statistics) == [-1, 0, 1, 0])
    #expect(data.values(0) == [0, 10 / 255, 1, 10 / 255])
  }

  @Test func normalizedImagesHaveMeanZeroAndDeviationOne() {
    let pixels = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }
    let images = LabelledImages(
      height: 10, width: 20, channels: 3, pixels: pixels, labels: [0, 0, 0, 0, 0],
      classNames: ["a"])
    let values = images.imageTensor(normalizedBy: images.channelStatistics).scalars(of: Float.self)
    for channel in 0..<3 {
      let mine = stride(from: channel, to: values.count, by: 3).map { Double(values[$0]) }
      let mean = mine.reduce(0, +) / 1000
      #expect(abs(mean) < 1e-6)
      #expect(abs(mine.reduce(0) { $0 + $1 * $1 } / 1000 - 1) < 1e-5)
    }
  }

  @Test func mistakesStop() async {
    await #expect(processExitsWith: .failure) {
      _ = ChannelStatistics(means: [0, 0], deviations: [1])
    }
    await #expect(processExitsWith: .failure) {
      _ = ChannelStatistics(means: [0], deviations: [0])
    }
  }
}

@Suite struct TensorConversionTests {
  private let data = LabelledImages(
    height: 2, width: 1, channels: 1, pixels: [0, 51, 102, 255], labels: [1, 0],
    classNames: ["a", "b"])

  @Test func labelledImages() {
    let images = data.imageTensor()
    #expect(images.shape == [2, 2, 1, 1])
    #expect(images.dtype == .float32)
    #expect(images.scalars(of: Float.self) == [0, 0.2, 0.4, 1])
    #expect(data.imageTensor([1]).scalars(of: Float.self) == [0.4, 1])
    #expect(data.imageTensor([1, 1, 0], dtype: .float64).shape == [3, 2, 1, 1])
    #expect(data.imageTensor([], dtype: .float64).dtype == .float64)
    #expect(data.labelTensor.dtype == .int32)
    #expect(data.labelTensor.scalars(of: Int.self) == [1, 0])
    #expect(data.labelTensor([1, 1]).scalars(of: Int.self) == [0, 0])
  }

  @Test func pixelImage() {
    let image = PixelImage(height: 1, width: 2, channels: 3, pixels: [0, 51, 102, 153, 204, 255])
    #expect(image.tensor().shape == [1, 2, 3])
    #expect(image.tensor().scalars(of: Float.self) == [0, 0.2, 0.4, 0.6, 0.8, 1])
    // Channels taken apart and put together again.
    #expect(
      stacked([image.planes]).hasSameBits(
        as: Tensor([0, 0.2, 0.4, 0.6, 0.8, 1] as [Float], shape: [1, 1, 2, 3])))
  }

  @Test func segmentationSamples() {
    let sample = SegmentationSample(
      image: Plane(width: 2, height: 1, values: [0.5, 1]),
      mask: Plane(width: 2, height: 1, values: [0, 1]))
    let (images, masks) = stacked([sample, sample])
    #expect(images.shape == [2, 1, 2, 1])
    #expect(images.scalars(of: Float.self) == [0.5, 1, 0.5, 1])
    #expect(masks.scalars(of: Float.self) == [0, 1, 0, 1])
  }

  @Test func idxArrays() throws {
    let folder = try TemporaryFolder()
    let bytes = try IDXArray(path: folder.write("b", [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 8]))
    #expect(bytes.tensor.shape == [1, 2])
    #expect(bytes.tensor.dtype == .uint8)
    #expect(bytes.tensor.scalars(of: Int.self) == [7, 8])
    let short = try IDXArray(path: folder.write("s", [0, 0, 0x0B, 1, 0, 0, 0, 1, 0xFF, 0xFE]))
    #expect(short.tensor.dtype == .int32)
    #expect(short.tensor.item == -2)
    let float = try IDXArray(
      path: folder.write("f", [0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0, 0, 0]))
    #expect(float.tensor.dtype == .float32)
    #expect(float.tensor.item == 0.5)
  }

  @Test func differingSizesStop() async {
    await #expect(processExitsWith: .failure) {
      _ = stacked([[Plane(width: 1, height: 2)], [Plane(width: 2, height: 1)]])
    }
    await #expect(processExitsWith: .failure) {
      let plane = Plane(width: 1, height: 1)
      _ = stacked([[plane], [plane, plane]])
    }
  }
}
