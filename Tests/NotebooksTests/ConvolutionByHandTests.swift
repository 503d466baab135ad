import Foundation
import Interchange
import Testing

/// The numbers of the first notebook, worked out by hand: windows times kernels, one by one.
@Suite struct ConvolutionByHandTests {
  @Test func everyNumberIsTheOneWorkedOutByHand() throws {
    let run = try NotebookRun("01-convolution-by-hand")
    defer { run.removeFolder() }
    #expect(run.exitCode == 0, "\(run.errors)")
    let results = try run.results()

    let expected: KeyValuePairs<String, JSON> = [
      "layer": [5, 8, 7, 12, 7],
      "stride 2": [5, 7, 7],
      "padding 1": [2, 5, 8, 7, 12, 7, 1],
      "cases that differ": 0,
      "valid": 4, "same": 6, "full": 8,
      "a * b": [1, 4, 7, 8, 9, 11, 2], "b * a": [1, 4, 7, 8, 9, 11, 2],
      "a correlated with b": [2, 5, 8, 7, 12, 7, 1],
      "b correlated with a": [1, 7, 12, 7, 8, 5, 2],
      "gradient for the kernel": [6, 9, 12],
      "gradient for the signal": [1, 11, 111, 110, 100],
      "gradients are right": true,
      "diagonal filter": [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
      "upright filter": [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
      "diagonal filter, stride 2": [[3, -3], [-3, 0]],
      "upright filter, stride 2": [[-1, -1], [-1, -2]],
      "diagonal filter, pooled": [[3, 0], [3, 1]],
      "upright filter, pooled": [[-1, 1], [0, 3]],
      "pooled": [[6, 8], [3, 4]],
      "gradient of pooling": [[0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 1]],
      "gradient of a tie": [[1, 0], [0, 0]],
      "largest difference": 0.0,
      "bright at 2": [0, 1, 0, 0], "bright at 3": [0, 1, 0, 0], "bright at 4": [0, 0, 1, 0],
      "dense": 15, "local": 9, "shared": 3, "two kernels": 6,
      "one 3x3 kernel on RGB": 28, "16 3x3 kernels on RGB": 448, "ReLU": 0, "max pooling": 0,
      "dense neuron on 24 x 24 x 3": 1729, "dense neuron on 32 x 32 x 3": 3073,
      "dense neuron on 224 x 224 x 3": 150_529, "dense neuron on 256 x 256 x 3": 196_609,
      "64 dense neurons on 256 x 256 x 3": 12_582_912, "64 3x3 kernels on RGB": 1728,
      // 319 · 280 outputs; a multiplication for each of two pixels and one addition.
      "convolution, stored numbers": 2, "convolution, operations": 267_960,
      // (320 · 280) · (319 · 280), and twice that less one addition an output.
      "dense matrix, stored numbers": 8_003_072_000, "dense matrix, operations": 16_006_054_680,
      "sparse matrix, stored numbers": 178_640,
      "stride 1, layers 1": 3, "stride 1, layers 2": 5, "stride 1, layers 3": 7,
      "stride 2, layers 1": 3, "stride 2, layers 2": 7, "stride 2, layers 3": 15,
    ]
    for (name, value) in expected { #expect(results[name] == value, "\(name)") }
    #expect(results["largest output"]?.double ?? 0 > 1, "an equivariance of zeros says nothing")
    #expect(run.output.contains("gradients pass: right, 5 checks"), "the local layer's")
    let counted = results["cases of the size formula"]?.int ?? 0
    #expect(counted > 200, "hardly any case was tried")
    for shape in ["[1, 24, 24, 3]", "[1, 32, 32, 128]", "[1, 19, 19, 8]"] {
      #expect(run.output.contains(shape))
    }

    // What the prose quotes is a result, or what a result was computed from.
    let all = try #require(results.object).values
    let given: [JSON] = [[1, 2, 3, 4, 5], [1, 10, 100]]
    let lists = try Prose("01-convolution-by-hand").lists
    #expect(lists.count >= 12)
    for list in lists {
      #expect(all.contains(list) || given.contains(list), "\(list) is quoted and no result")
    }
    let derived: Set = [
      32 * 32 * 3, 224 * 224 * 3, 256 * 256 * 3, 319 * 280,
    ]
    for number in try Prose("01-convolution-by-hand").largeNumbers {
      #expect(
        all.contains(.integer(number)) || derived.contains(number),
        "\(number) is quoted and no result")
    }
  }

  @Test func theFilesAreWrittenAndNothingElseIs() throws {
    let run = try NotebookRun("01-convolution-by-hand")
    defer { run.removeFolder() }
    let files = try FileManager.default.contentsOfDirectory(atPath: run.folder).sorted()
    #expect(
      files == [
        "01-convolution-by-hand.ipynb", "figures", "report.html", "report.md", "results.json",
      ])
    let report = try run.text(of: "report.md")
    #expect(report.contains("What this leaves out"))
    let end = try #require(run.output.split(separator: "\n").last)
    #expect(end == "report: \(run.folder)/report.html")
  }

  @Test func wrongOptionsAndHelp() throws {
    let wrong = try NotebookRun("01-convolution-by-hand", ["--fast"])
    #expect(wrong.exitCode == 2)
    #expect(wrong.errors.contains("01-convolution-by-hand: unknown option --fast"))
    let help = try NotebookRun("01-convolution-by-hand", ["--help"])
    #expect(help.exitCode == 0)
    #expect(help.output.hasPrefix("Convolution and pooling by hand\n"))
    let unwritable = try NotebookRun("01-convolution-by-hand", ["--out", "/dev/null/run"])
    #expect(unwritable.exitCode == 1)
    #expect(unwritable.errors.contains("cannot make this folder"))
  }
}
