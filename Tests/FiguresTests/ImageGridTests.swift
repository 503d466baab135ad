import Codecs
import Figures
import Foundation
import Testing

@Suite("Grids of images")
struct ImageGridTests {
  private func grey(_ width: Int, _ height: Int, _ value: UInt8) -> Picture {
    Picture(
      width: width, height: height, grey: [UInt8](repeating: value, count: width * height))
  }

  @Test func aMontageKeepsPixelsAndAlignsColumns() {
    let grid = ImageGrid(
      "t",
      rows: [[.init(grey(1, 2, 10)), .init(grey(2, 1, 20))], [.init(grey(2, 1, 30))]])
    #expect(
      grid.montage(gap: 1, background: .black)
        == Picture(
          width: 5, height: 4,
          grey: [
            10, 0, 0, 20, 20,
            10, 0, 0, 0, 0,
            0, 0, 0, 0, 0,
            30, 30, 0, 0, 0,
          ]))
  }

  @Test func aLabelledPictureHoldsTilesAndText() {
    let grid = ImageGrid(
      "Title", headings: ["input", "a heading far too long for so narrow a column of images"],
      rows: [[.init(grey(2, 2, 10), "one"), .init(grey(56, 28, 20), "two")]])
    let picture = grid.labelled()
    // Two columns of tiles 224 pixels wide, the gap between, the margins.
    #expect(picture.width == 10 + 224 + 8 + 224 + 10)
    #expect(picture.height == 10 + 18 + 8 + 13 + 224 + 13 + 10)
    func count(_ value: UInt8) -> Int {
      stride(from: 0, to: picture.pixels.count, by: 3).count { picture.pixels[$0] == value }
    }
    #expect(count(10) == 224 * 224 && count(20) == 224 * 112)
    // Title and headings in black, captions paler.
    #expect(count(0) > 100 && count(89) > 20)
    let plain = ImageGrid("Title", rows: [[.init(grey(2, 2, 10))]]).labelled()
    #expect(plain.height == 10 + 18 + 8 + 224 + 10)
  }

  @Test func aDrawingHoldsThePicturesThemselves() throws {
    let pictures = [grey(2, 2, 10), Picture(width: 2, height: 1, rgb: [1, 2, 3, 4, 5, 6])]
    let grid = ImageGrid(
      "t", headings: ["one", awkward], rows: [pictures.map { .init($0, awkward) }])
    let document = try Document(grid.svg)
    let images = document.all("image")
    #expect(images.count == 2)
    for (image, picture) in zip(images, pictures) {
      let text = try #require(image.attributes["href"])
      #expect(text.hasPrefix("data:image/png;base64,"))
      let data = try #require(Data(base64Encoded: String(text.dropFirst(22))))
      #expect(try PNG.decode([UInt8](data)).rgb().bytes == picture.pixels)
    }
    #expect(document.texts().starts(with: ["t", "one"]))
    #expect(document.texts().dropFirst(2).allSatisfy { $0.hasPrefix("<b>&amp; \"quoted\"") })
  }

  @Test func tilesFillRows() {
    let grid = ImageGrid("t", columns: 3, tiles: (0..<7).map { .init(grey(1, 1, $0)) })
    #expect(grid.rows.map(\.count) == [3, 3, 1])
  }

  @Test func kernelsAreTakenApartByOutput() {
    // [1, 2, 1, 2]: kernel 0 is (-1, 0.5), kernel 1 is (0, 1).
    let grid = ImageGrid("k", kernels: [-1, 0, 0.5, 1], shape: [1, 2, 1, 2])
    #expect(grid.rows.count == 1)
    let tiles = grid.rows[0].map(\.picture)
    #expect(tiles[0][0, 0] == ColorMap.diverging.color(at: 0))
    #expect(tiles[1][0, 0] == ColorMap.diverging.color(at: 128.0 / 255))
    #expect(tiles[1][1, 0] == ColorMap.diverging.color(at: 1))
    let colors = ImageGrid("k", kernels: [0, 1, 2], shape: [1, 1, 3, 1])
    #expect(colors.rows[0][0].picture.pixels == [0, 128, 255])
    let deep = ImageGrid(
      "k", kernels: [Float](repeating: 0, count: 9 * 16 * 32), shape: [3, 3, 16, 32])
    #expect(deep.rows.map(\.count) == [16, 16, 16, 16])
  }
}
