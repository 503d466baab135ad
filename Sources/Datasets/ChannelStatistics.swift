/// Mean and standard deviation of each channel, of values from 0 to 1: what images are normalised
/// with before they enter a network.
public struct ChannelStatistics: Sendable, Equatable {
  public let means: [Float]
  public let deviations: [Float]

  /// Stops unless there is one positive deviation for each mean.
  public init(means: [Float], deviations: [Float]) {
    guard !means.isEmpty, means.count == deviations.count, deviations.allSatisfy({ $0 > 0 }) else {
      fail(
        "ChannelStatistics",
        "needs a positive deviation for each channel, given means \(means), "
          + "deviations \(deviations)")
    }
    self.means = means
    self.deviations = deviations
  }

  /// Leaves values as they are, from 0 to 1.
  public static func identity(channels: Int) -> ChannelStatistics {
    ChannelStatistics(
      means: [Float](repeating: 0, count: channels),
      deviations: [Float](repeating: 1, count: channels))
  }

  /// `(byte / 255 - mean) / deviation`, in float32, for pixels whose channels lie side by side.
  ///
  /// Stops if the number of bytes is no multiple of the number of channels.
  public func normalized(_ pixels: some Collection<UInt8>) -> [Float] {
    let channels = means.count
    guard pixels.count % channels == 0 else {
      fail("ChannelStatistics", "\(pixels.count) bytes are no pixels of \(channels) channels")
    }
    // Of each channel only 256 values are possible.
    var table = [Float](repeating: 0, count: 256 * channels)
    for channel in 0..<channels {
      for byte in 0..<256 {
        table[256 * channel + byte] =
          (Float(byte) / 255 - means[channel]) / deviations[channel]
      }
    }
    var result: [Float] = []
    result.reserveCapacity(pixels.count)
    var channel = 0
    for byte in pixels {
      result.append(table[256 * channel + Int(byte)])
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    return result
  }
}

extension LabelledImages {
  /// Mean and standard deviation (division by the number of pixels) of each channel over all
  /// images, exact but for the last rounding. A channel of one value only gets deviation 1.
  ///
  /// Take them from the training images alone. Stops when there are no images. Cost: one pass.
  public var channelStatistics: ChannelStatistics {
    guard count > 0 else { fail("channelStatistics", "there are no images") }
    var histogram = [Int](repeating: 0, count: 256 * channels)
    pixels.withUnsafeBufferPointer { pixels in
      var index = 0
      while index < pixels.count {
        for channel in 0..<channels { histogram[256 * channel + Int(pixels[index + channel])] += 1 }
        index += channels
      }
    }
    let total = Double(count * height * width)
    var means: [Float] = []
    var deviations: [Float] = []
    for channel in 0..<channels {
      let counts = histogram[256 * channel..<256 * (channel + 1)].enumerated()
      let mean = counts.reduce(0.0) { $0 + Double($1.offset) * Double($1.element) } / total
      let variance =
        counts.reduce(0.0) {
          let difference = Double($1.offset) - mean
          return $0 + difference * difference * Double($1.element)
        } / total
      means.append(Float(mean / 255))
      deviations.append(variance > 0 ? Float(variance.squareRoot() / 255) : 1)
    }
    return ChannelStatistics(means: means, deviations: deviations)
  }

  /// The values of one image, `[height, width, channels]`: from 0 to 1, or normalised.
  public func values(_ index: Int, normalizedBy statistics: ChannelStatistics? = nil) -> [Float] {
    requireChannels(statistics)
    return (statistics ?? .identity(channels: channels)).normalized(image(index))
  }

  func requireChannels(_ statistics: ChannelStatistics?) {
    guard let statistics, statistics.means.count != channels else { return }
    fail(
      "LabelledImages",
      "statistics of \(statistics.means.count) channels for images of \(channels)")
  }
}
