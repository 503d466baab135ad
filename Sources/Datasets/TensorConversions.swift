import Tensors

extension LabelledImages {
  /// The images at these places as `[count, height, width, channels]`, from 0 to 1, or normalised.
  public func imageTensor(
    _ places: some Sequence<Int>, normalizedBy statistics: ChannelStatistics? = nil,
    dtype: DType? = nil
  ) -> Tensor {
    requireChannels(statistics)
    let places = Array(places)
    let bytes = places.flatMap { image($0) }
    return Tensor(
      (statistics ?? .identity(channels: channels)).normalized(bytes),
      shape: [places.count, height, width, channels], dtype: dtype)
  }

  /// All images as `[count, height, width, channels]`.
  public func imageTensor(
    normalizedBy statistics: ChannelStatistics? = nil, dtype: DType? = nil
  ) -> Tensor {
    imageTensor(0..<count, normalizedBy: statistics, dtype: dtype)
  }

  /// The classes of the images at these places, `[count]`, int32.
  public func labelTensor(_ places: some Sequence<Int>) -> Tensor {
    Tensor(places.map { labels[$0] })
  }

  /// The classes of all images, `[count]`, int32.
  public var labelTensor: Tensor { Tensor(labels) }
}

extension PixelImage {
  /// The image as `[height, width, channels]`, from 0 to 1.
  public func tensor(dtype: DType? = nil) -> Tensor {
    Tensor(
      ChannelStatistics.identity(channels: channels).normalized(pixels),
      shape: [height, width, channels], dtype: dtype)
  }
}

extension IDXArray {
  /// The array as a tensor of its own shape. The dtype is that of the elements; int8 and int16,
  /// which tensors do not have, become int32.
  public var tensor: Tensor {
    let shape = Shape(shape)
    switch element {
    case .uint8: return Tensor(bytes, shape: shape)
    case .int8, .int16, .int32: return Tensor(integers ?? [], shape: shape)
    case .float32: return Tensor(doubles, shape: shape, dtype: .float32)
    case .float64: return Tensor(doubles, shape: shape, dtype: .float64)
    }
  }
}

/// Images and masks of one size as two tensors, `[count, height, width, 1]` each.
///
/// Stops when there are none or sizes differ.
public func stacked(
  _ samples: [SegmentationSample], dtype: DType? = nil
) -> (images: Tensor, masks: Tensor) {
  (
    stacked(samples.map { [$0.image] }, dtype: dtype),
    stacked(samples.map { [$0.mask] }, dtype: dtype)
  )
}

/// Images given by their channels as one tensor, `[count, height, width, channels]`.
///
/// Stops when there are none or sizes or numbers of channels differ.
public func stacked(_ images: [[Plane]], dtype: DType? = nil) -> Tensor {
  guard let first = images.first?.first else { fail("stacked", "there are no images") }
  let channels = images[0].count
  var values: [Float] = []
  values.reserveCapacity(images.count * channels * first.values.count)
  for (index, planes) in images.enumerated() {
    guard planes.count == channels else {
      fail("stacked", "image \(index) has \(planes.count) channels, the first \(channels)")
    }
    for plane in planes where plane.width != first.width || plane.height != first.height {
      fail(
        "stacked",
        "image \(index) is \(plane.height) x \(plane.width) (height x width), the first "
          + "\(first.height) x \(first.width)")
    }
    if channels == 1 {
      values += planes[0].values
    } else {
      for pixel in first.values.indices {
        for plane in planes { values.append(plane.values[pixel]) }
      }
    }
  }
  return Tensor(
    values, shape: [images.count, first.height, first.width, channels], dtype: dtype)
}
