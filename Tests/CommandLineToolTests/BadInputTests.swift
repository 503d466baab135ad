import Foundation
import TapeGrad
import TestSupport
import Testing

/// Files that are missing, damaged or of something else: the documented exit code, one line that names
/// the file, and nothing left half-written.
@Suite struct BadInputTests {
  private func expect(
    _ arguments: [String], in folder: TemporaryFolder, code: Int32, _ parts: String...
  ) throws {
    let outcome = try Program.run(arguments, in: folder.path)
    #expect(outcome.code == code, "\(arguments): \(outcome)")
    #expect(outcome.errors.hasPrefix("tapegrad: "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
  }

  private func trained(_ model: String, in folder: TemporaryFolder) throws -> String {
    let outcome = try Program.run(
      ["train", model, "--quick", "--steps", "2", "--out", model], in: folder.path)
    #expect(outcome.code == 0, "\(outcome)")
    return "\(model)/last.safetensors"
  }

  @Test func missingData() throws {
    let folder = try TemporaryFolder()
    try expect(
      ["train", "unet", "--dataset", "isbi2012", "--data", "nowhere", "--out", "a"], in: folder,
      code: 3, "nowhere: expected a folder")
    try expect(
      ["train", "lenet", "--dataset", "fashion-mnist", "--data", "nowhere", "--out", "b"],
      in: folder, code: 3, "apt-get install dataset-fashion-mnist")
    try FileManager.default.createDirectory(
      atPath: folder.file("bare"), withIntermediateDirectories: true)
    try expect(
      ["train", "resnet20", "--dataset", "folders", "--data", "bare", "--out", "c"],
      in: folder, code: 3, "bare: expected one folder for each class")
    for run in ["a", "b", "c"] { #expect(!folder.has(run)) }
  }

  @Test func badDataDoNotCostTheRunThatIsThere() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try trained("lenet", in: folder)
    let before = try folder.bytes(checkpoint)
    try expect(
      [
        "train", "lenet", "--dataset", "fashion-mnist", "--data", "nowhere", "--out", "lenet",
        "--overwrite",
      ], in: folder, code: 3, "nowhere: expected a folder")
    #expect(try folder.bytes(checkpoint) == before)
  }

  @Test func aRunIsNotResumedIntoAnother() throws {
    let folder = try TemporaryFolder()
    _ = try trained("lenet", in: folder)
    let other = try folder.bytes(try trained("unet", in: folder))
    let outcome = try Program.run(
      ["train", "--resume", "lenet", "--out", "unet"], in: folder.path)
    #expect(outcome.code == 2 && outcome.errors.contains("unet holds another run than lenet"))
    #expect(try folder.bytes("unet/last.safetensors") == other)
  }

  @Test func aCheckpointInTheWorkingFolderIsResumedThere() throws {
    let folder = try TemporaryFolder()
    _ = try trained("lenet", in: folder)
    let outcome = try Program.run(
      ["train", "--resume", "last.safetensors"], in: folder.file("lenet"))
    #expect(outcome.code == 0 && outcome.output.contains("writing to .\n"), "\(outcome)")
  }

  @Test func damagedData() throws {
    let folder = try TemporaryFolder()
    for name in ["image", "label"] {
      try FileManager.default.createDirectory(
        atPath: folder.file(name), withIntermediateDirectories: true)
      try Picture(width: 8, height: 8, grey: (0..<64).map { $0 < 32 ? 0 : 255 })
        .write(to: folder.file("\(name)/0.png"))
    }
    let bytes = try folder.bytes("image/0.png")
    try bytes.dropLast(20).write(to: URL(fileURLWithPath: folder.file("image/0.png")))
    try expect(
      ["train", "unet", "--dataset", "pairs", "--data", ".", "--out", "a"], in: folder, code: 3,
      "image/0.png")
    try bytes.write(to: URL(fileURLWithPath: folder.file("image/0.png")))
    try FileManager.default.removeItem(atPath: folder.file("label/0.png"))
    try expect(
      ["train", "unet", "--dataset", "pairs", "--data", ".", "--out", "b"], in: folder, code: 3,
      "label")
  }

  @Test func foldersThatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file("file")))
    try expect(
      ["train", "unet", "--quick", "--out", "file/run"], in: folder, code: 1, "file",
      "cannot make this folder")
    let checkpoint = try trained("unet", in: folder)
    try Picture(width: 8, height: 8).write(to: folder.file("x.png"))
    try expect(
      ["predict", "--checkpoint", checkpoint, "--input", ".", "--output", "file/out"], in: folder,
      code: 1, "cannot make this folder")
  }

  @Test func checkpointsThatAreNone() throws {
    let folder = try TemporaryFolder()
    try expect(
      ["evaluate", "--checkpoint", "gone.safetensors"], in: folder, code: 3,
      "gone.safetensors: cannot open it")
    try Data("not a checkpoint at all".utf8).write(
      to: URL(fileURLWithPath: folder.file("text")))
    try expect(["evaluate", "--checkpoint", "text"], in: folder, code: 3, "text: not a valid")
    try SafetensorsFile.write(["a": Tensor([1.0])], to: folder.file("foreign"))
    try expect(["evaluate", "--checkpoint", "foreign"], in: folder, code: 3, "not a checkpoint")
  }

  @Test func damagedCheckpoints() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try trained("lenet", in: folder)
    let bytes = try folder.bytes(checkpoint)
    for length in [0, 7, 8, 100, bytes.count / 2, bytes.count - 1] {
      try bytes.prefix(length).write(to: URL(fileURLWithPath: folder.file("cut")))
      try expect(["evaluate", "--checkpoint", "cut"], in: folder, code: 3, "cut: ")
      try expect(["train", "--resume", "cut"], in: folder, code: 3, "cut: ")
    }
  }

  @Test func checkpointsOfAnotherModel() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try trained("lenet", in: folder)
    try expect(
      ["train", "resnet20", "--resume", checkpoint], in: folder, code: 3,
      "it is of another model; the first key that differs is 'stem.conv.weight': expected float32 "
        + "[3, 3, 1, 16], found no tensor of that name")
    try expect(
      ["train", "--resume", "lenet/best.safetensors"], in: folder, code: 3, "weights only")
  }

  @Test func foldersWithNothingToPredict() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try trained("unet", in: folder)
    try expect(
      ["predict", "--checkpoint", checkpoint, "--input", "unet/figures/none", "--output", "out"],
      in: folder, code: 3, "unet/figures/none")
    try FileManager.default.createDirectory(
      atPath: folder.file("empty"), withIntermediateDirectories: true)
    try expect(
      ["predict", "--checkpoint", checkpoint, "--input", "empty", "--output", "out"], in: folder,
      code: 3, "empty")
    #expect(!folder.has("out"))
  }
}
