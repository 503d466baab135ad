/// An element of an SVG or HTML document.
///
/// Documents are written so that they are well-formed XML and valid HTML at once: everything from
/// outside is escaped here, and nowhere else.
public struct Markup: Sendable {
  enum Child: Sendable {
    case element(Markup)
    case text(String)
  }

  let name: String
  private(set) var attributes: [(name: String, value: String)] = []
  private(set) var children: [Child] = []

  init(
    _ name: String, _ attributes: KeyValuePairs<String, Attribute> = [:], text: String? = nil,
    _ children: [Markup] = []
  ) {
    self.name = name
    for (name, value) in attributes { self.attributes.append((name, value.text)) }
    if let text { self.children.append(.text(text)) }
    self.children += children.map { .element($0) }
  }

  mutating func set(_ name: String, _ value: Attribute) {
    if let place = attributes.firstIndex(where: { $0.name == name }) {
      attributes[place].value = value.text
    } else {
      attributes.append((name, value.text))
    }
  }

  mutating func append(_ child: Markup) { children.append(.element(child)) }
  mutating func append(_ more: [Markup]) { children += more.map { .element($0) } }
  mutating func append(text: String) { children.append(.text(text)) }

  /// A value of an attribute: text, or a coordinate rounded to hundredths.
  struct Attribute: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation
  {
    let text: String
    init(_ text: String) { self.text = text }
    init(_ number: Double) { text = coordinate(number) }
    init(_ number: Int) { text = String(number) }
    init(stringLiteral value: String) { text = value }
    init(integerLiteral value: Int) { text = String(value) }
    init(floatLiteral value: Double) { text = coordinate(value) }
  }
}

// MARK: - Writing

extension Markup {
  /// The document text of this element and everything in it.
  var text: String {
    var output = ""
    write(to: &output)
    return output
  }

  /// Elements that HTML forbids to close, or that never have contents.
  private static let leaves: Set<String> = [
    "br", "circle", "col", "hr", "image", "img", "line", "meta", "path", "rect",
  ]

  /// Elements inside which a line break would show, or whose text is not escaped in HTML.
  private static let blocks: Set<String> = [
    "article", "body", "div", "dl", "figure", "footer", "g", "head", "header", "html", "main",
    "section", "svg", "table", "tbody", "thead", "tr",
  ]

  private func write(to output: inout String) {
    output += "<\(name)"
    for (name, value) in attributes {
      output += " \(name)=\""
      Self.escape(value, inAttribute: true, to: &output)
      output += "\""
    }
    if children.isEmpty, Self.leaves.contains(name) {
      output += "/>"
      return
    }
    output += ">"
    let breaks = Self.blocks.contains(name)
    for child in children {
      switch child {
      case .element(let element):
        if breaks { output += "\n" }
        element.write(to: &output)
      case .text(let text): Self.escape(text, inAttribute: false, to: &output)
      }
    }
    if breaks, case .element? = children.last { output += "\n" }
    output += "</\(name)>"
  }

  /// Writes text so that it is read back as itself. Characters that XML 1.0 does not allow even
  /// escaped (most control characters) become U+FFFD.
  static func escape(_ text: String, inAttribute: Bool, to output: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"" where inAttribute: output += "&quot;"
      case "\n" where inAttribute: output += "&#10;"
      case "\t" where inAttribute: output += "&#9;"
      case "\r": output += "&#13;"
      case "\n", "\t": output.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}":
        output += "\u{fffd}"
      default: output.unicodeScalars.append(scalar)
      }
    }
  }
}

/// A coordinate with at most two decimals, the same text on every machine.
func coordinate(_ value: Double) -> String {
  guard value.isFinite, abs(value) < 1e9 else { return "0" }
  let hundredths = Int((value * 100).rounded())
  let whole = abs(hundredths) / 100
  let rest = abs(hundredths) % 100
  var text = hundredths < 0 ? "-\(whole)" : "\(whole)"
  if rest > 0 {
    text += rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)"
  }
  return text
}
