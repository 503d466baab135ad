import Datasets
import Tensors
import Testing

@Suite struct SegmentationBatchTests {
  let samples = Membranes(width: 40, height: 32, seed: 2).samples(0..<3)

  @Test func samplesAreStackedImageByImage() {
    let batch = SegmentationBatch(samples)
    #expect(batch.images.shape == [3, 32, 40, 1])
    #expect(batch.masks.shape == [3, 32, 40, 1])
    #expect(batch.count == 3)
    #expect(batch.images.element(2, 5, 7, 0) == Double(samples[2].image[7, 5]))
    #expect(batch.images.planes == samples.map(\.image))
    #expect(batch.masks.planes == samples.map(\.mask))
  }

  @Test func imagesAreNormalizedAndMasksAreNot() {
    let batch = SegmentationBatch(samples, mean: 0.5, deviation: 0.25)
    let expected = (samples[1].image[3, 4] - 0.5) * 4
    #expect(abs(batch.images.element(1, 4, 3, 0) - Double(expected)) < 1e-6)
    #expect(batch.masks.planes == samples.map(\.mask))
  }

  @Test func cropsAreTheSamePartOfImageAndMask() {
    var generator = SeededGenerator(seed: 1)
    let sample = SegmentationSample(
      image: Plane(width: 9, height: 6, values: (0..<54).map { Float($0) }),
      mask: Plane(width: 9, height: 6, values: (0..<54).map { Float($0) }))
    var corners: Set<Float> = []
    for _ in 0..<200 {
      let crop = sample.randomCrop(side: 5, using: &generator)
      #expect(crop.image.width == 5 && crop.image.height == 5)
      #expect(crop.image == crop.mask)
      #expect(crop.image[4, 4] - crop.image[0, 0] == 40)
      corners.insert(crop.image[0, 0])
    }
    #expect(corners.count == 5 * 2)
    #expect(sample.randomCrop(side: 9, using: &generator) == sample)
    #expect(sample.randomCrop(side: 7, using: &generator).image.height == 6)
  }
}

@Suite struct ClassificationBatchTests {
  // Two images of 1 x 2 pixels with two channels.
  let images = LabelledImages(
    height: 1, width: 2, channels: 2, pixels: [0, 51, 51, 51, 102, 51, 255, 51], labels: [1, 0],
    classNames: ["a", "b"])

  @Test func statisticsByHand() {
    // Channel 0: 0, 51, 102, 255 = 0, 0.2, 0.4, 1: mean 0.4, variance (0.16 + 0.04 + 0.36) / 4.
    let statistics = images.channelStatistics
    #expect(abs(statistics.mean[0] - 0.4) < 1e-6)
    #expect(abs(statistics.deviation[0] - Float(0.14).squareRoot()) < 1e-6)
    #expect(abs(statistics.mean[1] - 0.2) < 1e-6)
    #expect(statistics.deviation[1] == 1)
  }

  @Test func batchesAreNormalizedPixels() {
    let statistics = ChannelStatistics(mean: [0.5, 0.2], deviation: [0.25, 1])
    let batch = images.batch([1, 0, 1], normalizedBy: statistics)
    #expect(batch.images.shape == [3, 1, 2, 2])
    #expect(batch.labels.scalars(of: Int32.self) == [0, 1, 0])
    let expected: [Float] = [-0.4, 0, 2, 0, -2, 0, -1.2, 0, -0.4, 0, 2, 0]
    for (value, wanted) in zip(batch.images.scalars(of: Float.self), expected) {
      #expect(abs(value - wanted) < 1e-5)
    }
  }

  @Test func theLoaderMakesTheSameBatchesForAnyNumberOfWorkers() throws {
    let shapes = Shapes(side: 16, channels: 3, seed: 1).images(0..<50)
    let statistics = shapes.channelStatistics
    var results: [[Float]] = []
    for workers in [0, 3] {
      let loader = shapes.loader(
        batchSize: 8, seed: 2, normalizedBy: statistics,
        augmentation: [.shift(padding: 2), .flipHorizontally()], workers: workers)
      let batches = loader.batches(epoch: 1)
      var values: [Float] = []
      while let batch = try batches.next() {
        #expect(batch.images.shape == [8, 16, 16, 3])
        values += batch.images.scalars(of: Float.self)
        values += batch.labels.scalars(of: Int32.self).map { Float($0) }
      }
      results.append(values)
    }
    #expect(results[0] == results[1])
    #expect(results[0].count == 6 * 8 * (16 * 16 * 3 + 1))
  }

  @Test func withoutAugmentationTheLoaderGivesTheImages() throws {
    let shapes = Shapes(side: 16, seed: 1).images(0..<6)
    let statistics = shapes.channelStatistics
    let loader = shapes.loader(
      batchSize: 6, seed: 2, normalizedBy: statistics, dropsLast: false, workers: 1)
    let batch = try #require(try loader.batches(epoch: 0).next())
    let expected = shapes.batch(loader.order(epoch: 0), normalizedBy: statistics)
    #expect(batch.images.scalars(of: Float.self) == expected.images.scalars(of: Float.self))
    #expect(batch.labels.scalars(of: Int32.self) == expected.labels.scalars(of: Int32.self))
  }
}
