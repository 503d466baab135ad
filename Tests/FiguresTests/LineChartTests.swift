import Figures
import Foundation
import Testing

@Suite("Line charts")
struct LineChartTests {
  private func chart(_ values: [Double], y: Axis = "y", x: Axis = "x") throws -> Document {
    try Document(LineChart("t", x: x, y: y, [.init("a", values)]).svg)
  }

  /// The vertices of the curves, run by run.
  private func curves(_ document: Document) throws -> [[(x: Double, y: Double)]] {
    try document.all("path").map { path in
      try #require(path.attributes["d"]).split(whereSeparator: { "ML".contains($0) }).map { pair in
        let numbers = pair.split(separator: " ").compactMap { Double($0) }
        return (numbers[0], numbers[1])
      }
    }
  }

  @Test func labelsAreRoundNumbers() throws {
    let document = try chart([0.13, 0.61, 0.42])
    #expect(
      document.texts()
        == ["t", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "1", "2", "3", "x", "y"])
  }

  @Test(
    arguments: [
      ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      ([-3, 4], ["−4", "−2", "0", "2", "4"]),
      ([0, 40_000.0], ["0", "10,000", "20,000", "30,000", "40,000"]),
      ([1e-6, 3e-6], ["10⁻⁶", "1.5×10⁻⁶", "2×10⁻⁶", "2.5×10⁻⁶", "3×10⁻⁶"]),
      ([5.5, 5.5], ["4.5", "5.0", "5.5", "6.0", "6.5"]),
      ([7, 7], ["6.0", "6.5", "7.0", "7.5", "8.0"]),
      ([0, 0], ["−1.0", "−0.5", "0", "0.5", "1.0"]),
      ([-1e308, 1e308], nil),
      ([1, 1 + 1e-15], nil),
      ([.leastNonzeroMagnitude, 3 * .leastNonzeroMagnitude], nil),
    ] as [([Double], [String]?)])
  func labelsFitTheirValues(values: [Double], labels: [String]?) throws {
    let texts = try chart(values, y: "").texts().filter { !["t", "x"].contains($0) }
    if let labels {
      // Behind the labels of the vertical axis come the places 1 and 2 of the two values.
      #expect(texts == labels + ["1", "2"])
    } else {
      #expect(!texts.contains { $0.contains("nan") || $0.contains("inf") || $0.count > 14 })
    }
  }

  @Test func decadesOnALogarithmicAxis() throws {
    let document = try chart([1e-6, 1e-2], y: Axis("", .logarithmic))
    #expect(document.texts().starts(with: ["t", "10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01"]))
    let narrow = try chart([0.3, 4], y: Axis("", .logarithmic))
    #expect(narrow.texts().starts(with: ["t", "0.3", "0.5", "0.7", "1", "2", "3", "5"]))
    // Equal ratios are equal distances.
    let curve = try curves(try chart([0.001, 0.01, 0.1, 1], y: Axis("", .logarithmic)))[0]
    let steps = zip(curve, curve.dropFirst()).map { $1.y - $0.y }
    #expect(steps.allSatisfy { abs($0 - steps[0]) < 0.02 })
  }

  @Test func valuesWithoutAPlaceInterruptTheCurve() throws {
    let document = try chart([1, 2, .nan, 4, 5, .infinity, 7])
    #expect(try curves(document).map(\.count) == [2, 2])
    #expect(document.all("circle").count == 1)
    let log = try chart([1, 2, 0, -4, 5, 6], y: Axis("y", .logarithmic))
    #expect(try curves(log).map(\.count) == [2, 2])
  }

  @Test func anAxisRangeIsKeptExactly() throws {
    let document = try chart([0, 5, 10], y: Axis("", range: 2...4))
    let labels = document.texts()
    #expect(labels.contains("2.0") && labels.contains("4.0") && !labels.contains("10"))
  }

  @Test func thinningKeepsEveryPeak() throws {
    var values = [Double](repeating: 0, count: 100_000)
    for place in stride(from: 500, to: values.count, by: 10_000) { values[place] = 1 }
    let curve = try curves(try chart(values))[0]
    #expect(curve.count < 4_000)
    let top = try #require(curve.map(\.y).min())
    #expect(curve.filter { $0.y == top }.count == 10)
    #expect(curve.first!.x == curve.map(\.x).min() && curve.last!.x == curve.map(\.x).max())
  }

  @Test func theLegendNamesTheCurvesThatAreNotFaint() throws {
    let document = try Document(
      LineChart(
        "t", x: "x", y: "y",
        [
          .init("raw", [1, 2], isFaint: true), .init("training", [1, 2]),
          .init("validation", [2, 1]),
        ], marks: [.init("best", at: 2), .init("outside", at: 99)]
      ).svg)
    let texts = document.texts()
    #expect(texts.contains("training") && texts.contains("validation") && texts.contains("best"))
    #expect(!texts.contains("raw") && !texts.contains("outside"))
    #expect(document.classed("pale0").count == 1)
    #expect(document.classed("mark").count == 1)
    #expect(document.all("path").map { $0.attributes["class"]!.contains("pale") }.first == true)
  }

  @Test func nothingToDrawIsSaid() throws {
    for series in [[], [LineChart.Series("a", [])], [.init("a", [.nan])]] {
      let document = try Document(LineChart("t", x: "x", y: "y", series).svg)
      #expect(document.texts().contains("no data"))
    }
  }

  @Test func everyTextIsEscaped() throws {
    let chart = LineChart(
      awkward, x: Axis(awkward), y: Axis(awkward), [.init(awkward, [1, 2]), .init("b", [2, 1])])
    let document = try Document(chart.svg)
    #expect(document.elements[0].attributes["aria-label"] == awkwardReadBack)
    #expect(document.texts().contains(awkwardReadBack))
    #expect(chart.svg == chart.svg)
    #expect(document.all("b").isEmpty)
  }

  @Test func aFileIsWritten() throws {
    let path = NSTemporaryDirectory() + "tapegrad-" + UUID().uuidString + ".svg"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let chart = LineChart("t", x: "x", y: "y", [.init("a", [1, 2])])
    try chart.write(to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == chart.svg)
  }
}
