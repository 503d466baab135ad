import Codecs
import Foundation
import Interchange
import Testing

/// The third notebook, run quickly on generated pictures and on pictures from a folder.
@Suite struct UNetOnMembranesTests {
  @Test func aQuickRunScoresAndLearns() throws {
    let run = try NotebookRun("03-unet-on-membranes")
    defer { run.removeFolder() }
    #expect(run.exitCode == 0, "\(run.errors)")
    let results = try run.results()
    func number(_ name: String) throws -> Double { try #require(results[name]?.double, "\(name)") }

    #expect(try number("pictures to train on") == 24)
    #expect(try number("pictures held out") == 4)
    // As in real sections, membrane is the smaller class by far.
    #expect((0.1...0.4).contains(try number("share of membrane")))
    for name in ["threshold", "U-Net"] {
      let dice = try number("\(name), Dice")
      let overlap = try number("\(name), IoU")
      #expect((0...1).contains(dice))
      #expect(abs(overlap - dice / (2 - dice)) < 1e-12, "IoU = Dice / (2 - Dice)")
    }
    #expect((0.3...0.7).contains(try number("threshold, Dice")), "a threshold does not solve it")
    #expect(try number("last loss") < number("first loss"))
    // 2 levels of 8 and 16 kernels, 32 at the bottom; each convolution without bias, with a norm.
    let way = [
      (1, 8), (8, 8), (8, 16), (16, 16), (16, 32), (32, 32), (32, 16), (16, 16), (16, 8), (8, 8),
    ]
    let kernels = way.reduce(0) { $0 + 9 * $1.0 * $1.1 + 2 * $1.1 }
    let up = 4 * (32 * 16 + 16 * 8) + 16 + 8
    #expect(try number("parameters") == Double(kernels + up + 8 + 1))

    let figures = try FileManager.default.contentsOfDirectory(atPath: "\(run.folder)/figures")
    #expect(figures.filter { $0.hasSuffix(".svg") }.count == 4)
  }

  @Test func picturesFromAFolderAndFaultsInIt() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("pictures-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for kind in ["image", "label"] {
      let sub = folder.appendingPathComponent(kind)
      try FileManager.default.createDirectory(at: sub, withIntermediateDirectories: true)
      for number in 0..<6 {
        // A dark line every sixteen pixels, which is membrane: 0 in the label.
        let bytes = (0..<72 * 80).map { place -> UInt8 in
          let isLine = (place % 80 + number) % 16 < 4
          return kind == "label" ? (isLine ? 0 : 255) : isLine ? 60 : UInt8(150 + place % 50)
        }
        let png = PNG.encode(Raster(width: 80, height: 72, channels: 1, bytes: bytes))
        try Data(png).write(to: sub.appendingPathComponent("\(number).png"))
      }
    }
    let out = folder.appendingPathComponent("out").path
    let options = ["--quick", "--data", folder.path, "--out", out]
    let run = try NotebookRun("03-unet-on-membranes", options)
    #expect(run.exitCode == 0, "\(run.errors)")
    let results = try JSON(
      parsing: String(contentsOfFile: "\(out)/results.json", encoding: .utf8))["results"]
    #expect(results?["pictures to train on"] == 5)
    #expect(results?["pictures held out"] == 1)
    #expect(results?["share of membrane"] == 0.25)

    try FileManager.default.removeItem(at: folder.appendingPathComponent("label/3.png"))
    let broken = try NotebookRun("03-unet-on-membranes", options)
    #expect(broken.exitCode == 3)
    #expect(broken.errors.contains("03-unet-on-membranes: "))
    #expect(broken.errors.contains("3.png"), "\(broken.errors)")
  }
}
