extension Report {
  /// The whole page.
  public var html: String {
    var head = Markup(
      "head", [:],
      [
        Markup("meta", ["charset": "utf-8"]),
        Markup("title", text: title),
        Markup("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        // Nothing is loaded from anywhere, and the browser is told to make sure of it.
        Markup(
          "meta",
          [
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
          ]),
      ])
    head.append(Markup("style", text: Theme.pageStyle + Theme.figureStyle))

    var top = Markup("header", [:], [Markup("h1", text: title)])
    if !lead.isEmpty { top.append(Markup("p", ["class": "lead"], text: lead)) }
    var main = Markup("main", [:], [top])
    for section in sections {
      let heading = section.heading.isEmpty ? [] : [Markup("h2", text: section.heading)]
      main.append(Markup("section", [:], heading + section.content))
    }
    if !footer.isEmpty { main.append(Markup("footer", text: footer)) }
    let page = Markup(
      "html", ["xmlns": "http://www.w3.org/1999/xhtml", "lang": "en"],
      [head, Markup("body", [:], [main])])
    return "<!DOCTYPE html>\n" + page.text + "\n"
  }
}

extension Report.Section {
  /// A grid of images as HTML rather than SVG: the pictures shrink with the page, the text does
  /// not.
  static func framed(_ grid: ImageGrid, caption: String) -> Markup {
    let columns = max(grid.columnCount, 1)
    let gap = columns > 8 ? 3.0 : 9.6
    let extent = Double(columns) * (grid.tileWidth + gap) - gap
    var cells = Markup(
      "div",
      [
        "class": "images",
        "style": .init(
          "grid-template-columns: repeat(\(columns), minmax(0, 1fr)); "
            + "max-width: \(coordinate(extent))px"
            + (columns > 8 ? "; gap: \(coordinate(gap))px" : "")),
      ])
    if !grid.headings.isEmpty {
      for column in 0..<columns {
        let text = column < grid.headings.count ? grid.headings[column] : ""
        cells.append(Markup("div", ["class": "head"], text: text))
      }
    }
    for (number, row) in grid.rows.enumerated() {
      for column in 0..<columns {
        guard column < row.count else {
          cells.append(Markup("div"))
          continue
        }
        let heading = column < grid.headings.count ? grid.headings[column] : ""
        cells.append(tile(row[column], heading: heading, row: number + 1))
      }
    }
    var frame = Markup("figure", [:], [Markup("h3", text: grid.title), cells])
    if !caption.isEmpty { frame.append(Markup("figcaption", text: caption)) }
    return frame
  }

  private static func tile(_ tile: ImageGrid.Tile, heading: String, row: Int) -> Markup {
    let words = [heading, tile.caption].filter { !$0.isEmpty }
    var image = Markup(
      "img",
      [
        "src": .init(tile.picture.dataURI), "width": .init(tile.picture.width),
        "height": .init(tile.picture.height),
        "alt": .init(words.isEmpty ? "image in row \(row)" : words.joined(separator: ", ")),
      ])
    if tile.picture.isCoarse { image.set("class", "pixels") }
    var cell = Markup("div", ["class": "tile"], [image])
    if !tile.caption.isEmpty {
      cell.append(Markup("div", ["class": "caption"], text: tile.caption))
    }
    return cell
  }
}
