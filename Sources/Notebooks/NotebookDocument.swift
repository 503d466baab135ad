import Figures
import Interchange

/// A script with its results in their places, and the forms in which it is written down.
struct NotebookDocument {
  /// A cell and what it showed.
  struct Entry {
    let cell: Cell
    let outputs: [Output]
  }

  let name: String
  let title: String
  let settings: String
  let entries: [Entry]

  init(name: String, cells: [Cell], outputs: [(line: Int, output: Output)], settings: String) {
    self.name = name
    self.settings = settings
    let heading = cells.first { $0.kind == .markdown }?.text.split(separator: "\n").first
    title = heading.map { String($0.drop { "# ".contains($0) }) } ?? name
    if cells.isEmpty {
      let note = Cell(
        kind: .markdown, title: "", lines: 1...1,
        text: "The source of this notebook was not found: these are its results alone.")
      let all = Cell(kind: .code, title: "", lines: 1...Int.max, text: "")
      entries =
        [Entry(cell: note, outputs: [])] + [Entry(cell: all, outputs: outputs.map(\.output))]
    } else {
      entries = cells.map { cell in
        Entry(
          cell: cell,
          outputs: outputs.filter { cell.lines.contains($0.line) }.map(\.output))
      }
    }
  }

  /// Writes each figure as SVG, pictures as PNG too; the file names, in order of appearance.
  func writeFigures(into folder: String) throws -> [String] {
    var names: [String] = []
    for case .figure(let figure, _) in entries.flatMap(\.outputs) {
      let name = Self.fileName(of: figure, number: names.count + 1)
      try figure.write(to: "\(folder)/figures/\(name).svg")
      if let grid = figure as? ImageGrid {
        try grid.labelled().write(to: "\(folder)/figures/\(name).png")
      }
      names.append("figures/\(name).svg")
    }
    return names
  }

  /// `03-input-truth-prediction`
  private static func fileName(of figure: any Figure, number: Int) -> String {
    let words = figure.title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return ([number < 10 ? "0\(number)" : "\(number)"] + words.prefix(6).map(String.init))
      .joined(separator: "-")
  }
}

// MARK: - Markdown

extension NotebookDocument {
  /// The whole as Markdown, with figures by the names of their files.
  func markdown(figures: [String]) -> String {
    var figures = figures[...]
    var parts: [String] = []
    for entry in entries {
      if entry.cell.kind == .markdown {
        parts.append(entry.cell.text)
        continue
      }
      if !entry.cell.title.isEmpty { parts.append("### \(entry.cell.title)") }
      if !entry.cell.text.isEmpty { parts.append("```swift\n\(entry.cell.text)\n```") }
      for output in Self.joined(entry.outputs) {
        switch output {
        case .text(let text): parts.append("```text\n\(text)\n```")
        case .table(let table): parts.append(table.markdown)
        case .figure(let figure, let caption):
          parts.append("![\(figure.title)](\(figures.popFirst() ?? ""))")
          if !caption.isEmpty { parts.append("*\(caption)*") }
        }
      }
    }
    parts.append("---\n\nMade by `swift run -c release \(name)` (\(settings)).")
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// With texts that follow each other as one.
  static func joined(_ outputs: [Output]) -> [Output] {
    var result: [Output] = []
    for output in outputs {
      if case .text(let next) = output, case .text(let last)? = result.last {
        result[result.count - 1] = .text(last + "\n" + next)
      } else {
        result.append(output)
      }
    }
    return result
  }
}

// MARK: - HTML

extension NotebookDocument {
  /// The whole as one page that stands alone.
  var html: String {
    var report = Report(
      title: title, lead: settings, footer: "Made by swift run -c release \(name)")
    for section in sections {
      report.section(section.heading) { page in
        for item in section.items {
          switch item {
          case .prose(let text): page.markdown(text)
          case .code(let entry): Self.add(entry, to: &page)
          }
        }
      }
    }
    return report.html
  }

  private enum Item {
    case prose(String)
    case code(Entry)
  }

  /// Sections begin at headings of the first two levels; the first heading is the page's title.
  private var sections: [(heading: String, items: [Item])] {
    var sections: [(heading: String, items: [Item])] = [("", [])]
    func add(_ item: Item) { sections[sections.count - 1].items.append(item) }
    for entry in entries {
      guard entry.cell.kind == .markdown else {
        add(.code(entry))
        continue
      }
      var prose: [Substring] = []
      for line in entry.cell.text.split(separator: "\n", omittingEmptySubsequences: false) {
        guard line.hasPrefix("# ") || line.hasPrefix("## ") else {
          prose.append(line)
          continue
        }
        if !prose.isEmpty { add(.prose(prose.joined(separator: "\n"))) }
        prose = []
        let heading = String(line.drop { "# ".contains($0) })
        if heading != title || sections.count > 1 { sections.append((heading, [])) }
      }
      if !prose.isEmpty { add(.prose(prose.joined(separator: "\n"))) }
    }
    return sections.filter { !$0.items.isEmpty || !$0.heading.isEmpty }
  }

  private static func add(_ entry: Entry, to page: inout Report.Section) {
    if !entry.cell.title.isEmpty { page.subheading(entry.cell.title) }
    if !entry.cell.text.isEmpty { page.code(entry.cell.text) }
    // Charts that follow each other stand side by side where there is room.
    var charts: [any Figure] = []
    func place() {
      if charts.count == 1 { page.figure(charts[0]) }
      if charts.count > 1 { page.figures(charts) }
      charts = []
    }
    for output in joined(entry.outputs) {
      if case .figure(let figure, "") = output, !(figure is ImageGrid) {
        charts.append(figure)
        continue
      }
      place()
      switch output {
      case .text(let text): page.output(text)
      case .table(let table): page.table(columns: table.columns, rows: table.rows)
      case .figure(let figure, let caption): page.figure(figure, caption: caption)
      }
    }
    place()
  }
}
