import Codecs
import Foundation
import Interchange

/// A raster image of 8-bit RGB pixels.
public struct Picture: Sendable, Equatable {
  public let width: Int
  public let height: Int

  /// Red, green, blue of each pixel, rows from the top.
  public private(set) var pixels: [UInt8]

  /// Stops if a side is not positive or the number of bytes is not `width * height * 3`.
  public init(width: Int, height: Int, rgb pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "Picture: \(width) x \(height) pixels take \(width * height * 3) bytes, given \(pixels.count)"
    )
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one colour.
  public init(width: Int, height: Int, _ color: Color = .white) {
    self.init(
      width: width, height: height,
      rgb: (0..<width * height).flatMap { _ in [color.red, color.green, color.blue] })
  }

  /// A picture of grey pixels, a byte each.
  public init(width: Int, height: Int, grey: [UInt8]) {
    self.init(width: width, height: height, rgb: grey.flatMap { [$0, $0, $0] })
  }

  /// A picture of one number a pixel, `range` spread over the colours of `map`.
  ///
  /// Without a range, it is from the smallest number to the largest. Numbers outside take the
  /// colour of the nearest end; NaN is magenta.
  public init(
    width: Int, height: Int, values: [Float], range: ClosedRange<Float>? = nil,
    map: ColorMap = .grey
  ) {
    let range = range ?? Self.range(of: values)
    let table = (0...255).map { map.color(at: Double($0) / 255) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(values.count * 3)
    for value in values {
      let color = Self.level(value, in: range).map { table[Int($0)] } ?? .magenta
      pixels += [color.red, color.green, color.blue]
    }
    self.init(width: width, height: height, rgb: pixels)
  }

  /// A picture of three numbers a pixel, interleaved, `range` spread over the 256 levels.
  public init(width: Int, height: Int, rgbValues values: [Float], range: ClosedRange<Float>? = nil)
  {
    let range = range ?? Self.range(of: values)
    self.init(
      width: width, height: height, rgb: values.map { Self.level($0, in: range) ?? 255 })
  }

  private static func range(of values: [Float]) -> ClosedRange<Float> {
    var low = Float.infinity
    var high = -Float.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    return low <= high ? low...high : 0...1
  }

  private static func level(_ value: Float, in range: ClosedRange<Float>) -> UInt8? {
    guard !value.isNaN else { return nil }
    let extent = Double(range.upperBound) - Double(range.lowerBound)
    let share = extent > 0 ? (Double(value) - Double(range.lowerBound)) / extent : 0.5
    return UInt8((min(max(share, 0), 1) * 255).rounded())
  }

  public subscript(x: Int, y: Int) -> Color {
    get {
      let place = (y * width + x) * 3
      return Color(pixels[place], pixels[place + 1], pixels[place + 2])
    }
    set {
      let place = (y * width + x) * 3
      pixels[place] = newValue.red
      pixels[place + 1] = newValue.green
      pixels[place + 2] = newValue.blue
    }
  }
}

// MARK: - Making others of it

extension Picture {
  /// Every pixel as a square of `factor` times `factor` pixels.
  public func enlarged(by factor: Int) -> Picture {
    precondition(factor > 0, "Picture.enlarged: the factor is \(factor)")
    guard factor > 1 else { return self }
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count * factor * factor)
    for y in 0..<height {
      var row: [UInt8] = []
      row.reserveCapacity(width * factor * 3)
      for x in 0..<width {
        let place = (y * width + x) * 3
        for _ in 0..<factor { row += pixels[place..<place + 3] }
      }
      for _ in 0..<factor { result += row }
    }
    return Picture(width: width * factor, height: height * factor, rgb: result)
  }

  /// With another picture copied over it, its upper left corner at `x`, `y`; what does not fit is
  /// cut off.
  public mutating func paste(_ other: Picture, x: Int, y: Int) {
    let columns = max(0, x)..<max(0, x, min(width, x + other.width))
    for row in max(0, y)..<max(0, y, min(height, y + other.height)) where !columns.isEmpty {
      let source = ((row - y) * other.width + columns.lowerBound - x) * 3
      let target = (row * width + columns.lowerBound) * 3
      pixels.replaceSubrange(
        target..<target + columns.count * 3,
        with: other.pixels[source..<source + columns.count * 3])
    }
  }
}

// MARK: - PNG

extension Picture {
  /// The picture as a PNG file: grey if every pixel is, RGB otherwise.
  public var png: [UInt8] {
    let starts = stride(from: 0, to: pixels.count, by: 3)
    let isGrey = starts.allSatisfy { start in
      let red = pixels[start]
      return red == pixels[start + 1] && red == pixels[start + 2]
    }
    let bytes = isGrey ? starts.map { pixels[$0] } : pixels
    return PNG.encode(
      Raster(width: width, height: height, channels: isGrey ? 1 : 3, bytes: bytes))
  }

  /// The PNG file in the text of a document.
  var dataURI: String { "data:image/png;base64," + Data(png).base64EncodedString() }

  /// Writes the picture as a PNG file, atomically; throws an `InterchangeError` if it cannot.
  public func write(to path: String) throws { try AtomicFile.write(png, to: path) }

  /// Whether it is so small that its pixels are shown as squares when it is enlarged.
  var isCoarse: Bool { max(width, height) < 160 }
}
