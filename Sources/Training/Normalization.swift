import Datasets

/// How pixel values are scaled before a model sees them.
public enum Normalization: Sendable, Equatable, Codable {
  /// Each channel has a mean taken away and is divided by a deviation, those of the training images.
  case fixed(mean: [Float], deviation: [Float])
  /// Each image, channel by channel, is scaled to mean 0 and deviation 1 by itself: for pictures
  /// whose brightness varies from one to the next.
  case perImage

  /// The fixed scaling that gives the pixels of `images` mean 0 and deviation 1, channel by channel.
  ///
  /// A channel that is the same everywhere is only moved.
  public static func standardizing(_ images: LabelledImages) -> Normalization {
    var sums = [Int](repeating: 0, count: images.channels)
    var squares = sums
    images.pixels.withUnsafeBufferPointer { pixels in
      for channel in 0..<images.channels {
        var sum = 0
        var square = 0
        for place in stride(from: channel, to: pixels.count, by: images.channels) {
          let value = Int(pixels[place])
          sum += value
          square += value * value
        }
        sums[channel] = sum
        squares[channel] = square
      }
    }
    let count = Double(max(1, images.pixels.count / images.channels))
    var mean: [Float] = []
    var deviation: [Float] = []
    for (sum, square) in zip(sums, squares) {
      let middle = Double(sum) / count
      let variance = max(0, Double(square) / count - middle * middle)
      mean.append(Float(middle / 255))
      deviation.append(variance > 0 ? Float(variance.squareRoot() / 255) : 1)
    }
    return .fixed(mean: mean, deviation: deviation)
  }

  /// The planes of one image, scaled; their values go from 0 to 1.
  public func callAsFunction(_ planes: [Plane]) -> [Plane] {
    planes.enumerated().map { channel, plane in
      switch self {
      case .fixed(let mean, let deviation):
        let middle = mean[min(channel, mean.count - 1)]
        let factor = 1 / deviation[min(channel, deviation.count - 1)]
        return plane.mapValues { ($0 - middle) * factor }
      case .perImage:
        let count = Double(plane.values.count)
        let middle = plane.values.reduce(0.0) { $0 + Double($1) } / count
        let variance =
          plane.values.reduce(0.0) { $0 + (Double($1) - middle) * (Double($1) - middle) } / count
        let factor = variance > 0 ? Float(1 / variance.squareRoot()) : 1
        return plane.mapValues { ($0 - Float(middle)) * factor }
      }
    }
  }

  /// For each channel, what each of the 256 grey levels becomes; nil when that depends on the image.
  func tables(channels: Int) -> [[Float]]? {
    guard case .fixed(let mean, let deviation) = self else { return nil }
    return (0..<channels).map { channel in
      let middle = mean[min(channel, mean.count - 1)]
      let factor = 1 / deviation[min(channel, deviation.count - 1)]
      return (0..<256).map { (Float($0) / 255 - middle) * factor }
    }
  }
}

extension Plane {
  func mapValues(_ transform: (Float) -> Float) -> Plane {
    Plane(width: width, height: height, values: values.map(transform))
  }
}
