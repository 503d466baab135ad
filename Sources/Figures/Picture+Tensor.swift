import Tensors

extension Picture {
  /// The picture that a tensor of shape `[height, width]`, `[height, width, 1]` or
  /// `[height, width, 3]` holds.
  ///
  /// Without a range, that of the dtype is used for `uint8` (0 to 255) and `bool` (0 to 1), for
  /// others from the smallest number to the largest. A map colours pictures of one channel only.
  /// Stops when the shape is another, or has no pixels.
  public init(_ image: Tensor, range: ClosedRange<Float>? = nil, map: ColorMap = .grey) {
    let channels = image.rank == 3 ? image.shape[2] : 1
    guard image.rank == 2 || image.rank == 3, channels == 1 || channels == 3, image.count > 0 else {
      fail(
        "Picture",
        "wants [height, width], [height, width, 1] or [height, width, 3], the shape is \(image.shape)"
      )
    }
    let range =
      range
      ?? (image.dtype == .uint8 ? Float(0)...255 : image.dtype == .bool ? Float(0)...1 : nil)
    let values: [Float] = image.scalars()
    if channels == 3 {
      self.init(width: image.shape[1], height: image.shape[0], rgbValues: values, range: range)
    } else {
      self.init(
        width: image.shape[1], height: image.shape[0], values: values, range: range, map: map)
    }
  }

  /// The picture with the edge of a mask drawn on it: of its elements above one half.
  ///
  /// The mask has the shape `[height, width]` or `[height, width, 1]` of the picture; stops when it
  /// has another.
  public func outlining(
    _ mask: Tensor, in color: Color = .cyan, enlargedBy factor: Int = 1
  ) -> Picture {
    outlining(Self.mask(mask, of: self, "outlining"), in: color, enlargedBy: factor)
  }

  /// The picture with the errors of a predicted mask coloured: added in orange, missed in cyan.
  ///
  /// Each mask is cut at one half and has the shape of the picture; stops when one has another.
  public func showingErrors(prediction: Tensor, truth: Tensor) -> Picture {
    showingErrors(
      prediction: Self.mask(prediction, of: self, "showingErrors"),
      truth: Self.mask(truth, of: self, "showingErrors"))
  }

  private static func mask(_ mask: Tensor, of picture: Picture, _ operation: String) -> [Bool] {
    let sizes = [picture.height, picture.width]
    guard Array(mask.shape) == sizes || Array(mask.shape) == sizes + [1] else {
      fail(
        "Picture.\(operation)",
        "the mask has the shape \(mask.shape), the picture [height, width] = \(sizes)")
    }
    return mask.scalars(of: Float.self).map { $0 > 0.5 }
  }
}

extension ImageGrid {
  /// The kernels of a convolution, `[kernelHeight, kernelWidth, in, out]`, a tile each.
  ///
  /// With three inputs a tile is a colour picture; otherwise there is a row for each of the first
  /// inputs, blue for negative and orange for positive numbers. Stops when the rank is not four or
  /// an axis is empty.
  public init(_ title: String, kernels: Tensor, limit: Int = 64) {
    guard kernels.rank == 4, kernels.count > 0 else {
      fail("ImageGrid", "wants kernels [height, width, in, out], the shape is \(kernels.shape)")
    }
    self.init(
      title, kernels: kernels.scalars(), shape: Array(kernels.shape), limit: limit)
  }
}
