/// Quantities side by side, as horizontal bars from zero: scores of methods, time of layers.
public struct BarChart: Figure {
  public struct Bar: Sendable {
    public var label: String
    public var value: Double

    /// Half the length of a whisker around the value; 0 draws none.
    public var spread: Double

    /// What is written at the bar; `nil` writes the value.
    public var note: String?

    /// Whether the bar stands out in the second colour.
    public var isHighlighted: Bool

    public init(
      _ label: String, _ value: Double, spread: Double = 0, note: String? = nil,
      isHighlighted: Bool = false
    ) {
      self.label = label
      self.value = value
      self.spread = spread
      self.note = note
      self.isHighlighted = isHighlighted
    }
  }

  public var title: String

  /// What the bars measure, with its unit.
  public var axis: Axis
  public var bars: [Bar]

  public init(_ title: String, axis: Axis, _ bars: [Bar]) {
    self.title = title
    self.axis = axis
    self.bars = bars
  }

  private static let width = 480.0
  private static let pitch = 28.0

  public var drawing: Drawing {
    let top = 38.0
    let bottom = top + Self.pitch * Double(max(bars.count, 1)) + 4
    var drawing = Drawing(width: Self.width, height: bottom + (axis.label.isEmpty ? 28 : 46))
    drawing.text(
      Drawing.fitted(title, size: 16, limit: Self.width - 24), x: 12, y: 22, class: "title")
    // Bars start at zero, which a logarithmic scale does not have: there, at the lower end.
    let zero = axis.scale == .linear ? [0.0] : []
    let values = zero + bars.flatMap { [$0.value - $0.spread, $0.value + $0.spread] }
    let scale = FittedAxis(axis, values: values, ticks: 5)
    let names = bars.map { Drawing.fitted($0.label, size: 12, limit: 150) }
    let notes = bars.map { $0.note ?? NumberFormat.short($0.value) }
    let nameWidth = names.map { Drawing.width(of: $0, size: 12) }.max() ?? 0
    let noteWidth = notes.map { Drawing.width(of: $0, size: 12) }.max() ?? 0
    let left = 12 + nameWidth + 10
    let right = Self.width - 12 - noteWidth - 10

    for tick in scale.ticks {
      guard let place = scale.position(tick.value) else { continue }
      let x = left + place * (right - left)
      drawing.line(x, top, x, bottom, class: "grid")
      drawing.text(tick.label, x: x, y: bottom + 16, .middle, class: "soft")
    }
    if !axis.label.isEmpty {
      drawing.text(axis.label, x: (left + right) / 2, y: bottom + 34, .middle, class: "soft")
    }
    let origin = left + (scale.position(0) ?? 0) * (right - left)
    for (place, bar) in bars.enumerated() {
      let middle = top + Self.pitch * (Double(place) + 0.5) + 2
      drawing.text(names[place], x: left - 10, y: middle + 4, .end)
      func across(_ value: Double) -> Double? {
        scale.position(value).map { left + min(max($0, 0), 1) * (right - left) }
      }
      guard let end = across(bar.value) else {
        drawing.text(notes[place], x: origin + 6, y: middle + 4, class: "soft")
        continue
      }
      drawing.add(
        Markup(
          "rect",
          [
            "class": bar.isHighlighted ? "fill1" : "fill0", "x": .init(min(origin, end)),
            "y": .init(middle - 8), "width": .init(abs(end - origin)), "height": 16, "rx": 1.5,
          ]))
      var noteStart = max(origin, end)
      if bar.spread > 0, let low = across(bar.value - bar.spread) ?? across(scale.lower),
        let high = across(bar.value + bar.spread)
      {
        let edges = "M\(coordinate(low)) \(coordinate(middle - 4)) v8 m0 -4 "
        let shaft = "H\(coordinate(high)) m0 -4 v8"
        drawing.add(Markup("path", ["class": "whisker", "d": .init(edges + shaft)]))
        noteStart = max(noteStart, high)
      }
      drawing.text(notes[place], x: noteStart + 6, y: middle + 4)
    }
    return drawing
  }
}
