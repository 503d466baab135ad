import Foundation

/// How often each true class was taken for each other: a heat map with the counts in it.
///
/// A row is a true class; its colours are shares of that row, so that rare classes can be read as
/// well as frequent ones. At the right of each row stands its recall.
public struct ConfusionMatrix: Figure {
  public var title: String
  public var classes: [String]

  /// `counts[truth][prediction]`
  public var counts: [[Int]]

  /// Stops if `counts` is not square or does not fit the classes.
  public init(_ title: String = "Confusion matrix", classes: [String], counts: [[Int]]) {
    precondition(
      counts.count == classes.count && counts.allSatisfy { $0.count == classes.count },
      "a confusion matrix of \(classes.count) classes has as many rows and columns")
    self.title = title
    self.classes = classes
    self.counts = counts
  }

  public var drawing: Drawing {
    let side = cellSide
    let labels = classes.map { Drawing.fitted($0, size: 12, limit: 120) }
    let labelWidth = labels.map { Drawing.width(of: $0, size: 12) }.max() ?? 0
    let showsLabels = side >= 14
    // Names of columns that are wider than a column are turned.
    let turns = labelWidth > side - 4
    let extent = side * Double(classes.count)
    let left = 34 + (showsLabels ? labelWidth + 8 : 0)
    let headHeight = showsLabels ? (turns ? labelWidth * 0.72 + 14 : 20) : 6
    let top = 50 + headHeight
    let slant = turns && showsLabels ? labelWidth * 0.72 : 0
    var drawing = Drawing(
      width: max(left + extent + max(58, slant), 240), height: top + extent + 14)
    drawing.text(
      Drawing.fitted(title, size: 16, limit: drawing.width - 24), x: 12, y: 22, class: "title")
    drawing.text("predicted", x: left + extent / 2, y: 44, .middle, class: "soft")
    drawing.text("true", x: 22, y: top + extent / 2, .middle, class: "soft", turned: -90)
    if showsLabels {
      drawing.text("recall", x: left + extent + 50, y: top - 8, .end, class: "small soft")
    }

    drawing.add(
      Markup(
        "rect",
        [
          "class": "empty", "x": .init(left), "y": .init(top),
          "width": .init(extent - Self.gap(side)), "height": .init(extent - Self.gap(side)),
        ]))
    for (row, name) in labels.enumerated() {
      let y = top + side * Double(row)
      let total = counts[row].reduce(0, +)
      if showsLabels {
        drawing.text(name, x: left - 8, y: y + side / 2 + 4, .end)
        let x = left + side * (Double(row) + 0.5)
        if turns {
          drawing.text(name, x: x + 4, y: top - 7, .start, turned: -45)
        } else {
          drawing.text(name, x: x, y: top - 8, .middle)
        }
        let recall =
          total > 0 ? NumberFormat.fixed(Double(counts[row][row]) / Double(total) * 100, 1) : "–"
        drawing.text(
          total > 0 ? recall + " %" : recall, x: left + extent + 50, y: y + side / 2 + 4, .end,
          class: "small soft")
      }
      for (column, count) in counts[row].enumerated() where count > 0 {
        addCell(
          count, share: total > 0 ? Double(count) / Double(total) : 0,
          x: left + side * Double(column), y: y, side: side, row: row, column: column,
          to: &drawing)
      }
    }
    return drawing
  }

  /// What stays free between cells.
  private static func gap(_ side: Double) -> Double { side >= 14 ? 1 : 0 }

  private var cellSide: Double {
    let digits = Double(String(counts.joined().max() ?? 0).count)
    let fitting = digits * 7 + 8
    return classes.count <= 20 ? min(max(fitting, 30), 48) : max(4, 480 / Double(classes.count))
  }

  private func addCell(
    _ count: Int, share: Double, x: Double, y: Double, side: Double, row: Int, column: Int,
    to drawing: inout Drawing
  ) {
    let gap = Self.gap(side)
    // A square root makes the few mistakes of a good classifier visible.
    drawing.add(
      Markup(
        "rect",
        [
          "class": "heat", "fill-opacity": .init(min(1, share).squareRoot()), "x": .init(x),
          "y": .init(y), "width": .init(side - gap), "height": .init(side - gap),
        ],
        [
          Markup(
            "title",
            text: "\(classes[row]) taken for \(classes[column]): \(NumberFormat.count(count)) "
              + "(\(NumberFormat.percent(share, decimals: 1)))")
        ]))
    guard side >= 24 else { return }
    drawing.text(
      String(count), x: x + (side - gap) / 2, y: y + side / 2 + 4, .middle,
      class: share.squareRoot() > 0.6 ? "on-heat" : "")
  }
}
