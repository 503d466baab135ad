import Codecs
import Figures
import Foundation
import Testing

@Suite("Pictures")
struct PictureTests {
  /// The red channel as rows of text: `#` dark, `.` light.
  private func sketch(_ picture: Picture, marked color: Color) -> [String] {
    (0..<picture.height).map { y in
      String((0..<picture.width).map { picture[$0, y] == color ? "#" : "." })
    }
  }

  @Test func valuesSpreadOverTheirRange() {
    let picture = Picture(width: 4, height: 1, values: [-1, 0, 1, 3], range: -1...1)
    #expect(picture.pixels == [0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 255, 255])
    let fitted = Picture(width: 3, height: 1, values: [2, 4, .nan])
    #expect(fitted.pixels == [0, 0, 0, 255, 255, 255, 255, 0, 255])
    let flat = Picture(width: 1, height: 1, values: [7])
    #expect(flat.pixels == [128, 128, 128])
    let huge = Picture(
      width: 2, height: 1, values: [-Float.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    #expect(huge.pixels == [0, 0, 0, 255, 255, 255])
    let color = Picture(width: 1, height: 1, rgbValues: [0, 0.5, 1])
    #expect(color.pixels == [0, 128, 255])
  }

  @Test func colorMapsGetSteadilyLighter() {
    func lightness(_ color: Color) -> Double {
      // Rec. 601 luma is enough to order colours.
      0.299 * Double(color.red) + 0.587 * Double(color.green) + 0.114 * Double(color.blue)
    }
    for map in [ColorMap.grey, .sequential] {
      let values = (0...100).map { lightness(map.color(at: Double($0) / 100)) }
      #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
    }
    let diverging = (0...100).map { lightness(ColorMap.diverging.color(at: Double($0) / 100)) }
    #expect(zip(diverging[...50], diverging[1...50]).allSatisfy { $0 < $1 })
    #expect(zip(diverging[50...], diverging[51...]).allSatisfy { $0 > $1 })
    #expect(ColorMap.grey.color(at: .nan) == .magenta)
    #expect(ColorMap.sequential.color(at: 7) == ColorMap.sequential.color(at: 1))
  }

  @Test func enlargingRepeatsPixels() {
    let picture = Picture(width: 2, height: 1, grey: [10, 20]).enlarged(by: 2)
    #expect(picture == Picture(width: 4, height: 2, grey: [10, 10, 20, 20, 10, 10, 20, 20]))
  }

  @Test func pastingCutsOffWhatDoesNotFit() {
    var picture = Picture(width: 3, height: 2, grey: [0, 0, 0, 0, 0, 0])
    let patch = Picture(width: 2, height: 2, grey: [1, 2, 3, 4])
    picture.paste(patch, x: 2, y: 1)
    picture.paste(patch, x: -1, y: -1)
    picture.paste(patch, x: 9, y: 9)
    #expect(picture == Picture(width: 3, height: 2, grey: [4, 0, 0, 0, 0, 1]))
  }

  @Test func anOutlineRunsInsideTheMask() {
    let mask = [
      0, 0, 0, 0, 0,
      0, 1, 1, 1, 1,
      0, 1, 1, 1, 1,
      0, 1, 1, 1, 1,
      0, 0, 0, 0, 0,
    ].map { $0 == 1 }
    let picture = Picture(width: 5, height: 5, .white)
    #expect(
      sketch(picture.outlining(mask, in: .orange), marked: .orange)
        == [".....", ".####", ".#...", ".####", "....."])
    let fine = picture.outlining(mask, in: .cyan, enlargedBy: 2)
    #expect(
      sketch(fine, marked: .cyan)
        == [
          "..........", "..........", "..########", "..#.......", "..#.......", "..#.......",
          "..#.......", "..########", "..........", "..........",
        ])
  }

  @Test func errorsAreColoured() {
    let picture = Picture(width: 4, height: 1, .black).showingErrors(
      prediction: [true, true, false, false], truth: [true, false, true, false])
    #expect(picture[0, 0] == picture[3, 0])
    #expect(picture[1, 0].red > picture[1, 0].blue)
    #expect(picture[2, 0].blue > picture[2, 0].red)
  }

  @Test func textIsWrittenLetterByLetter() {
    var picture = Picture(width: 12, height: 10, .white)
    picture.write("Ag", x: 0, y: 1)
    #expect(
      sketch(picture, marked: .black)
        == [
          "............",
          ".###........",
          "#...#.......",
          "#...#..####.",
          "#####.#...#.",
          "#...#.#...#.",
          "#...#.#...#.",
          "#...#..####.",
          "..........#.",
          ".......###..",
        ])
    // Enlarged, and cut off at every side.
    var large = Picture(width: 4, height: 4, .white)
    large.write("E", x: -2, y: -2, scale: 2)
    #expect(sketch(large, marked: .black) == ["....", "....", "....", "...."])
    large.write("é", x: -2, y: 0, scale: 2)
    #expect(sketch(large, marked: .black) == ["####", "####", "....", "...."])
  }

  @Test func pngsAreReadBack() throws {
    let color = Picture(width: 2, height: 2, rgb: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    let raster = try PNG.decode(color.png)
    #expect((raster.width, raster.height, raster.channels) == (2, 2, 3))
    #expect(raster.bytes == color.pixels)
    let grey = Picture(width: 3, height: 1, grey: [0, 9, 255])
    #expect(try PNG.decode(grey.png).channels == 1)
    #expect(try PNG.decode(grey.png).bytes == [0, 9, 255])
    let path = NSTemporaryDirectory() + "tapegrad-" + UUID().uuidString + ".png"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try color.write(to: path)
    #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == color.png)
  }

  @Test func wrongSizesStop() async {
    await #expect(processExitsWith: .failure) { _ = Picture(width: 2, height: 2, rgb: [1, 2, 3]) }
    await #expect(processExitsWith: .failure) {
      _ = Picture(width: 2, height: 2, .white).outlining([true])
    }
  }
}
