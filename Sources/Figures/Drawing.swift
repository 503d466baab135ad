import Interchange

/// Something that can be drawn: written as an SVG file, or put into a ``Report``.
public protocol Figure: Sendable {
  /// What is shown, in a few words; read aloud where the drawing cannot be seen.
  var title: String { get }

  /// The drawing itself.
  var drawing: Drawing { get }
}

extension Figure {
  /// A complete SVG document: legible on light and on dark screens, and in print.
  public var svg: String { drawing.document(title: title) }

  /// Writes the SVG document, atomically; throws an `InterchangeError` if it cannot.
  public func write(to path: String) throws { try AtomicFile.write(svg, to: path) }
}

/// Shapes and text on an area of a given size, in the classes of ``Theme``.
public struct Drawing: Sendable {
  let width: Double
  let height: Double
  private(set) var content: [Markup] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func add(_ element: Markup) { content.append(element) }

  enum Anchor: String { case start, middle, end }

  mutating func text(
    _ text: String, x: Double, y: Double, _ anchor: Anchor = .start, class style: String = "",
    turned degrees: Double = 0
  ) {
    var element = Markup("text", ["x": .init(x), "y": .init(y)], text: text)
    if anchor != .start { element.set("text-anchor", .init(anchor.rawValue)) }
    if !style.isEmpty { element.set("class", .init(style)) }
    if degrees != 0 {
      element.set(
        "transform", .init("rotate(\(coordinate(degrees)) \(coordinate(x)) \(coordinate(y)))"))
    }
    add(element)
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class style: String
  ) {
    add(
      Markup(
        "line",
        ["x1": .init(x1), "y1": .init(y1), "x2": .init(x2), "y2": .init(y2), "class": .init(style)]
      ))
  }

  /// The drawing as an element that can stand inside an HTML page which has the theme's styles.
  func inline(title: String) -> Markup {
    Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg",
        // Without most of the margin that a file of its own needs.
        "viewBox": .init("10 6 \(coordinate(width - 20)) \(coordinate(height - 12))"),
        "class": "figure", "role": "img", "aria-label": .init(title),
        "style": .init("max-width: \(coordinate(width))px"),
      ], content)
  }

  /// The drawing as a file of its own, with styles and a background.
  func document(title: String) -> String {
    var root = Markup(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "width": .init(width), "height": .init(height),
        "viewBox": .init("0 0 \(coordinate(width)) \(coordinate(height))"), "class": "figure",
        "role": "img", "aria-label": .init(title),
      ])
    root.append(Markup("style", text: Theme.figureStyle))
    root.append(Markup("rect", ["class": "paper", "width": "100%", "height": "100%"]))
    root.append(content)
    return root.text + "\n"
  }

  /// About how wide a text is at that size, in the widest of the usual fonts: which font it will
  /// be, only the viewer knows.
  static func width(of text: String, size: Double) -> Double {
    var units = 0.0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "f", "t", "r", "(", ")":
        units += 0.37
      case "m", "w", "M", "W", "%", "@": units += 0.95
      case "A"..."Z": units += 0.7
      case "\u{2e80}"...: units += 1
      default: units += 0.61
      }
    }
    return units * size
  }

  /// `text`, cut and ended with an ellipsis if it would be wider than `limit`.
  static func fitted(_ text: String, size: Double, limit: Double) -> String {
    guard width(of: text, size: size) > limit else { return text }
    var cut = text
    while !cut.isEmpty, width(of: cut + "…", size: size) > limit { cut.removeLast() }
    return cut + "…"
  }
}
