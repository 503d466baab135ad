import Tensors

/// Images and the numbers of their classes as tensors.
public struct ClassificationBatch: Sendable {
  /// `[batch, height, width, channels]`, float32.
  public let images: Tensor
  /// `[batch]`, int32.
  public let labels: Tensor

  /// How many images there are.
  public var count: Int { labels.shape[0] }
}

/// Mean and standard deviation of each channel of a set of images with values from 0 to 1.
public struct ChannelStatistics: Sendable, Equatable, Codable {
  public let mean: [Float]
  public let deviation: [Float]

  /// Stops if there are not as many deviations as means, or a deviation is not above 0.
  public init(mean: [Float], deviation: [Float]) {
    guard mean.count == deviation.count, deviation.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      fail("ChannelStatistics", "mean \(mean), deviation \(deviation): each channel needs both")
    }
    self.mean = mean
    self.deviation = deviation
  }
}

extension LabelledImages {
  /// Mean and standard deviation of each channel over all images, values from 0 to 1. A channel
  /// that is the same everywhere (or no image at all) gets the deviation 1.
  ///
  /// Cost: one look at each pixel; the sums are exact.
  public var channelStatistics: ChannelStatistics {
    var sums = [Int](repeating: 0, count: channels)
    var squares = sums
    pixels.withUnsafeBufferPointer { pixels in
      for start in stride(from: 0, to: pixels.count, by: channels) {
        for channel in 0..<channels {
          let value = Int(pixels[start + channel])
          sums[channel] += value
          squares[channel] += value * value
        }
      }
    }
    let n = Double(max(pixels.count / channels, 1))
    let means = sums.map { Double($0) / n }
    let deviations = zip(squares, means).map { square, mean -> Double in
      let variance = Double(square) / n - mean * mean
      return variance > 1e-9 ? variance.squareRoot() : 255
    }
    return ChannelStatistics(
      mean: means.map { Float($0 / 255) }, deviation: deviations.map { Float($0 / 255) })
  }

  /// Image `index` with values from 0 to 1, each channel less its mean and divided by its
  /// deviation. Stops for statistics of another number of channels.
  func normalized(_ index: Int, by statistics: ChannelStatistics) -> [Float] {
    guard statistics.mean.count == channels else {
      fail(
        "LabelledImages",
        "images have \(channels) channels, the statistics are of \(statistics.mean.count)")
    }
    // value / 255 through a table, so that each of the 256 values has one result.
    let tables = (0..<channels).map { channel in
      (0..<256).map { (Float($0) / 255 - statistics.mean[channel]) / statistics.deviation[channel] }
    }
    let start = index * imageSize
    return [Float](unsafeUninitializedCapacity: imageSize) { out, count in
      pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          let table = tables[channel]
          for i in stride(from: channel, to: imageSize, by: channels) {
            out[i] = table[Int(pixels[start + i])]
          }
        }
      }
      count = imageSize
    }
  }

  /// The images at these places and their labels, normalized and not augmented: for evaluation.
  public func batch(
    _ places: some Sequence<Int>, normalizedBy statistics: ChannelStatistics
  ) -> ClassificationBatch {
    let places = Array(places)
    return collated(places.map { (normalized($0, by: statistics), labels[$0]) })
  }

  private func collated(_ samples: [(pixels: [Float], label: Int32)]) -> ClassificationBatch {
    var values: [Float] = []
    values.reserveCapacity(samples.count * imageSize)
    for sample in samples { values += sample.pixels }
    return ClassificationBatch(
      images: Tensor(
        values, shape: [samples.count, height, width, channels], dtype: .float32),
      labels: Tensor(samples.map(\.label), shape: [samples.count]))
  }

  /// A loader of augmented, normalized batches for training. Places outside are filled with 0, the
  /// mean, whatever the augmentation says.
  public func loader(
    batchSize: Int, seed: UInt64, normalizedBy statistics: ChannelStatistics,
    augmentation: ImageAugmentation = [], dropsLast: Bool = true, workers: Int = 1,
    prefetch: Int = 4
  ) -> Loader<(pixels: [Float], label: Int32), ClassificationBatch> {
    let augmentation = ImageAugmentation(augmentation.steps, fill: 0)
    return Loader(
      count: count, batchSize: batchSize, seed: seed, dropsLast: dropsLast, workers: workers,
      prefetch: prefetch
    ) { index, generator in
      let pixels = augmentation(
        normalized(index, by: statistics), width: width, height: height, channels: channels,
        using: &generator)
      return (pixels, labels[index])
    } collate: {
      collated($0)
    }
  }
}
