import Tensors

/// Random changes to small images that are to be classified: what the CIFAR and Fashion-MNIST
/// recipes use.
///
/// Images are arrays of `[height, width, channels]`, row by row, the channels of a pixel side by side.
/// All steps together copy the image once.
///
///     let augmentation: ImageAugmentation = [.shift(padding: 4), .flipHorizontally()]
public struct ImageAugmentation: Sendable, Equatable, ExpressibleByArrayLiteral {
  public enum Step: Sendable, Equatable {
    /// The image is padded by so many pixels of `fill` on each side and cropped to its size at a random
    /// place: a shift by -padding ... padding pixels in x and, drawn separately, in y.
    case shift(padding: Int)
    /// Left becomes right.
    case flipHorizontally(probability: Float = 0.5)
    /// A square of so many pixels a side, centred anywhere on the image, is set to `fill`
    /// (DeVries and Taylor 2017). It may stick out over the border.
    case cutout(side: Int, probability: Float = 1)
  }

  public let steps: [Step]
  /// What is put where there is no image; 0 is the mean of images that are normalised.
  public let fill: Float

  /// Stops for negative paddings, sides under 1 and probabilities outside 0 ... 1.
  public init(_ steps: [Step], fill: Float = 0) {
    for step in steps {
      switch step {
      case .shift(let padding):
        guard padding >= 0 else { fail("ImageAugmentation", "\(step): padding is negative") }
      case .flipHorizontally(let probability):
        Self.require(probability, step)
      case .cutout(let side, let probability):
        guard side >= 1 else { fail("ImageAugmentation", "\(step): the side must be at least 1") }
        Self.require(probability, step)
      }
    }
    self.steps = steps
    self.fill = fill
  }

  public init(arrayLiteral steps: Step...) {
    self.init(steps)
  }

  private static func require(_ probability: Float, _ step: Step) {
    guard probability >= 0, probability <= 1 else {
      fail("ImageAugmentation", "\(step): the probability must lie in 0 ... 1")
    }
  }

  /// Changes one image. Stops if the number of values does not fit.
  public func callAsFunction<Generator: RandomNumberGenerator>(
    _ pixels: [Float], width: Int, height: Int, channels: Int, using generator: inout Generator
  ) -> [Float] {
    guard width > 0, height > 0, channels > 0, pixels.count == width * height * channels else {
      fail(
        "ImageAugmentation",
        "[\(height), \(width), \(channels)] wanted, there are \(pixels.count) values")
    }
    var changed = pixels
    for step in steps {
      switch step {
      case .shift(let padding):
        let x = generator.below(2 * padding + 1) - padding
        let y = generator.below(2 * padding + 1) - padding
        if x != 0 || y != 0 {
          changed = shifted(changed, x: x, y: y, width: width, height: height, channels: channels)
        }
      case .flipHorizontally(let probability):
        guard generator.chance(probability) else { continue }
        flip(&changed, width: width, height: height, channels: channels)
      case .cutout(let side, let probability):
        guard generator.chance(probability) else { continue }
        let left = generator.below(width) - side / 2
        let top = generator.below(height) - side / 2
        for y in max(0, top)..<min(height, top + side) {
          let start = (y * width + max(0, left)) * channels
          let end = (y * width + min(width, left + side)) * channels
          for i in start..<end { changed[i] = fill }
        }
      }
    }
    return changed
  }

  /// The pixel at (x, y) of the result is the one `x`, `y` further right and down in the original.
  private func shifted(
    _ pixels: [Float], x: Int, y: Int, width: Int, height: Int, channels: Int
  ) -> [Float] {
    var moved = [Float](repeating: fill, count: pixels.count)
    let columns = max(0, -x)..<max(max(0, -x), min(width, width - x))
    guard !columns.isEmpty else { return moved }
    for row in stride(from: max(0, -y), to: min(height, height - y), by: 1) {
      let target = (row * width + columns.lowerBound) * channels
      let origin = ((row + y) * width + columns.lowerBound + x) * channels
      for i in 0..<(columns.count * channels) { moved[target + i] = pixels[origin + i] }
    }
    return moved
  }

  private func flip(_ pixels: inout [Float], width: Int, height: Int, channels: Int) {
    for y in 0..<height {
      for x in 0..<(width / 2) {
        let a = (y * width + x) * channels
        let b = (y * width + width - 1 - x) * channels
        for c in 0..<channels { pixels.swapAt(a + c, b + c) }
      }
    }
  }
}
