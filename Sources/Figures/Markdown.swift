/// The part of Markdown that prose in notebooks uses, as elements of a page.
///
/// Blocks: headings, paragraphs, lists of one level, tables, code between fences or indented by four
/// spaces. In a line: `code`, **strong**, *emphasis* and [links](url). Everything else is text.
struct Markdown {
  private(set) var blocks: [Markup] = []
  private var lines: ArraySlice<Substring>

  init(_ source: String) {
    lines = source.split(separator: "\n", omittingEmptySubsequences: false)[...]
    while let line = lines.first {
      if Self.isBlank(line) {
        lines.removeFirst()
      } else if let block = fence() ?? heading() ?? indentedCode() ?? table() ?? list() {
        blocks.append(block)
      } else {
        blocks.append(paragraph())
      }
    }
  }

  private static func isBlank(_ line: Substring) -> Bool { line.allSatisfy { $0 == " " } }

  // MARK: - Blocks

  private mutating func fence() -> Markup? {
    guard lines.first!.hasPrefix("```") else { return nil }
    lines.removeFirst()
    var code: [Substring] = []
    while let line = lines.popFirst(), !line.hasPrefix("```") { code.append(line) }
    return Markup("pre", text: code.joined(separator: "\n"))
  }

  private mutating func heading() -> Markup? {
    guard let (level, text) = Self.heading(lines.first!) else { return nil }
    lines.removeFirst()
    return Markup("h\(min(max(level, 2), 4))", [:], Self.inline(text))
  }

  private static func heading(_ line: Substring) -> (level: Int, text: Substring)? {
    let level = line.prefix { $0 == "#" }.count
    guard (1...6).contains(level), line.dropFirst(level).hasPrefix(" ") else { return nil }
    return (level, line.dropFirst(level + 1))
  }

  private mutating func indentedCode() -> Markup? {
    guard lines.first!.hasPrefix("    ") else { return nil }
    var code: [Substring] = []
    while let line = lines.first, line.hasPrefix("    ") || Self.isBlank(line) {
      code.append(line.dropFirst(4))
      lines.removeFirst()
    }
    while code.last?.isEmpty ?? false { code.removeLast() }
    return Markup("pre", text: code.joined(separator: "\n"))
  }

  private mutating func table() -> Markup? {
    guard lines.count > 1, lines.first!.hasPrefix("|"),
      let rule = lines.dropFirst().first, rule.hasPrefix("|"), rule.contains("-"),
      rule.allSatisfy("|-: ".contains)
    else { return nil }
    let heads = Self.cells(lines.removeFirst())
    let alignments = Self.cells(lines.removeFirst()).map { $0.hasSuffix(":") }
    func row(_ cells: [Substring], _ name: String) -> Markup {
      Markup(
        "tr", [:],
        cells.enumerated().map { column, text in
          var cell = Markup(name, [:], Self.inline(text))
          if column < alignments.count, alignments[column] { cell.set("class", "number") }
          return cell
        })
    }
    var body: [Markup] = []
    while let line = lines.first, line.hasPrefix("|") {
      body.append(row(Self.cells(line), "td"))
      lines.removeFirst()
    }
    let table = Markup(
      "table", [:],
      [Markup("thead", [:], [row(heads, "th")]), Markup("tbody", [:], body)])
    return Markup("div", ["class": "wide"], [table])
  }

  private static func cells(_ line: Substring) -> [Substring] {
    var parts = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
    if parts.last.map(isBlank) ?? false { parts.removeLast() }
    return parts.map { $0.trimmingSpaces }
  }

  private mutating func list() -> Markup? {
    guard let first = Self.item(lines.first!) else { return nil }
    var items: [Markup] = []
    while let line = lines.first, let item = Self.item(line), item.isOrdered == first.isOrdered {
      lines.removeFirst()
      var text = String(item.text)
      while let next = lines.first, !Self.isBlank(next), next.hasPrefix(" "),
        Self.item(next) == nil
      {
        text += " " + next.trimmingSpaces
        lines.removeFirst()
      }
      items.append(Markup("li", [:], Self.inline(text[...])))
    }
    return Markup(first.isOrdered ? "ol" : "ul", [:], items)
  }

  private static func item(_ line: Substring) -> (isOrdered: Bool, text: Substring)? {
    if line.hasPrefix("- ") || line.hasPrefix("* ") { return (false, line.dropFirst(2)) }
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    guard !digits.isEmpty, digits.count < 4, line.dropFirst(digits.count).hasPrefix(". ") else {
      return nil
    }
    return (true, line.dropFirst(digits.count + 2))
  }

  private mutating func paragraph() -> Markup {
    var text = String(lines.removeFirst().trimmingSpaces)
    while let line = lines.first, !Self.isBlank(line), !line.hasPrefix("```"),
      Self.heading(line) == nil, Self.item(line) == nil, !line.hasPrefix("|")
    {
      text += " " + line.trimmingSpaces
      lines.removeFirst()
    }
    return Markup("p", [:], Self.inline(text[...]))
  }

  // MARK: - In a line

  private static func inline(_ text: Substring) -> [Markup.Child] {
    var children: [Markup.Child] = []
    var plain = ""
    func flush() {
      if !plain.isEmpty { children.append(.text(plain)) }
      plain = ""
    }
    var rest = text
    while let character = rest.first {
      if let (element, length) = span(rest) {
        flush()
        children.append(.element(element))
        rest = rest.dropFirst(length)
      } else {
        plain.append(character)
        rest.removeFirst()
      }
    }
    flush()
    return children
  }

  /// The element that begins here, and how many characters it takes.
  private static func span(_ text: Substring) -> (Markup, Int)? {
    if let code = enclosed(text, in: "`") {
      return (Markup("code", text: String(code)), code.count + 2)
    }
    if let strong = enclosed(text, in: "**") {
      return (Markup("strong", [:], inline(strong)), strong.count + 4)
    }
    if let emphasis = enclosed(text, in: "*"), emphasis.first != " ", emphasis.last != " " {
      return (Markup("em", [:], inline(emphasis)), emphasis.count + 2)
    }
    if text.first == "[", let close = text.firstIndex(of: "]") {
      let label = text[text.index(after: text.startIndex)..<close]
      let target = text[text.index(after: close)...]
      if target.first == "(", let end = target.firstIndex(of: ")") {
        let url = target[target.index(after: target.startIndex)..<end]
        let link = Markup("a", ["href": .init(String(url))], inline(label))
        return (link, label.count + url.count + 4)
      }
    }
    return nil
  }

  private static func enclosed(_ text: Substring, in mark: String) -> Substring? {
    guard text.hasPrefix(mark) else { return nil }
    let inner = text.dropFirst(mark.count)
    var end = inner.startIndex
    while end < inner.endIndex, !inner[end...].hasPrefix(mark) { end = inner.index(after: end) }
    return end > inner.startIndex && end < inner.endIndex ? inner[..<end] : nil
  }
}

extension Markup {
  fileprivate init(
    _ name: String, _ attributes: KeyValuePairs<String, Attribute>, _ children: [Child]
  ) {
    self.init(name, attributes)
    for child in children {
      switch child {
      case .element(let element): append(element)
      case .text(let text): append(text: text)
      }
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension Report.Section {
  /// Appends prose in Markdown: headings, paragraphs, lists, tables, code; `code`, **strong**,
  /// *emphasis* and links in a line.
  public mutating func markdown(_ source: String) { append(Markdown(source).blocks) }

  /// Appends what a program printed, told apart from its code.
  public mutating func output(_ text: String) {
    append([Markup("pre", ["class": "output"], text: text.hasPrefix("\n") ? "\n" + text : text)])
  }
}
