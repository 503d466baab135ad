import Tensors

/// Images and their masks as tensors.
public struct SegmentationBatch: Sendable {
  /// `[batch, height, width, 1]`.
  public let images: Tensor
  /// `[batch, height, width, 1]`: 1 is the class looked for, 0 the rest.
  public let masks: Tensor

  /// How many images there are.
  public var count: Int { images.shape[0] }

  /// Stacks samples of one size; values of the images become (value - mean) / deviation. Stops
  /// for no samples and if sizes differ.
  public init(_ samples: [SegmentationSample], mean: Float = 0, deviation: Float = 1) {
    images = Tensor(stacking: samples.map(\.image), mean: mean, deviation: deviation)
    masks = Tensor(stacking: samples.map(\.mask))
  }
}

extension Tensor {
  /// Grey images `[planes, height, width, 1]` of planes of one size, float32; values become
  /// (value - mean) / deviation. Stops for no planes and if sizes differ.
  public init(stacking planes: [Plane], mean: Float = 0, deviation: Float = 1) {
    guard let first = planes.first else { fail("Tensor(stacking:)", "there are no planes") }
    var values: [Float] = []
    values.reserveCapacity(planes.count * first.values.count)
    for plane in planes {
      guard plane.width == first.width, plane.height == first.height else {
        fail(
          "Tensor(stacking:)",
          "planes differ in size: \(first.width) x \(first.height) and "
            + "\(plane.width) x \(plane.height)")
      }
      if mean == 0 && deviation == 1 {
        values += plane.values
      } else {
        let scale = 1 / deviation
        values.append(contentsOf: plane.values.lazy.map { ($0 - mean) * scale })
      }
    }
    self.init(
      values, shape: [planes.count, first.height, first.width, 1], dtype: .float32)
  }

  /// The planes of grey images `[planes, height, width, 1]`; reads the values. Stops for another
  /// shape.
  public var planes: [Plane] {
    guard rank == 4, shape[3] == 1 else {
      fail("planes", "wants [planes, height, width, 1], the shape is \(shape)")
    }
    let height = shape[1]
    let width = shape[2]
    let values = scalars(of: Float.self)
    return (0..<shape[0]).map { plane in
      let start = plane * height * width
      return Plane(
        width: width, height: height, values: Array(values[start..<(start + height * width)]))
    }
  }
}

extension SegmentationSample {
  /// A square part at a random place, or the sample itself if it is no larger in both directions.
  /// Sides longer than `side` are cut, shorter ones kept.
  public func randomCrop<Generator: RandomNumberGenerator>(
    side: Int, using generator: inout Generator
  ) -> SegmentationSample {
    guard side >= 1 else { fail("randomCrop", "the side must be at least 1, it is \(side)") }
    let width = min(side, image.width)
    let height = min(side, image.height)
    guard width < image.width || height < image.height else { return self }
    let x = generator.below(image.width - width + 1)
    let y = generator.below(image.height - height + 1)
    return SegmentationSample(
      image: image.cropped(x: x, y: y, width: width, height: height),
      mask: mask.cropped(x: x, y: y, width: width, height: height))
  }
}
