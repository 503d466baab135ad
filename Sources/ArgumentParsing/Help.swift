/// Lays out the help of a command of a program.
package enum Help {
  package static let width = 96

  /// The help; `exitCodes` is what the program says about those.
  package static func text(of syntax: Syntax, program: String, exitCodes: String) -> String {
    var usage = "Usage: \(program) \(syntax.command)"
    if let operand = syntax.operand {
      usage += operand.isRequired ? " \(operand.name)" : " [\(operand.name)]"
    }
    var lines = [usage + " [options]", ""] + wrapped(syntax.summary) + [""]
    if let operand = syntax.operand {
      lines += wrapped("\(operand.name): \(operand.help)") + [""]
    }
    for group in syntax.groups + [.init(title: "Help", options: [Syntax.help])] {
      lines.append("\(group.title):")
      lines += table(group.options.map { (written($0), $0.help) })
      lines.append("")
    }
    for list in syntax.lists { lines += ["\(list.title):"] + table(list.rows) + [""] }
    for note in syntax.notes { lines += wrapped(note) + [""] }
    lines.append("Examples:")
    for example in syntax.examples {
      lines += ["  \(example.command)", "      \(example.meaning)"]
    }
    return (lines + ["", exitCodes]).joined(separator: "\n")
  }

  private static func written(_ option: Option) -> String {
    switch option.kind {
    case .flag: "--\(option.name)"
    case .value(let valueName): "--\(option.name) \(valueName)"
    case .optionalValue(let valueName): "--\(option.name) [\(valueName)]"
    }
  }

  /// Two columns, the second wrapped.
  package static func table(_ rows: [(String, String)]) -> [String] {
    let column = min(26, (rows.map(\.0.count).max() ?? 0) + 4)
    return rows.flatMap { left, right -> [String] in
      let paragraphs = wrapped(right, to: width - column)
      let indent = String(repeating: " ", count: column)
      var lines = paragraphs.map { indent + $0 }
      if left.count + 3 <= column {
        lines[0] = "  " + left + String(lines[0].dropFirst(left.count + 2))
      } else {
        lines.insert("  " + left, at: 0)
      }
      return lines
    }
  }

  /// Text broken into lines between words.
  package static func wrapped(_ text: String, to width: Int = width) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [line]
  }
}
