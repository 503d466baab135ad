import Foundation

/// Numbers as people read them in tables and on axes. The same text in every locale.
public enum NumberFormat {
  /// A number with a fixed number of decimals: `fixed(0.91649, 3)` is `0.916`.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    let text = String(format: "%.*f", decimals, value)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// A number with about `digits` significant digits, without superfluous zeros; powers of ten
  /// where the plain form would be long: `12,500`, `0.0125`, `1.25×10⁻⁵`.
  public static func short(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : fixed(value, 0) }
    let text = String(format: "%.*e", max(digits - 1, 0), value)
    let parts = text.split(separator: "e")
    guard let exponent = Int(parts[1]) else { return text }
    if exponent < -4 || exponent >= 9 {
      let mantissa = withoutTrailingZeros(String(parts[0]))
      if mantissa == "1" || mantissa == "-1" {
        return sign(String(mantissa.dropLast())) + power(exponent)
      }
      return sign(mantissa) + "×" + power(exponent)
    }
    let decimals = max(digits - 1 - exponent, 0)
    return grouped(withoutTrailingZeros(String(format: "%.*f", decimals, value)))
  }

  /// A whole number with its thousands set apart: `11,689,512`.
  public static func count(_ value: Int) -> String { grouped(String(value)) }

  /// A share of one as a percentage: `percent(0.9165)` is `91.65 %`.
  public static func percent(_ share: Double, decimals: Int = 2) -> String {
    fixed(share * 100, decimals) + "\u{a0}%"
  }

  /// A time span: `0.42 s`, `38 s`, `6 min 30 s`, `2 h 05 min`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "unknown" }
    if seconds < 9.995 { return fixed(seconds, 2) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
  }

  /// `10⁻⁵`
  static func power(_ exponent: Int) -> String {
    let raised: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
      "8": "⁸", "9": "⁹",
    ]
    return "10" + String(String(exponent).map { raised[$0]! })
  }

  private static func withoutTrailingZeros(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  private static func sign(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  private static func grouped(_ text: String) -> String {
    let digits = text.prefix { $0 != "." }
    let isNegative = digits.hasPrefix("-")
    let whole = isNegative ? digits.dropFirst() : digits
    var result = ""
    for (place, digit) in whole.enumerated() {
      if place > 0, (whole.count - place) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return (isNegative ? "−" : "") + result + text.dropFirst(digits.count)
  }
}
