import Figures
import Foundation
import Interchange
import Testing

@Suite("Reports")
struct ReportTests {
  private func report(_ text: String) -> Report {
    var report = Report(title: text, lead: text, footer: text)
    report.section(text) { section in
      section.text(text)
      section.subheading(text)
      section.note(text)
      section.warning(text)
      section.code("\n" + text)
      section.highlights([(text, text)])
      section.values([(text, text), ("b", "2")])
      section.table(
        columns: [text, "n"], rows: [[text, "1.5"], ["x", "−2 %"], ["short"]], caption: text)
      section.figure(LineChart(text, x: "x", y: "y", [.init(text, [1, 2])]), caption: text)
      section.figures([
        BarChart(text, axis: "a", [.init(text, 1)]),
        ConfusionMatrix(text, classes: [text], counts: [[1]]),
      ])
      section.images(
        ImageGrid(text, headings: [text], rows: [[.init(Picture(width: 2, height: 2), text)]]),
        caption: text)
    }
    return report
  }

  @Test func everyTextIsEscapedAndReadBack() throws {
    let document = try Document(report(awkward).html)
    for name in ["title", "h1", "h2", "p", "dt", "dd", "caption", "figcaption", "footer"] {
      #expect(document.texts(name).contains(awkwardReadBack), "\(name)")
    }
    // HTML ignores a line break right after <pre>, so there is one more than was given.
    #expect(document.texts("pre") == ["\n\n" + awkwardReadBack])
    #expect(document.all("b").isEmpty)
    #expect(
      document.all("img").first?.attributes["alt"] == "\(awkwardReadBack), \(awkwardReadBack)")
  }

  @Test func nothingIsLoadedFromElsewhere() throws {
    let html = report("plain").html
    let document = try Document(html)
    for element in document.elements {
      for (name, value) in element.attributes where ["src", "href", "action"].contains(name) {
        #expect(value.hasPrefix("data:"))
      }
    }
    #expect(document.all("script").isEmpty)
    #expect(!html.contains("url(") && !html.contains("@import"))
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html "))
    #expect(html.contains("width=device-width"))
    #expect(html.contains("prefers-color-scheme: dark") && html.contains("@media print"))
  }

  @Test func theSameCallsMakeTheSameBytes() { #expect(report("a").html == report("a").html) }

  @Test func columnsOfNumbersAreAlignedAtTheRight() throws {
    var report = Report(title: "t")
    report.section("s") { section in
      section.table(
        columns: ["name", "count", "share", "mixed"],
        rows: [["a", "11,689,512", "91.8 %", "1"], ["b", "–", "1.2×10⁻⁵", "none"]])
    }
    let document = try Document(report.html)
    #expect(document.all("th").map { $0.attributes["class"] } == [nil, "number", "number", nil])
    #expect(document.all("th").allSatisfy { $0.attributes["scope"] == "col" })
  }

  @Test func elementsWithoutContentsAreClosedAsHTMLWants() throws {
    var report = Report(title: "t")
    report.section("") { section in
      section.text("")
      section.table(columns: ["a", "b"], rows: [["", ""]])
    }
    let html = report.html
    #expect(html.contains("<p></p>") && html.contains("<td></td>"))
    #expect(html.contains("<meta charset=\"utf-8\"/>"))
  }

  @Test func aPageThatCannotBeWrittenIsReported() {
    let error = #expect(throws: InterchangeError.self) {
      try report("a").write(to: "/nonexistent-folder/report.html")
    }
    #expect(error?.kind == .unwritable)
  }
}
