import Tensors

extension Tape {
  /// The tape as a picture: an SVG document with a box for each entry and a line to each of its inputs.
  ///
  /// An entry stands one row below the lowest of its inputs, so that data flows downwards. Variables
  /// are drawn with a thick edge, contractions filled. The module of an operation is its box's tooltip. A
  /// tape of some hundred entries can be read; one of thousands is drawn all the same.
  public var svg: String { TapeDrawing(self).document }
}

private struct TapeDrawing {
  private struct Box {
    let x: Int
    let y: Int
  }

  private static let width = 150
  private static let height = 38
  private static let across = 170
  private static let down = 66
  private static let margin = 20

  private let entries: [Tape.Entry]
  private let boxes: [Box]
  private let columns: Int
  private let rows: Int

  init(_ tape: Tape) {
    entries = tape.entries
    var levels: [Int] = []
    var filled: [Int] = []
    var boxes: [Box] = []
    for entry in tape.entries {
      let level = entry.parents.map { levels[$0] + 1 }.max() ?? 0
      levels.append(level)
      if filled.count <= level {
        filled += [Int](repeating: 0, count: level + 1 - filled.count)
      }
      // Below its first input, or in the next free column of its row.
      let wanted = entry.parents.first.map { (boxes[$0].x - Self.margin) / Self.across } ?? 0
      let column = max(filled[level], wanted)
      filled[level] = column + 1
      boxes.append(
        Box(x: Self.margin + column * Self.across, y: Self.margin + level * Self.down))
    }
    self.boxes = boxes
    columns = filled.max() ?? 0
    rows = filled.count
  }

  var document: String {
    let width = 2 * Self.margin + max(columns, 1) * Self.across
    let height = 2 * Self.margin + max(rows, 1) * Self.down
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" font-family=\"sans-serif\" font-size=\"11\" "
        + "text-anchor=\"middle\">",
      "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
    ]
    for (number, entry) in entries.enumerated() {
      for parent in entry.parents { parts.append(line(from: boxes[parent], to: boxes[number])) }
    }
    for number in entries.indices { parts.append(box(number)) }
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private func line(from a: Box, to b: Box) -> String {
    let (x1, y1) = (a.x + Self.width / 2, a.y + Self.height)
    let (x2, y2) = (b.x + Self.width / 2, b.y)
    let bend = (y2 - y1) / 2
    return "<path d=\"M\(x1) \(y1)C\(x1) \(y1 + bend) \(x2) \(y2 - bend) \(x2) \(y2)\" "
      + "fill=\"none\" stroke=\"#8a8f98\"/>"
  }

  private func box(_ number: Int) -> String {
    let entry = entries[number]
    let place = boxes[number]
    let middle = place.x + Self.width / 2
    let fill = entry.multiplyAdds > 0 ? "#dbe7f6" : "#f5f6f8"
    let edge = entry.primitive == .variable ? 2 : 1
    let tip = entry.frame.map { "<title>\(escaped($0.pathDescription))</title>" } ?? ""
    return "<g>\(tip)<rect x=\"\(place.x)\" y=\"\(place.y)\" width=\"\(Self.width)\" "
      + "height=\"\(Self.height)\" rx=\"4\" fill=\"\(fill)\" stroke=\"#3c4250\" "
      + "stroke-width=\"\(edge)\"/>"
      + "<text x=\"\(middle)\" y=\"\(place.y + 15)\">%\(number) \(entry.primitive)</text>"
      + "<text x=\"\(middle)\" y=\"\(place.y + 30)\" fill=\"#5a6170\">\(entry.dtype) "
      + "\(entry.shape)</text></g>"
  }

  private func escaped(_ text: String) -> String {
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
