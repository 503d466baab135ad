/// The rectangle of a chart in which values are drawn.
struct PlotArea {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let x: FittedAxis
  let y: FittedAxis

  /// Where a point lies in the drawing; `nil` if it has no place on its axes.
  func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double)? {
    guard let across = x.position(point.x), let up = y.position(point.y) else { return nil }
    return (left + across * (right - left), bottom - up * (bottom - top))
  }

  /// The points of a curve in the drawing, in runs between which it is interrupted.
  func runs(_ points: [(x: Double, y: Double)]) -> [[(x: Double, y: Double)]] {
    var runs: [[(x: Double, y: Double)]] = []
    var run: [(x: Double, y: Double)] = []
    for point in points {
      if let place = place(point) {
        run.append(place)
      } else if !run.isEmpty {
        runs.append(run)
        run = []
      }
    }
    if !run.isEmpty { runs.append(run) }
    return runs.map(thinned)
  }

  /// Of the points that share a half unit of width, the first, lowest, highest and last.
  private func thinned(_ run: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard Double(run.count) > 4 * (right - left) else { return run }
    var result: [(x: Double, y: Double)] = []
    var start = 0
    while start < run.count {
      let column = (run[start].x * 2).rounded(.down)
      var end = start
      var low = start
      var high = start
      while end < run.count, (run[end].x * 2).rounded(.down) == column {
        if run[end].y < run[low].y { low = end }
        if run[end].y > run[high].y { high = end }
        end += 1
      }
      var last = -1
      for place in [start, min(low, high), max(low, high), end - 1] where place > last {
        result.append(run[place])
        last = place
      }
      start = end
    }
    return result
  }

  /// Draws the grid, the labels of the ticks and those of the axes.
  func addAxes(to drawing: inout Drawing, xLabel: String, yLabel: String) {
    for tick in y.ticks {
      guard let place = y.position(tick.value) else { continue }
      let height = bottom - place * (bottom - top)
      drawing.line(left, height, right, height, class: "grid")
      drawing.text(tick.label, x: left - 8, y: height + 4, .end, class: "soft")
    }
    var end = -Double.infinity
    for tick in x.ticks {
      guard let place = x.position(tick.value) else { continue }
      let across = left + place * (right - left)
      let half = Drawing.width(of: tick.label, size: 12) / 2
      drawing.line(across, bottom, across, bottom + 4, class: "grid")
      // A label that would touch the one before it is left out.
      guard across - half > end + 6 else { continue }
      drawing.text(tick.label, x: across, y: bottom + 17, .middle, class: "soft")
      end = across + half
    }
    if !xLabel.isEmpty {
      drawing.text(xLabel, x: (left + right) / 2, y: bottom + 35, .middle, class: "soft")
    }
    if !yLabel.isEmpty {
      drawing.text(
        yLabel, x: 22, y: (top + bottom) / 2, .middle, class: "soft", turned: -90)
    }
  }
}
