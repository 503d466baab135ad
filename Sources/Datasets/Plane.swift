import Tensors

/// One channel of an image: `height` rows of `width` values, row by row from the top left.
///
/// Coordinates are those of pixel centres: pixel (0, 0) is centred on x = 0, y = 0. Outside, the
/// image is reflected about the centres of its border pixels (`d c b | a b c d | c b a`), so the
/// border pixel itself is not repeated.
public struct Plane: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var values: [Float]

  /// A plane of the given values. Stops if their number is not width times height.
  public init(width: Int, height: Int, values: [Float]) {
    guard width > 0, height > 0, values.count == width * height else {
      fail(
        "Plane", "\(width) x \(height) needs \(width * height) values, there are \(values.count)")
    }
    self.width = width
    self.height = height
    self.values = values
  }

  /// A plane of one value everywhere.
  public init(width: Int, height: Int, filledWith value: Float = 0) {
    self.init(
      width: width, height: height, values: [Float](repeating: value, count: width * height))
  }

  /// The value of the pixel in column `x` and row `y`.
  public subscript(x: Int, y: Int) -> Float {
    get { values[y * width + x] }
    set { values[y * width + x] = newValue }
  }

  /// The value between pixels, linear in x and in y, reflected outside. Coordinates must be finite.
  public func bilinear(x: Float, y: Float) -> Float {
    let left = x.rounded(.down)
    let top = y.rounded(.down)
    let fx = x - left
    let fy = y - top
    let x0 = Self.reflected(Int(left), count: width)
    let x1 = Self.reflected(Int(left) + 1, count: width)
    let y0 = Self.reflected(Int(top), count: height) * width
    let y1 = Self.reflected(Int(top) + 1, count: height) * width
    let upper = values[y0 + x0] + fx * (values[y0 + x1] - values[y0 + x0])
    let lower = values[y1 + x0] + fx * (values[y1 + x1] - values[y1 + x0])
    return upper + fy * (lower - upper)
  }

  /// The value of the pixel nearest to the point, reflected outside; a tie goes to the larger
  /// coordinate. Coordinates must be finite.
  public func nearest(x: Float, y: Float) -> Float {
    let column = Self.reflected(Int((x + 0.5).rounded(.down)), count: width)
    let row = Self.reflected(Int((y + 0.5).rounded(.down)), count: height)
    return values[row * width + column]
  }

  /// The pixel that a coordinate outside 0 ..< count falls on when the border is a mirror.
  @inlinable
  package static func reflected(_ position: Int, count: Int) -> Int {
    if position >= 0 && position < count { return position }
    if count == 1 { return 0 }
    let period = 2 * (count - 1)
    var folded = position % period
    if folded < 0 { folded += period }
    return folded < count ? folded : period - folded
  }

  /// The same pixels in the rectangle that starts at column `x` and row `y`. Stops if it leaves
  /// the plane.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Plane {
    guard x >= 0, y >= 0, newWidth > 0, newHeight > 0, x + newWidth <= width,
      y + newHeight <= height
    else {
      fail(
        "Plane.cropped",
        "\(newWidth) x \(newHeight) at (\(x), \(y)) does not fit into \(width) x \(height)")
    }
    var pixels: [Float] = []
    pixels.reserveCapacity(newWidth * newHeight)
    for row in y..<(y + newHeight) {
      pixels += values[(row * width + x)..<(row * width + x + newWidth)]
    }
    return Plane(width: newWidth, height: newHeight, values: pixels)
  }
}

/// One image and the mask that belongs to it, both of the same size. In the mask 1 is the class
/// looked for (for membranes: membrane) and 0 the rest.
public struct SegmentationSample: Sendable, Equatable {
  public var image: Plane
  public var mask: Plane

  /// Pairs an image with its mask. Stops if their sizes differ.
  public init(image: Plane, mask: Plane) {
    guard image.width == mask.width, image.height == mask.height else {
      fail(
        "SegmentationSample",
        "image is \(image.width) x \(image.height), mask \(mask.width) x \(mask.height)")
    }
    self.image = image
    self.mask = mask
  }
}
