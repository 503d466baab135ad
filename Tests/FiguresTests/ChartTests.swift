import Figures
import Testing

@Suite("Bar charts and confusion matrices")
struct ChartTests {
  @Test func barsAreAsLongAsTheirValues() throws {
    let chart = BarChart(
      "t", axis: "Dice",
      [
        .init("a", 0.8, isHighlighted: true), .init("b", 0.4, spread: 0.1, note: "half"),
        .init("c", -0.2), .init("d", .nan), .init(awkward, 0),
      ])
    let document = try Document(chart.svg)
    let widths = document.all("rect").compactMap { $0.attributes["width"].flatMap(Double.init) }
    #expect(widths.count == 4)
    #expect(abs(widths[1] / widths[0] - 0.5) < 0.001)
    #expect(abs(widths[2] / widths[0] - 0.25) < 0.001)
    #expect(widths[3] == 0)
    #expect(document.classed("fill1").count == 1)
    #expect(document.classed("whisker").count == 1)
    #expect(document.texts().filter { ["0.8", "half", "−0.2", "NaN"].contains($0) }.count >= 4)
  }

  @Test func anEmptyBarChartIsADocument() throws {
    #expect(try Document(BarChart("t", axis: "", []).svg).texts().first == "t")
  }

  @Test func aMatrixShowsCountsSharesAndRecall() throws {
    let matrix = ConfusionMatrix(classes: ["cat", awkward], counts: [[8, 2], [0, 0]])
    let document = try Document(matrix.svg)
    #expect(document.texts().contains("8") && document.texts().contains("2"))
    #expect(document.texts().contains("80.0 %") && document.texts().contains("– %") == false)
    #expect(!document.texts().contains("0"))
    let opacities = document.classed("heat").compactMap { $0.attributes["fill-opacity"] }
    // Square roots of 0.8 and 0.2.
    #expect(opacities == ["0.89", "0.45"])
    #expect(
      document.texts("title")
        == [
          "cat taken for cat: 8 (80.0\u{a0}%)", "cat taken for \(awkwardReadBack): 2 (20.0\u{a0}%)",
        ]
    )
  }

  @Test func manyClassesHaveNoNumbers() throws {
    let counts = (0..<120).map { row in (0..<120).map { $0 == row ? 5 : 0 } }
    let matrix = ConfusionMatrix(classes: (0..<120).map(String.init), counts: counts)
    let document = try Document(matrix.svg)
    #expect(document.classed("heat").count == 120)
    #expect(document.texts() == ["Confusion matrix", "predicted", "true"])
    #expect(matrix.svg.utf8.count < 60_000)
  }

  @Test func aMatrixThatIsNotSquareStops() async {
    await #expect(processExitsWith: .failure) {
      _ = ConfusionMatrix(classes: ["a", "b"], counts: [[1, 2]])
    }
  }
}
