import Figures

/// Something that a notebook showed.
enum Output: Sendable {
  case text(String)
  case table(Table)
  case figure(any Figure, caption: String)

  struct Table: Sendable {
    let columns: [String]
    let rows: [[String]]
  }
}

extension Output.Table {
  private func cell(_ row: [String], _ column: Int) -> String {
    column < row.count ? row[column] : ""
  }

  /// Whether a column holds numbers, and stands at the right.
  private func isNumeric(_ column: Int) -> Bool {
    let cells = rows.map { cell($0, column) }.filter { !$0.isEmpty }
    return !cells.isEmpty
      && cells.allSatisfy { text in
        text.contains(where: \.isNumber)
          && text.allSatisfy("0123456789.,+-−×⁻⁰¹²³⁴⁵⁶⁷⁸⁹ %".contains)
      }
  }

  /// With aligned columns, for a terminal.
  var plain: String {
    let widths = columns.indices.map { column in
      ([columns] + rows).map { cell($0, column).count }.max() ?? 0
    }
    func line(_ row: [String]) -> String {
      var text = columns.indices.map { column in
        let blanks = String(repeating: " ", count: widths[column] - cell(row, column).count)
        return isNumeric(column) ? blanks + cell(row, column) : cell(row, column) + blanks
      }.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * max(0, widths.count - 1))
    return ([line(columns), rule] + rows.map(line)).joined(separator: "\n")
  }

  var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    let rule = columns.indices.map { isNumeric($0) ? "---:" : "---" }
    return
      ([line(columns), line(rule)] + rows.map { row in line(columns.indices.map { cell(row, $0) }) })
      .joined(separator: "\n")
  }
}
