/// Pictures in rows and columns, with headings and captions: inputs, truths and predictions.
public struct ImageGrid: Figure {
  public struct Tile: Sendable {
    public var picture: Picture
    public var caption: String

    public init(_ picture: Picture, _ caption: String = "") {
      self.picture = picture
      self.caption = caption
    }
  }

  public var title: String

  /// What stands above each column; empty for none.
  public var headings: [String]
  public var rows: [[Tile]]

  /// A grid of given rows, which may differ in length.
  public init(_ title: String, headings: [String] = [], rows: [[Tile]]) {
    self.title = title
    self.headings = headings
    self.rows = rows
  }

  /// Tiles one after the other, `columns` in a row.
  public init(_ title: String, columns: Int, tiles: [Tile]) {
    precondition(columns > 0, "ImageGrid: the number of columns is \(columns)")
    self.init(
      title,
      rows: stride(from: 0, to: tiles.count, by: columns).map {
        Array(tiles[$0..<min($0 + columns, tiles.count)])
      })
  }

  var columnCount: Int { max(rows.map(\.count).max() ?? 0, headings.count) }

  /// How wide a tile is shown: less in a grid of many columns, whose tiles are looked at together.
  var tileWidth: Double {
    let columns = columnCount
    return columns <= 4 ? 224 : columns <= 8 ? 112 : 56
  }

  public var drawing: Drawing {
    let gap = 8.0
    let side = tileWidth
    let columns = Double(max(columnCount, 1))
    var body: [(inout Drawing) -> Void] = []
    var y = 38.0
    if !headings.isEmpty {
      let line = y
      for (column, heading) in headings.enumerated() {
        let x = 12 + Double(column) * (side + gap)
        body.append { drawing in
          drawing.text(Drawing.fitted(heading, size: 12.5, limit: side), x: x, y: line + 8)
        }
      }
      y += 18
    }
    for row in rows {
      var tallest = 0.0
      var hasCaption = false
      for (column, tile) in row.enumerated() {
        let x = 12 + Double(column) * (side + gap)
        let top = y
        let height = side * Double(tile.picture.height) / Double(tile.picture.width)
        tallest = max(tallest, height)
        hasCaption = hasCaption || !tile.caption.isEmpty
        body.append { drawing in
          drawing.add(Self.image(tile.picture, x: x, y: top, width: side, height: height))
          guard !tile.caption.isEmpty else { return }
          let caption = Drawing.fitted(tile.caption, size: 10.5, limit: side)
          drawing.text(caption, x: x, y: top + height + 13, class: "small soft")
        }
      }
      y += tallest + (hasCaption ? 20 : 0) + gap
    }
    var drawing = Drawing(width: 24 + columns * (side + gap) - gap, height: y + 4)
    drawing.text(
      Drawing.fitted(title, size: 16, limit: drawing.width - 24), x: 12, y: 22, class: "title")
    for draw in body { draw(&drawing) }
    return drawing
  }

  private static func image(
    _ picture: Picture, x: Double, y: Double, width: Double, height: Double
  ) -> Markup {
    var image = Markup(
      "image",
      [
        "x": .init(x), "y": .init(y), "width": .init(width), "height": .init(height),
        "href": .init(picture.dataURI),
      ])
    if picture.isCoarse { image.set("class", "pixels") }
    return image
  }

  /// The pictures alone as one picture, pixel for pixel, `gap` pixels apart: for further work on
  /// them. To be looked at, ``labelled(background:ink:)`` is better.
  ///
  /// Each column is as wide as its widest picture, each row as high as its highest.
  public func montage(gap: Int = 4, background: Color = .white) -> Picture {
    let widths = (0..<max(columnCount, 1)).map { column in
      rows.compactMap { column < $0.count ? $0[column].picture.width : nil }.max() ?? 0
    }
    let heights = rows.map { $0.map(\.picture.height).max() ?? 0 }
    var result = Picture(
      width: max(1, widths.reduce(0, +) + gap * (widths.count - 1)),
      height: max(1, heights.reduce(0, +) + gap * max(heights.count - 1, 0)), background)
    var y = 0
    for (row, height) in zip(rows, heights) {
      var x = 0
      for (tile, width) in zip(row, widths) {
        result.paste(tile.picture, x: x, y: y)
        x += width + gap
      }
      y += height + gap
    }
    return result
  }
}

extension ImageGrid {
  /// The grid as one picture, with title, headings and captions: what a PNG file shows.
  ///
  /// Small pictures are enlarged by whole factors, to about the size of the largest. Text that is wider than its tile is cut.
  public func labelled(background: Color = .white, ink: Color = .black) -> Picture {
    // To the size of the largest, so that a picture and its enlarged overlay stay comparable.
    func side(_ tile: Tile) -> Int { max(tile.picture.width, tile.picture.height) }
    let largest = max(rows.joined().map(side).max() ?? 1, Int(tileWidth))
    let tiles = rows.map { row in
      row.map { Tile($0.picture.enlarged(by: max(1, largest / side($0))), $0.caption) }
    }
    let widths = (0..<max(columnCount, 1)).map { column in
      tiles.compactMap { column < $0.count ? $0[column].picture.width : nil }.max() ?? 1
    }
    let gap = columnCount > 8 ? 3 : 8
    let margin = 10
    let line = BitmapFont.height
    // Letters grow with the tiles, so that they are legible where those are looked at whole.
    let scale = (widths.max() ?? 0) >= 400 ? 2 : 1
    let top = margin + 2 * line * scale + gap
    let heading = headings.isEmpty ? 0 : line * scale + 4
    let heights = tiles.map { row in
      (row.map(\.picture.height).max() ?? 0)
        + (row.contains { !$0.caption.isEmpty } ? line * scale + 4 : 0)
    }
    let extent = widths.reduce(0, +) + gap * (widths.count - 1)
    let needed = (title.count * BitmapFont.advance) * 2 * scale
    var result = Picture(
      width: 2 * margin + max(extent, min(needed, 320)),
      height: top + heading + heights.reduce(0, +) + gap * max(heights.count - 1, 0) + margin,
      background)
    let fittedTitle = BitmapFont.fitted(
      title, width: result.width - 2 * margin, scale: 2 * scale)
    result.write(fittedTitle, x: margin, y: margin, color: ink, scale: 2 * scale)

    func write(_ text: String, _ x: Int, _ y: Int, _ width: Int, _ color: Color) {
      let text = BitmapFont.fitted(text, width: width, scale: scale)
      result.write(text, x: x, y: y, color: color, scale: scale)
    }
    var x = margin
    for (text, width) in zip(headings, widths) {
      write(text, x, top, width, ink)
      x += width + gap
    }
    var y = top + heading
    let soft = ink.mixed(with: background, 0.35)
    for (row, height) in zip(tiles, heights) {
      var x = margin
      for (tile, width) in zip(row, widths) {
        result.paste(tile.picture, x: x, y: y)
        write(tile.caption, x, y + tile.picture.height + 4, width, soft)
        x += width + gap
      }
      y += height + gap
    }
    return result
  }
}

extension ImageGrid {
  /// The kernels of a convolution, a tile each.
  ///
  /// `kernels` holds `[kernelHeight, kernelWidth, in, out]` numbers in row-major order. With three
  /// inputs a tile is a colour picture, each kernel stretched over its own range; otherwise there
  /// is a row for each of the first inputs, in blue for negative and orange for positive numbers,
  /// white for zero, all on one scale.
  public init(
    _ title: String, kernels: [Float], shape: [Int], limit: Int = 64
  ) {
    precondition(
      shape.count == 4 && shape.allSatisfy { $0 > 0 }
        && kernels.count == shape.reduce(1, *),
      "ImageGrid: kernels are [height, width, in, out], given \(kernels.count) numbers of \(shape)")
    let (height, width, inputs, outputs) = (shape[0], shape[1], shape[2], shape[3])
    let shown = min(outputs, limit)
    func values(_ input: Int, _ output: Int) -> [Float] {
      (0..<height * width).map { kernels[($0 * inputs + input) * outputs + output] }
    }
    if inputs == 3 {
      let tiles = (0..<shown).map { output in
        let planes = (0..<3).map { values($0, output) }
        return Tile(
          Picture(
            width: width, height: height,
            rgbValues: (0..<height * width).flatMap { place in planes.map { $0[place] } }))
      }
      self.init(title, columns: min(shown, 8), tiles: tiles)
      return
    }
    let largest = kernels.lazy.filter(\.isFinite).map(abs).max() ?? 0
    let bound = largest > 0 ? largest : 1
    func tile(_ input: Int, _ output: Int) -> Tile {
      Tile(
        Picture(
          width: width, height: height, values: values(input, output), range: -bound...bound,
          map: .diverging))
    }
    if inputs == 1 {
      self.init(title, columns: min(shown, 8), tiles: (0..<shown).map { tile(0, $0) })
    } else {
      let columns = min(shown, 16)
      self.init(
        title,
        rows: (0..<min(inputs, max(1, limit / columns))).map { input in
          (0..<columns).map { tile(input, $0) }
        })
    }
  }
}
