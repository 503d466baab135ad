import Foundation
import TapeGrad
import TestSupport
import Testing

@Suite struct TrainingSessionTests {
  private func files(_ folder: TemporaryFolder, _ name: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.file(name)))
  }

  @Test(arguments: ["lenet", "unet"])
  func leavesEveryFile(model: String) throws {
    let folder = try TemporaryFolder()
    let configuration = try TrainingConfiguration.recommended(model: model, quick: true)
    let session = try TrainingSession(configuration, folder: RunFolder(folder.file("run")))
    let outcome = try session.run()
    #expect(outcome.end == .completed)
    let found = try files(folder, "run")
    #expect(
      found.isSuperset(of: [
        "config.json", "metrics.csv", "metrics.jsonl", "best.safetensors", "last.safetensors",
        "summary.json", "report.html", "figures",
      ]))
    #expect(found.contains { $0.hasPrefix("events.out.tfevents.") })
    #expect(!found.contains { $0.hasSuffix(".tmp") })

    let summary = try JSON(parsing: folder.text("run/summary.json"))
    #expect(summary["model"]?.string == model)
    #expect(summary["status"]?.string == "completed")
    let expected =
      model == "lenet"
      ? ["loss", "accuracy"]
      : ["loss", "dice", "iou", "pixel_accuracy", "rand_f", "information_f"]
    #expect(summary["metrics"]?.object?.keys == expected)
    #expect(Measurements(json: summary["metrics"]!) == outcome.measurements)
    #expect((summary["threshold_baseline"]?["dice"]?.double != nil) == (model == "unet"))

    let rows = try folder.text("run/metrics.csv").split(separator: "\n")
    #expect(rows.count == 3)
    #expect(rows[0].hasPrefix("epoch,step,learning_rate,training_loss,"))
    let stored = try TrainingConfiguration(jsonText: folder.text("run/config.json"), path: "x")
    #expect(stored == session.configuration)
  }

  @Test func aCheckpointMeasuresTheSameAgain() throws {
    let folder = try TemporaryFolder()
    let configuration = try TrainingConfiguration.recommended(model: "unet", quick: true)
    let outcome = try TrainingSession(configuration, folder: RunFolder(folder.file("run"))).run()
    let path = RunFolder(folder.file("run")).best
    let checkpoint = try Checkpoint(path: path)
    let stored = try checkpoint.configuration(path: path)!
    let model = try stored.makeModel()
    try checkpoint.load(into: model, path: path)
    #expect(try Evaluation.heldOut(model, stored) == outcome.measurements)
  }

  @Test func resumingElsewhereTakesTheBestAlong() throws {
    let folder = try TemporaryFolder()
    let configuration = try TrainingConfiguration.recommended(model: "lenet", quick: true)
    let straight = try TrainingSession(configuration, folder: RunFolder(folder.file("a"))).run()
    _ = try TrainingSession(configuration, folder: RunFolder(folder.file("b")))
      .run(stoppingAfter: 9)
    let path = RunFolder(folder.file("b")).last
    let checkpoint = try Checkpoint(path: path)
    let resumed = try TrainingSession(
      resuming: checkpoint, path: path, configuration: try checkpoint.configuration(path: path)!,
      folder: RunFolder(folder.file("c")))
    #expect(try resumed.run().measurements == straight.measurements)
    for file in ["last.safetensors", "best.safetensors"] {
      #expect(try folder.bytes("a/\(file)") == folder.bytes("c/\(file)"))
    }
    func rows(_ run: String) throws -> [JSON] {
      try folder.text("\(run)/metrics.jsonl").split(separator: "\n").map {
        var object = try JSON(parsing: String($0)).object!
        for key in ["training_seconds", "validation_seconds", "images_per_second"] {
          object[key] = nil
        }
        return .object(object)
      }
    }
    #expect(try rows("a") == rows("c"))
  }

  @Test func predictsAFolderOfAnySizes() throws {
    let folder = try TemporaryFolder()
    let configuration = try TrainingConfiguration.recommended(model: "unet", quick: true)
    let session = try TrainingSession(configuration, folder: RunFolder(folder.file("run")))
    _ = try session.run()
    let input = try folder.folder("in")
    for (name, width, height) in [("small", 5, 9), ("wide", 70, 33)] {
      try Picture(
        width: width, height: height, grey: (0..<width * height).map { UInt8($0 * 37 % 251) }
      ).write(to: "\(input)/\(name).png")
    }
    try FolderPrediction(
      model: session.model, configuration: session.configuration, input: input,
      output: folder.file("out/deep")
    ).run()
    #expect(
      try files(folder, "out/deep") == [
        "small-probability.png", "small-mask.png", "wide-probability.png", "wide-mask.png",
      ])
    let probability = try readImage(folder.file("out/deep/wide-probability.png"))
    let mask = try readImage(folder.file("out/deep/wide-mask.png"))
    #expect((mask.width, mask.height, mask.channels) == (70, 33, 1))
    for (p, m) in zip(probability.pixels, mask.pixels) where p != 127 && p != 128 {
      #expect(m == (p > 127 ? 255 : 0))
    }
  }

  @Test func classesOfAFolderGoIntoATable() throws {
    let folder = try TemporaryFolder()
    let configuration = try TrainingConfiguration.recommended(model: "lenet", quick: true)
    let session = try TrainingSession(configuration, folder: RunFolder(folder.file("run")))
    let input = try folder.folder("in")
    try Picture(width: 28, height: 28, .black).write(to: "\(input)/a, b.png")
    let prediction = FolderPrediction(
      model: session.model, configuration: session.configuration, input: input,
      output: folder.file("out"))
    try prediction.run()
    let lines = try folder.text("out/predictions.csv").split(separator: "\n")
    #expect(lines[0] == "file,class,probability")
    #expect(lines[1].hasPrefix("\"a, b.png\","))
    try Picture(width: 27, height: 28, .black).write(to: "\(input)/c.png")
    let error = #expect(throws: DatasetError.self) { try prediction.run() }
    #expect(error!.kind == .sizesDiffer)
  }
}
