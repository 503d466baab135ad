extension JSON: CustomStringConvertible {
  /// The value on one line, without spaces: one line of a `.jsonl` file.
  public var description: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// The value over several lines, two spaces a level, ending in a newline: a file for people.
  ///
  /// An array of plain values (a shape, a list of numbers) stays on one line.
  public var pretty: String {
    var text = ""
    write(to: &text, indent: 0)
    text += "\n"
    return text
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value):
      if value.isNaN {
        text += "\"NaN\""
      } else if value.isInfinite {
        text += value < 0 ? "\"-Infinity\"" : "\"Infinity\""
      } else {
        // The shortest digits that read back as the same number.
        text += value.description
      }
    case .string(let value): Self.quote(value, to: &text)
    case .array(let values):
      let inner = values.allSatisfy(\.isPlain) ? nil : indent
      let comma = indent != nil && inner == nil ? ", " : ","
      Self.writeItems(values.count, "[", "]", comma, to: &text, indent: inner) {
        item, text, deeper in
        values[item].write(to: &text, indent: deeper)
      }
    case .object(let object):
      Self.writeItems(object.count, "{", "}", ",", to: &text, indent: indent) {
        item, text, deeper in
        Self.quote(object.keys[item], to: &text)
        text += deeper == nil ? ":" : ": "
        object.values[item].write(to: &text, indent: deeper)
      }
    }
  }

  private static func writeItems(
    _ count: Int, _ opening: String, _ closing: String, _ comma: String, to text: inout String,
    indent: Int?, _ write: (Int, inout String, Int?) -> Void
  ) {
    text += opening
    let deeper = indent.map { $0 + 1 }
    for item in 0..<count {
      if item > 0 { text += comma }
      if let deeper { text += "\n" + String(repeating: "  ", count: deeper) }
      write(item, &text, deeper)
    }
    if let indent, count > 0 { text += "\n" + String(repeating: "  ", count: indent) }
    text += closing
  }

  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{c}": text += "\\f"
      case "\u{0}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
