import Interchange

/// A page that explains a run: one HTML file that holds everything it shows.
///
///     var report = Report(title: "U-Net on membranes", lead: "40 epochs, seed 1")
///     report.section("Results") { section in
///       section.highlights([("Dice", "0.912"), ("IoU", "0.838")])
///       section.figure(LineChart("Loss", x: "epoch", y: "Dice loss", [...]))
///     }
///     try report.write(to: "runs/unet/report.html")
///
/// The page needs no network and no scripts, follows the reader's choice of light or dark, can be
/// read on a telephone and printed. The same calls make the same bytes.
public struct Report: Sendable {
  public var title: String

  /// A sentence under the title; empty for none.
  public var lead: String

  /// The last line of the page; empty for none.
  public var footer: String

  private(set) var sections: [Section] = []

  public init(title: String, lead: String = "", footer: String = "") {
    self.title = title
    self.lead = lead
    self.footer = footer
  }

  /// Adds a section, whose contents `build` appends in the order in which they are read.
  ///
  /// With an empty heading the contents follow what stands before without one.
  public mutating func section(
    _ heading: String, _ build: (inout Section) throws -> Void
  ) rethrows {
    var section = Section(heading: heading)
    try build(&section)
    sections.append(section)
  }

  /// Writes the page, atomically; throws an `InterchangeError` if it cannot.
  public func write(to path: String) throws { try AtomicFile.write(html, to: path) }
}

extension Report {
  /// Part of a page under one heading.
  public struct Section: Sendable {
    let heading: String
    private(set) var content: [Markup] = []

    init(heading: String) { self.heading = heading }

    mutating func append(_ more: [Markup]) { content += more }

    /// Appends a paragraph.
    public mutating func text(_ text: String) { content.append(Markup("p", text: text)) }

    /// Appends a smaller heading.
    public mutating func subheading(_ text: String) { content.append(Markup("h3", text: text)) }

    /// Appends a remark set apart from the text.
    public mutating func note(_ text: String) {
      content.append(Markup("p", ["class": "note"], text: text))
    }

    /// Appends a remark that the reader must not miss.
    public mutating func warning(_ text: String) {
      content.append(Markup("p", ["class": "note warning"], text: text))
    }

    /// Appends text as it stands, in type of fixed width: a command, a summary of a model.
    public mutating func code(_ text: String) {
      content.append(Markup("pre", text: text.hasPrefix("\n") ? "\n" + text : text))
    }

    /// Appends the few numbers that matter most, large.
    public mutating func highlights(_ values: [(name: String, value: String)]) {
      content.append(
        Markup(
          "dl", ["class": "highlights"],
          values.map { name, value in
            Markup("div", [:], [Markup("dt", text: name), Markup("dd", text: value)])
          }))
    }

    /// Appends names and their values: a configuration.
    public mutating func values(_ values: [(name: String, value: String)]) {
      content.append(
        Markup(
          "dl", ["class": "values"],
          values.flatMap { [Markup("dt", text: $0.name), Markup("dd", text: $0.value)] }))
    }

    /// Appends a table; columns of numbers are aligned at the right.
    public mutating func table(columns: [String], rows: [[String]], caption: String = "") {
      let isNumeric = columns.indices.map { column in
        let cells = rows.compactMap { column < $0.count ? $0[column] : nil }
        return cells.contains { !$0.isEmpty } && cells.allSatisfy(Self.isNumber)
      }
      func cell(_ name: String, _ column: Int, _ text: String) -> Markup {
        var cell = Markup(name, text: text)
        if column < isNumeric.count, isNumeric[column] { cell.set("class", "number") }
        return cell
      }
      var table = Markup("table")
      if !caption.isEmpty { table.append(Markup("caption", text: caption)) }
      let heads = columns.enumerated().map { column, text in
        var head = cell("th", column, text)
        head.set("scope", "col")
        return head
      }
      table.append(Markup("thead", [:], [Markup("tr", [:], heads)]))
      table.append(
        Markup(
          "tbody", [:],
          rows.map { row in
            Markup("tr", [:], row.enumerated().map { cell("td", $0, $1) })
          }))
      content.append(Markup("div", ["class": "wide"], [table]))
    }

    /// Appends a drawing.
    public mutating func figure(_ figure: some Figure, caption: String = "") {
      content.append(Self.framed(figure, caption: caption))
    }

    /// Appends drawings side by side where the page is wide enough, else one under the other.
    public mutating func figures(_ figures: [any Figure]) {
      content.append(
        Markup("div", ["class": "row"], figures.map { Self.framed($0, caption: "") }))
    }

    /// Appends pictures in rows and columns, with text that stays legible on a small screen.
    public mutating func images(_ grid: ImageGrid, caption: String = "") {
      content.append(Self.framed(grid, caption: caption))
    }

    private static func framed(_ figure: any Figure, caption: String) -> Markup {
      if let grid = figure as? ImageGrid { return framed(grid, caption: caption) }
      var frame = Markup(
        "figure", ["class": "chart"], [figure.drawing.inline(title: figure.title)])
      if !caption.isEmpty { frame.append(Markup("figcaption", text: caption)) }
      return frame
    }

    /// Text that is a number, perhaps with a sign, a unit of percent, or a power of ten.
    private static func isNumber(_ text: String) -> Bool {
      if ["", "–", "NaN", "∞", "−∞"].contains(text) { return true }
      let allowed = Set("0123456789.,+-−×⁻⁰¹²³⁴⁵⁶⁷⁸⁹±% \u{a0}eE")
      return text.contains(where: \.isNumber) && text.allSatisfy(allowed.contains)
    }
  }
}
