import Tensors

/// Images of one size, each with the number of its class.
///
/// Pixels are `[count, height, width, channels]`, channels last, as the tensors are.
public struct LabelledImages: Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let channels: Int
  public let pixels: [UInt8]
  /// The class of each image, an index into `classNames`.
  public let labels: [Int32]
  public let classNames: [String]

  /// How many images there are.
  public var count: Int { labels.count }

  /// Bytes one image takes.
  public var imageSize: Int { height * width * channels }

  /// Stops if the number of pixels does not fit or a label has no class name.
  public init(
    height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [Int32], classNames: [String]
  ) {
    guard height > 0, width > 0, channels > 0,
      pixels.count == labels.count * height * width * channels
    else {
      fail(
        "LabelledImages",
        "\(labels.count) images of [\(height), \(width), \(channels)] need "
          + "\(labels.count * height * width * channels) pixels, there are \(pixels.count)")
    }
    if let wrong = labels.first(where: { !classNames.indices.contains(Int($0)) }) {
      fail("LabelledImages", "label \(wrong) has no name; there are \(classNames.count) classes")
    }
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
    self.classNames = classNames
  }

  /// The pixels of one image, `[height, width, channels]`.
  public func image(_ index: Int) -> ArraySlice<UInt8> {
    pixels[index * imageSize..<(index + 1) * imageSize]
  }

  /// The images at these places, in this order; a place may occur more than once.
  public func selecting(_ places: some Sequence<Int>) -> LabelledImages {
    var chosen: [UInt8] = []
    var chosenLabels: [Int32] = []
    for place in places {
      chosen += image(place)
      chosenLabels.append(labels[place])
    }
    return LabelledImages(
      height: height, width: width, channels: channels, pixels: chosen, labels: chosenLabels,
      classNames: classNames)
  }

  /// How many images each class has.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }
}

/// Which part of a dataset that comes divided.
public enum DatasetSplit: String, Sendable, CaseIterable {
  case train
  case test
}
