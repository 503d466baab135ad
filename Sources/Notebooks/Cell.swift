/// A piece of a script in the percent format: prose, or code with what it printed.
///
///     // %% [markdown]
///     // # Title
///     // Prose.
///
///     // %% A title for the code
///     print("code")
package struct Cell: Equatable {
  package enum Kind { case markdown, code }

  package let kind: Kind
  /// What stands after the marker of a code cell; empty for none.
  package let title: String
  /// The lines of the script that it takes, counted from 1, its marker included.
  package var lines: ClosedRange<Int>
  /// Prose without its comment signs, or code; no blank lines at either end.
  package var text: String

  /// The cells of a script, in order; cells without content are left out.
  ///
  /// Code before the first marker is a cell too. A line of code ends a cell of prose.
  package static func parse(_ source: String) -> [Cell] {
    var cells: [Cell] = []
    var kind = Kind.code
    var title = ""
    var first = 1
    var text: [Substring] = []

    func close(before line: Int) {
      while text.first.map(isBlank) ?? false { text.removeFirst() }
      while text.last.map(isBlank) ?? false { text.removeLast() }
      if !text.isEmpty {
        cells.append(
          Cell(
            kind: kind, title: title, lines: first...max(first, line - 1),
            text: text.joined(separator: "\n")))
      }
      text = []
      first = line
    }

    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    for (place, line) in lines.enumerated() {
      if line.hasPrefix("// %%") {
        close(before: place + 1)
        let label = trimmed(line.dropFirst(5))
        kind = label.hasPrefix("[markdown]") ? .markdown : .code
        title = String(kind == .code ? label : trimmed(label.dropFirst(10)))
      } else if kind == .code {
        text.append(line)
      } else if line.hasPrefix("//") {
        let prose = line.dropFirst(2)
        text.append(prose.hasPrefix(" ") ? prose.dropFirst() : prose)
      } else if isBlank(line) {
        text.append("")
      } else {
        close(before: place + 1)
        kind = .code
        title = ""
        text.append(line)
      }
    }
    close(before: lines.count + 1)
    return cells
  }
}

private func isBlank(_ line: Substring) -> Bool { line.allSatisfy(\.isWhitespace) }

private func trimmed(_ text: Substring) -> Substring {
  var text = text.drop(while: \.isWhitespace)
  while text.last?.isWhitespace ?? false { text.removeLast() }
  return text
}
