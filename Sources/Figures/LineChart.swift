/// Curves over a common axis: losses, accuracies, learning rates.
///
///     LineChart("Loss", x: "epoch", y: Axis("cross entropy", .logarithmic), [
///       .init("training", trainingLosses), .init("validation", validationLosses),
///     ])
///
/// A value that has no place on the axis (NaN, infinite, not positive on a logarithmic scale)
/// interrupts its curve. Curves of many thousand points are thinned so that every peak stays.
public struct LineChart: Figure {
  /// One curve.
  public struct Series: Sendable {
    public var name: String
    public var points: [(x: Double, y: Double)]

    /// Whether it is drawn thin and pale, behind the others and without a name in the legend: the
    /// raw values behind a smoothed curve. It takes the colour of the next series that is not.
    public var isFaint: Bool

    public init(_ name: String, points: [(x: Double, y: Double)], isFaint: Bool = false) {
      self.name = name
      self.points = points
      self.isFaint = isFaint
    }

    /// Values at `first`, `first + 1`, ...
    public init(_ name: String, _ values: [Double], from first: Int = 1, isFaint: Bool = false) {
      self.init(
        name, points: values.enumerated().map { (Double(first + $0), $1) }, isFaint: isFaint)
    }
  }

  /// A vertical line at one place, with a word beside it: the best epoch.
  public struct Mark: Sendable {
    public var x: Double
    public var label: String

    public init(_ label: String, at x: Double) {
      self.x = x
      self.label = label
    }
  }

  public var title: String
  public var xAxis: Axis
  public var yAxis: Axis
  public var series: [Series]
  public var marks: [Mark]

  public init(
    _ title: String, x: Axis, y: Axis, _ series: [Series], marks: [Mark] = []
  ) {
    self.title = title
    xAxis = x
    yAxis = y
    self.series = series
    self.marks = marks
  }
}

// MARK: - Drawing

extension LineChart {
  private static let width = 480.0
  private static let height = 300.0

  public var drawing: Drawing {
    var drawing = Drawing(width: Self.width, height: Self.height)
    drawing.text(
      Drawing.fitted(title, size: 16, limit: Self.width - 24), x: 12, y: 22, class: "title")
    let legendBottom = addLegend(to: &drawing)

    let x = FittedAxis(
      xAxis, values: series.lazy.flatMap { $0.points.lazy.map(\.x) }, ticks: 6, ends: .near)
    let y = FittedAxis(yAxis, values: series.lazy.flatMap { $0.points.lazy.map(\.y) }, ticks: 5)
    let labelWidth = y.ticks.map { Drawing.width(of: $0.label, size: 12) }.max() ?? 0
    let plot = PlotArea(
      left: 12 + (yAxis.label.isEmpty ? 0 : 18) + labelWidth + 8, right: Self.width - 18,
      top: legendBottom + 10 + (marks.contains { !$0.label.isEmpty } ? 12 : 0),
      bottom: Self.height - 26 - (xAxis.label.isEmpty ? 0 : 18), x: x, y: y)
    plot.addAxes(to: &drawing, xLabel: xAxis.label, yLabel: yAxis.label)
    addMarks(to: &drawing, plot)
    addCurves(to: &drawing, plot)
    if !series.contains(where: { $0.points.contains { plot.place($0) != nil } }) {
      drawing.text(
        "no data", x: (plot.left + plot.right) / 2, y: (plot.top + plot.bottom) / 2, .middle,
        class: "soft")
    }
    return drawing
  }

  /// The colour of each series: a faint one shares that of the next that is not.
  private var colors: [Int] {
    var next = 0
    return series.map { series in
      defer { if !series.isFaint { next += 1 } }
      return next % Theme.series.count
    }
  }

  /// Draws the legend under the title, over as many rows as it needs; returns where it ends.
  private func addLegend(to drawing: inout Drawing) -> Double {
    let named = zip(series, colors).filter { !$0.0.isFaint && !$0.0.name.isEmpty }
    guard named.count > 1 else { return 28 }
    var x = 12.0
    var y = 42.0
    for (series, color) in named {
      let name = Drawing.fitted(series.name, size: 12, limit: Self.width - 60)
      let width = 24 + Drawing.width(of: name, size: 12)
      if x > 12, x + width > Self.width - 12 {
        x = 12
        y += 18
      }
      drawing.line(x, y - 4, x + 18, y - 4, class: "curve stroke\(color) dash\(color)")
      drawing.text(name, x: x + 24, y: y)
      x += width + 18
    }
    return y + 6
  }

  private func addMarks(to drawing: inout Drawing, _ plot: PlotArea) {
    for mark in marks {
      guard let place = plot.x.position(mark.x), place >= 0, place <= 1 else { continue }
      let x = plot.left + place * (plot.right - plot.left)
      drawing.line(x, plot.top, x, plot.bottom, class: "mark")
      let half = Drawing.width(of: mark.label, size: 10.5) / 2
      let middle = min(max(x, 4 + half), Self.width - 4 - half)
      drawing.text(mark.label, x: middle, y: plot.top - 4, .middle, class: "small soft")
    }
  }

  private func addCurves(to drawing: inout Drawing, _ plot: PlotArea) {
    // A nested drawing area cuts off what leaves the plot; half a line's width may.
    var area = Markup(
      "svg",
      [
        "x": .init(plot.left - 4), "y": .init(plot.top - 4),
        "width": .init(plot.right - plot.left + 8), "height": .init(plot.bottom - plot.top + 8),
        "viewBox": .init(
          [
            plot.left - 4, plot.top - 4, plot.right - plot.left + 8, plot.bottom - plot.top + 8,
          ].map(coordinate).joined(separator: " ")),
      ])
    let order = series.indices.sorted { series[$0].isFaint && !series[$1].isFaint }
    for place in order {
      let faint = series[place].isFaint
      let color = colors[place]
      var line = Markup("g")
      for run in plot.runs(series[place].points) {
        if run.count == 1 {
          line.append(
            Markup(
              "circle",
              [
                "class": .init("fill\(color)"), "cx": .init(run[0].x),
                "cy": .init(run[0].y), "r": .init(faint ? 1.5 : 3),
              ]))
        } else {
          let style = faint ? "curve faint pale\(color)" : "curve stroke\(color) dash\(color)"
          line.append(Markup("path", ["class": .init(style), "d": .init(Self.path(run))]))
        }
      }
      area.append(line)
    }
    drawing.add(area)
  }

  private static func path(_ points: [(x: Double, y: Double)]) -> String {
    var text = ""
    for (place, point) in points.enumerated() {
      text += place == 0 ? "M" : " L"
      text += coordinate(point.x) + " " + coordinate(point.y)
    }
    return text
  }
}
