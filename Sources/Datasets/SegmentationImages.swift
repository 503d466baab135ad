import Tensors

/// One image of 8 bits a sample, `[height, width, channels]`.
public struct PixelImage: Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let channels: Int
  public let pixels: [UInt8]

  /// Stops if the number of pixels does not fit.
  public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    guard height > 0, width > 0, channels > 0, pixels.count == height * width * channels else {
      fail(
        "PixelImage",
        "[\(height), \(width), \(channels)] needs \(height * width * channels) pixels, "
          + "there are \(pixels.count)")
    }
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// The channels one by one, with values from 0 to 1.
  public var planes: [Plane] {
    (0..<channels).map { channel in
      Plane(
        width: width, height: height,
        values: stride(from: channel, to: pixels.count, by: channels).map {
          Float(pixels[$0]) / 255
        })
    }
  }
}

/// Images and the label of each pixel. The pairs may differ in size; within a pair image and labels
/// have the same one.
public struct SegmentationImages: Sendable, Equatable {
  /// File names without folder and extension.
  public let names: [String]
  public let images: [PixelImage]
  /// One channel each: the label of every pixel, as it stands in the file.
  public let labels: [PixelImage]

  /// How many pairs there are.
  public var count: Int { images.count }

  /// Stops if the numbers of names, images and labels differ, or a pair differs in size.
  public init(names: [String], images: [PixelImage], labels: [PixelImage]) {
    guard names.count == images.count, images.count == labels.count else {
      fail(
        "SegmentationImages",
        "\(names.count) names, \(images.count) images and \(labels.count) labels")
    }
    for (index, (image, label)) in zip(images, labels).enumerated() {
      guard image.height == label.height, image.width == label.width, label.channels == 1 else {
        fail(
          "SegmentationImages",
          "\(names[index]): image [\(image.height), \(image.width)], labels "
            + "[\(label.height), \(label.width), \(label.channels)]; one channel is needed")
      }
    }
    self.names = names
    self.images = images
    self.labels = labels
  }

  /// The labels that occur, in ascending order.
  public var labelValues: [UInt8] {
    var seen = [Bool](repeating: false, count: 256)
    for label in labels { for value in label.pixels { seen[Int(value)] = true } }
    return (0..<256).filter { seen[$0] }.map { UInt8($0) }
  }

  /// The pairs at these places, in this order.
  public func selecting(_ places: some Sequence<Int>) -> SegmentationImages {
    let places = Array(places)
    return SegmentationImages(
      names: places.map { names[$0] }, images: places.map { images[$0] },
      labels: places.map { labels[$0] })
  }

  /// Grey images from 0 to 1 with a mask that is 1 where the label is `positive` and 0 elsewhere.
  ///
  /// For ISBI 2012, where 0 is membrane and 255 the inside of a cell, `positive` is 0. Stops for
  /// images of more than one channel.
  public func samples(positive: UInt8) -> [SegmentationSample] {
    zip(images, labels).map { image, label in
      guard image.channels == 1 else {
        fail(
          "SegmentationImages.samples", "needs grey images, these have \(image.channels) channels")
      }
      let mask = label.pixels.map { $0 == positive ? Float(1) : 0 }
      return SegmentationSample(
        image: image.planes[0],
        mask: Plane(width: label.width, height: label.height, values: mask))
    }
  }
}
