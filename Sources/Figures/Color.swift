import Foundation

/// A colour of 8 bits a channel, in sRGB.
public struct Color: Sendable, Hashable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// The colour written `#rrggbb`: `Color(hex: 0xff8800)`.
  public init(hex: UInt32) {
    self.init(
      UInt8(truncatingIfNeeded: hex >> 16), UInt8(truncatingIfNeeded: hex >> 8),
      UInt8(truncatingIfNeeded: hex))
  }

  public static let black = Color(hex: 0x000000)
  public static let white = Color(hex: 0xffffff)

  /// For outlines of the truth: stands out on every grey, and from ``orange`` for every eye.
  public static let cyan = Color(hex: 0x19c3ff)

  /// For outlines of a prediction.
  public static let orange = Color(hex: 0xff8a1f)

  /// For values that are no numbers.
  public static let magenta = Color(hex: 0xff00ff)

  /// The colour at `share` of the way from this one to another.
  func mixed(with other: Color, _ share: Double) -> Color {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + (Double(b) - Double(a)) * min(max(share, 0), 1)).rounded())
    }
    return Color(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  /// How light it is to the eye, 0 to 1 (relative luminance, WCAG 2).
  var luminance: Double {
    func linear(_ channel: UInt8) -> Double {
      let share = Double(channel) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
}

/// How numbers become colours.
public enum ColorMap: Sendable, CaseIterable {
  /// From black to white.
  case grey

  /// From dark blue through green to light yellow, ever lighter: for quantities and probabilities.
  case sequential

  /// From blue through white to orange: for values on both sides of zero.
  case diverging

  /// The colour at a place from 0 to 1; places outside take the nearest end.
  public func color(at place: Double) -> Color {
    guard !place.isNaN else { return .magenta }
    let stops = stops
    let scaled = min(max(place, 0), 1) * Double(stops.count - 1)
    let lower = min(Int(scaled), stops.count - 2)
    return stops[lower].mixed(with: stops[lower + 1], scaled - Double(lower))
  }

  private var stops: [Color] {
    switch self {
    case .grey: [.black, .white]
    case .sequential:
      [0x11103a, 0x27408f, 0x1c7593, 0x2ea37a, 0x93cb56, 0xf8ee7c].map(Color.init(hex:))
    case .diverging:
      [0x0b3c78, 0x4f94cf, 0xf7f7f7, 0xee9440, 0x8a3300].map(Color.init(hex:))
    }
  }
}
