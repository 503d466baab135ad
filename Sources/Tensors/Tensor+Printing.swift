extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The elements as nested brackets, columns aligned, long axes shortened to three at each end.
  public var description: String {
    var printer = Printer(tensor: self)
    return printer.text()
  }

  /// The description headed by dtype and shape.
  public var debugDescription: String { "Tensor(\(dtype), \(shape))\n\(description)" }
}

/// Lays out a tensor's elements for a reader.
private struct Printer {
  let tensor: Tensor
  let values: [Double]
  var width = 0
  let style: Style
  static let edge = 3
  static let longest = 1000

  enum Style {
    case integers
    case truth
    case decimals(Int)
    case scientific
  }

  init(tensor: Tensor) {
    self.tensor = tensor
    values = tensor.scalars(of: Double.self)
    style = Printer.style(of: tensor.dtype, values)
  }

  static func style(of dtype: DType, _ values: [Double]) -> Style {
    switch dtype {
    case .bool: return .truth
    case .int32, .int64, .uint8: return .integers
    default: break
    }
    var largest = 0.0
    var smallest = Double.infinity
    var whole = true
    for value in values where value.isFinite && value != 0 {
      largest = max(largest, abs(value))
      smallest = min(smallest, abs(value))
      if value != value.rounded() { whole = false }
    }
    if largest >= 1e6 || (largest > 0 && largest < 1e-3) || smallest < largest * 1e-7 {
      return .scientific
    }
    return .decimals(whole ? 0 : 4)
  }

  func format(_ value: Double) -> String {
    if !value.isFinite { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    switch style {
    case .truth: return value != 0 ? "true" : "false"
    case .integers: return String(Int(value))
    case .decimals(let digits): return value.fixed(digits)
    case .scientific: return value.scientific(4)
    }
  }

  mutating func text() -> String {
    if tensor.rank == 0 { return format(values[0]) }
    if values.isEmpty {
      return String(repeating: "[", count: tensor.rank)
        + String(repeating: "]", count: tensor.rank)
    }
    for position in shownPositions(axis: 0, offset: 0) {
      width = max(width, format(values[position]).count)
    }
    return lines(axis: 0, offset: 0, indent: 0)
  }

  private func shownIndices(_ size: Int) -> [Int?] {
    guard values.count > Printer.longest, size > 2 * Printer.edge else { return Array(0..<size) }
    return Array(0..<Printer.edge) + [nil] + Array((size - Printer.edge)..<size)
  }

  private func stride(_ axis: Int) -> Int {
    tensor.shape.product((axis + 1)..<tensor.rank)
  }

  private func shownPositions(axis: Int, offset: Int) -> [Int] {
    shownIndices(tensor.shape[axis]).compactMap { $0 }.flatMap { index in
      let next = offset + index * stride(axis)
      return axis == tensor.rank - 1 ? [next] : shownPositions(axis: axis + 1, offset: next)
    }
  }

  private func lines(axis: Int, offset: Int, indent: Int) -> String {
    let isLast = axis == tensor.rank - 1
    let parts = shownIndices(tensor.shape[axis]).map { index -> String in
      guard let index else { return "..." }
      let next = offset + index * stride(axis)
      if !isLast { return lines(axis: axis + 1, offset: next, indent: indent + 1) }
      let text = format(values[next])
      return String(repeating: " ", count: max(width - text.count, 0)) + text
    }
    let blank = String(repeating: "\n", count: tensor.rank - 1 - axis)
    let separator = isLast ? ", " : "," + blank + String(repeating: " ", count: indent + 1)
    return "[" + parts.joined(separator: separator) + "]"
  }
}

extension Double {
  /// With a fixed number of decimals, rounded to nearest; without Foundation.
  package func fixed(_ digits: Int) -> String {
    guard isFinite, abs(self) < 1e15 else { return "\(self)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (abs(self) * scale).rounded()
    let whole = (scaled / scale).rounded(.down)
    let rest = Int(scaled - whole * scale)
    let sign = self < 0 && scaled != 0 ? "-" : ""
    guard digits > 0 else { return sign + String(Int(whole)) }
    let tail = String(rest)
    return sign + String(Int(whole)) + "." + String(repeating: "0", count: digits - tail.count)
      + tail
  }

  /// One digit, `digits` decimals and an exponent, as in `1.2500e-03`.
  package func scientific(_ digits: Int) -> String {
    guard isFinite, self != 0 else { return self == 0 ? 0.0.fixed(digits) + "e+00" : "\(self)" }
    var exponent = 0
    var mantissa = abs(self)
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    var text = mantissa.fixed(digits)
    if text.hasPrefix("10") {
      exponent += 1
      text = 1.0.fixed(digits)
    }
    let power = abs(exponent)
    return (self < 0 ? "-" : "") + text + "e" + (exponent < 0 ? "-" : "+") + (power < 10 ? "0" : "")
      + String(power)
  }
}
