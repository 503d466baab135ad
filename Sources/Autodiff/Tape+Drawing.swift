import Tensors

extension Tape {
  /// The tape as a picture: an SVG document with a box for each entry and a line from each of its inputs.
  ///
  /// Data flows downwards. Variables have a thick edge; one with a single reader, such as a layer's
  /// kernel, is a label beside it. Contractions are filled. A line that passes other operations, such as
  /// a skip connection, is led around their boxes. Calls of modules have a frame with their name, where
  /// no other box would fall into it, and are the boxes' tooltips. What `checkpointed` stands for is
  /// drawn, with a dashed line to the checkpoint. A tape of some hundred entries can be read; one of
  /// hundred thousand is drawn all the same, in time about linear.
  public var svg: String { TapeDrawing(self).document }
}

private struct TapeDrawing {
  private let entries: [Tape.Entry]
  /// Of each entry: those it is drawn to be made of, and the variables that are labels beside it.
  private let parents: [[Int]]
  private let labels: [[Int]]
  private let replaced: [Int: Int]
  private let layout: TapeLayout
  private let modules: TapeModules
  private let tops: [Double]
  private let heights: [Double]
  private let size: (width: Double, height: Double)

  private static let margin = 24.0
  /// Between two rows, for the lines.
  private static let gap = 30.0
  private static let lineHeight = 15.0
  private static let labelHeight = 18.0
  /// Room for one frame of a module.
  private static let frame = (top: 18.0, bottom: 7.0, side: 8.0)

  init(_ tape: Tape) {
    let entries = tape.entries
    let replaced = tape.replaced
    let (parents, labels) = Self.linked(entries, replaced)
    let isLabel = Set(labels.joined())
    var modules = TapeModules(entries) { !isLabel.contains($0) }
    let layout = TapeLayout(parents: parents, labels: isLabel) { entry in
      let width = Self.width(entry, entries, modules)
      let beside = Self.widthBeside(labels[entry], entries)
      let frames = Double(modules.depth(of: entry)) * Self.frame.side + 10
      return .init(left: width / 2 + frames, right: width / 2 + beside + frames)
    }
    modules.nest(side: Self.frame.side) {
      layout.nodes[layout.nodeOfEntry[$0]!].row
    } boxes: { [modules] row in
      layout.rows[row].compactMap { number in
        let node = layout.nodes[number]
        return node.entry.map { entry in
          let half = Self.width(entry, entries, modules) / 2
          let beside = Self.widthBeside(labels[entry], entries)
          return (entry, Self.margin + node.x - half, Self.margin + node.x + half + beside)
        }
      }
    }
    var above = [Int](repeating: 0, count: layout.rows.count)
    var below = above
    for module in modules.modules where module.ends != nil {
      above[module.rows.lowerBound] = max(above[module.rows.lowerBound], module.top)
      below[module.rows.upperBound] = max(below[module.rows.upperBound], module.bottom)
    }
    var tops: [Double] = []
    var heights: [Double] = []
    var y = Self.margin
    for row in layout.rows.indices {
      if row > 0 { y += Self.gap }
      y += Double(above[row]) * Self.frame.top
      let tallest = layout.rows[row].compactMap { layout.nodes[$0].entry }.map {
        Self.height($0, labels[$0].count, modules)
      }
      tops.append(y)
      heights.append(tallest.max() ?? 0)
      y += heights[row] + Double(below[row]) * Self.frame.bottom
    }
    size = (
      (layout.nodes.map { $0.x + $0.right }.max() ?? 0) + 2 * Self.margin, y + Self.margin
    )
    (self.entries, self.parents, self.labels, self.replaced) = (entries, parents, labels, replaced)
    (self.layout, self.modules, self.tops, self.heights) = (layout, modules, tops, heights)
  }

  /// What each entry is drawn to be made of, and its labels.
  private static func linked(
    _ entries: [Tape.Entry], _ replaced: [Int: Int]
  ) -> (parents: [[Int]], labels: [[Int]]) {
    var parents = entries.map { entry -> [Int] in
      var seen: Set<Int> = []
      return entry.parents.filter { seen.insert($0).inserted }
    }
    // A checkpoint comes out of the body it stands for.
    for (body, checkpoint) in replaced { parents[checkpoint] = [body] }
    var readers = [Int](repeating: 0, count: entries.count)
    for parent in parents.joined() { readers[parent] += 1 }
    var labels = [[Int]](repeating: [], count: entries.count)
    // What is made of the first input is the way of the data; the rest is prepared beside it.
    var isOnTheWay = [Bool](repeating: false, count: entries.count)
    for number in entries.indices where entries[number].primitive != .variable {
      let beside = parents[number].filter {
        entries[$0].primitive == .variable && parents[$0].isEmpty && readers[$0] == 1
      }
      isOnTheWay[number] = parents[number].contains { $0 == 0 || isOnTheWay[$0] }
      labels[number] = beside
      // Something stands above what the data begin with.
      if isOnTheWay[number], beside.count == parents[number].count, let first = beside.min() {
        labels[number].removeAll { $0 == first }
      }
      parents[number].removeAll { labels[number].contains($0) }
    }
    return (parents, labels)
  }

  // MARK: - Texts and their sizes

  private static func texts(
    _ number: Int, _ entries: [Tape.Entry], _ modules: TapeModules
  ) -> [String] {
    let entry = entries[number]
    let lone = modules.nameOfLoneEntry[number].map { [$0] } ?? []
    return ["%\(number) \(entry.primitive)", "\(entry.dtype) \(entry.shape)"] + lone
  }

  private static func width(
    _ number: Int, _ entries: [Tape.Entry], _ modules: TapeModules
  ) -> Double {
    let letters = texts(number, entries, modules).map(\.count).max() ?? 0
    return max(110, (Double(letters) * 6.2 + 18).rounded(.up))
  }

  private static func labelText(_ number: Int, _ entries: [Tape.Entry]) -> String {
    "%\(number) \(entries[number].dtype) \(entries[number].shape)"
  }

  private static func labelWidth(_ number: Int, _ entries: [Tape.Entry]) -> Double {
    (Double(labelText(number, entries).count) * 5.6 + 12).rounded(.up)
  }

  /// The room for labels on the right of a box.
  private static func widthBeside(_ labels: [Int], _ entries: [Tape.Entry]) -> Double {
    labels.map { labelWidth($0, entries) }.max().map { $0 + 18 } ?? 0
  }

  private static func height(_ number: Int, _ labels: Int, _ modules: TapeModules) -> Double {
    let lines = modules.nameOfLoneEntry[number] == nil ? 2 : 3
    return max(Double(lines) * lineHeight + 8, Double(labels) * (labelHeight + 3) - 3)
  }

  // MARK: - The document

  var document: String {
    let (width, height) = (Self.written(size.width), Self.written(size.height))
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\" font-size=\"11\" "
        + "text-anchor=\"middle\">",
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        + "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 1L8 4L0 7z\" fill=\"#6b7280\"/></marker>"
        + "</defs>",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
    ]
    let frames = modules.modules.indices.compactMap(frame)
    parts += frames.map(\.rectangle)
    let ports = ports()
    for (index, line) in layout.lines.enumerated() { parts.append(path(line, ports[index])) }
    parts += frames.map(\.name)
    for number in entries.indices where layout.nodeOfEntry[number] != nil {
      parts.append(box(number))
    }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  /// The rectangle of an entry's box, without its labels.
  private func place(_ number: Int) -> (x: Double, y: Double, width: Double, height: Double) {
    let node = layout.nodes[layout.nodeOfEntry[number]!]
    let width = Self.width(number, entries, modules)
    let height = Self.height(number, labels[number].count, modules)
    return (
      Self.margin + node.x - width / 2, tops[node.row] + (heights[node.row] - height) / 2, width,
      height
    )
  }

  /// The rectangle of a module and its name, which stands before the lines.
  private func frame(_ number: Int) -> (rectangle: String, name: String)? {
    let module = modules.modules[number]
    guard let ends = module.ends else { return nil }
    let top = tops[module.rows.lowerBound] - Double(module.top) * Self.frame.top
    let last = module.rows.upperBound
    let bottom = tops[last] + heights[last] + Double(module.bottom) * Self.frame.bottom
    let rectangle = Self.rectangle(
      ends.lowerBound, top, ends.upperBound - ends.lowerBound, bottom - top,
      "class=\"module\" rx=\"6\" fill=\"#2f5f9f\" fill-opacity=\"0.05\" stroke=\"#9db4d3\"")
    func text(_ attributes: String) -> String {
      "<text x=\"\(Self.written(ends.lowerBound + 7))\" y=\"\(Self.written(top + 13))\" "
        + "text-anchor=\"start\" font-size=\"10\" \(attributes)>\(Self.escaped(module.name))</text>"
    }
    // Light around the letters keeps them readable on a line.
    let halo = text("fill=\"#f2f6fb\" stroke=\"#f2f6fb\" stroke-width=\"4\"")
    return (rectangle, halo + text("fill=\"#3a5f92\""))
  }

  // MARK: - Lines

  /// Where each line enters its reader's box, relative to the middle: what comes straight from above
  /// in the middle, the others on their sides.
  private func ports() -> [Double] {
    var ports = [Double](repeating: 0, count: layout.lines.count)
    var byReader: [Int: [Int]] = [:]
    for (index, line) in layout.lines.enumerated() {
      byReader[line.reader, default: []].append(index)
    }
    for (reader, lines) in byReader where lines.count > 1 {
      let middle = layout.nodes[layout.nodeOfEntry[reader]!].x
      func lean(_ index: Int) -> Double {
        layout.nodes[layout.lines[index].nodes.dropLast().last!].x - middle
      }
      let most = Self.width(reader, entries, modules) / 2 - 10
      for side in [-1.0, 1] {
        let leaning = lines.filter { lean($0) * side > 1 }.sorted { abs(lean($0)) < abs(lean($1)) }
        let step = min(18, most / Double(max(leaning.count, 1)))
        for (place, index) in leaning.enumerated() {
          ports[index] = side * step * Double(place + 1)
        }
      }
    }
    return ports
  }

  private func path(
    _ line: (source: Int, reader: Int, nodes: [Int]), _ port: Double
  ) -> String {
    let reader = place(line.reader)
    var text = ""
    for (upper, lower) in zip(line.nodes, line.nodes.dropFirst()) {
      let (a, b) = (layout.nodes[upper], layout.nodes[lower])
      let isLast = lower == line.nodes.last
      let x1 = Self.margin + a.x
      let x2 = Self.margin + b.x + (isLast ? port : 0)
      if text.isEmpty {
        // A branch begins where the line it leaves enters the row.
        let y = a.entry.map(place).map { $0.y + $0.height } ?? tops[a.row]
        text = "M\(Self.written(x1)) \(Self.written(y))"
      }
      // Straight through a row, bent between rows.
      let y1 = tops[a.row] + heights[a.row]
      let y2 = tops[b.row]
      text += "V\(Self.written(y1))"
      if abs(x1 - x2) < 0.5 {
        text += "V\(Self.written(y2))"
      } else {
        let middle = Self.written((y1 + y2) / 2)
        text += "C\(Self.written(x1)) \(middle) \(Self.written(x2)) \(middle) "
        text += "\(Self.written(x2)) \(Self.written(y2))"
      }
    }
    text += "V\(Self.written(reader.y))"
    let dashes = replaced[line.source] == line.reader ? " stroke-dasharray=\"4 3\"" : ""
    return "<path class=\"line\" d=\"\(text)\" fill=\"none\" stroke=\"#6b7280\"\(dashes) "
      + "marker-end=\"url(#tip)\"/>"
  }

  // MARK: - Boxes

  private func box(_ number: Int) -> String {
    let entry = entries[number]
    let place = place(number)
    let isVariable = entry.primitive == .variable
    let fill = entry.multiplyAdds > 0 ? "#cfe0f5" : isVariable ? "#fdf3dc" : "#f7f8fa"
    let tip = modules.path(of: number).map { "<title>\(Self.escaped($0))</title>" } ?? ""
    var text =
      "<g class=\"entry\">\(tip)"
      + Self.rectangle(
        place.x, place.y, place.width, place.height,
        "rx=\"4\" fill=\"\(fill)\" stroke=\"#3c4250\" stroke-width=\"\(isVariable ? 2 : 1)\"")
    let lines = Self.texts(number, entries, modules)
    let start = place.y + (place.height - Double(lines.count) * Self.lineHeight) / 2 + 11.5
    for (index, line) in lines.enumerated() {
      let color = ["#111827", "#5a6170", "#3a5f92"][index]
      text +=
        "<text x=\"\(Self.written(place.x + place.width / 2))\" "
        + "y=\"\(Self.written(start + Double(index) * Self.lineHeight))\" fill=\"\(color)\">"
        + "\(Self.escaped(line))</text>"
    }
    return text + "</g>"
      + labels[number].enumerated().map { label($0.element, $0.offset, number) }
      .joined()
  }

  /// A variable beside the only entry that reads it.
  private func label(_ number: Int, _ position: Int, _ reader: Int) -> String {
    let box = place(reader)
    let width = Self.labelWidth(number, entries)
    let all = Double(labels[reader].count) * (Self.labelHeight + 3) - 3
    let x = box.x + box.width + 18
    let y = box.y + (box.height - all) / 2 + Double(position) * (Self.labelHeight + 3)
    let middle = Self.written(y + Self.labelHeight / 2)
    let tip = modules.path(of: number).map { "<title>\(Self.escaped($0))</title>" } ?? ""
    return
      "<path class=\"line\" d=\"M\(Self.written(x)) \(middle)H\(Self.written(box.x + box.width))\" "
      + "fill=\"none\" stroke=\"#6b7280\" marker-end=\"url(#tip)\"/><g class=\"entry\">\(tip)"
      + Self.rectangle(
        x, y, width, Self.labelHeight,
        "rx=\"4\" fill=\"#fdf3dc\" stroke=\"#3c4250\" stroke-width=\"2\"")
      + "<text x=\"\(Self.written(x + width / 2))\" y=\"\(Self.written(y + 12.5))\" "
      + "font-size=\"10\">\(Self.labelText(number, entries))</text></g>"
  }

  private static func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ attributes: String
  ) -> String {
    "<rect x=\"\(written(x))\" y=\"\(written(y))\" width=\"\(written(width))\" "
      + "height=\"\(written(height))\" \(attributes)/>"
  }

  /// With one decimal at most.
  private static func written(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }

  private static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      default: String(character)
      }
    }.joined()
  }
}
