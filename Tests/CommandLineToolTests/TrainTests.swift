import Foundation
import TapeGrad
import TestSupport
import Testing

/// Whole runs of the program, on trial settings that take a second.
@Suite struct TrainTests {
  @Test(arguments: ["resnet20", "lenet", "unet"])
  func aTrialLeavesARun(model: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(["train", model, "--quick"], in: folder.path)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.errors.isEmpty)
    let run = "runs/\(model)-\(model == "unet" ? "membranes" : "shapes")-seed1"
    #expect(outcome.output.contains("report  \(run)/report.html"))
    // A pipe gets no control characters.
    #expect(!outcome.output.contains("\u{1b}") && !outcome.output.contains("\r"))
    for file in [
      "config.json", "metrics.csv", "metrics.jsonl", "best.safetensors",
      "last.safetensors", "summary.json", "report.html",
    ] {
      #expect(folder.has("\(run)/\(file)"), "\(file)")
    }
    let again = try Program.run(["train", model, "--quick", "--steps", "1"], in: folder.path)
    #expect(again.output.contains("report  \(run)-2/report.html"))

    let evaluated = try Program.run(
      ["evaluate", "--checkpoint", "\(run)/best.safetensors", "--json"], in: folder.path)
    #expect(evaluated.code == 0)
    let summary = try JSON(parsing: folder.text("\(run)/summary.json"))
    #expect(try JSON(parsing: evaluated.output)["metrics"] == summary["metrics"])
  }

  @Test(arguments: ["resnet20", "unet"])
  func sameSeedSameBytesForAnyThreads(model: String) throws {
    let folder = try TemporaryFolder()
    func train(_ options: [String]) throws -> Data {
      let out = "run" + options.joined()
      let outcome = try Program.run(
        ["train", model, "--quick", "--steps", "4", "--out", out] + options, in: folder.path)
      #expect(outcome.code == 0, "\(outcome)")
      return try folder.bytes("\(out)/last.safetensors")
    }
    let one = try train(["--seed=3", "--threads=1"])
    for threads in 2...3 {
      #expect(try train(["--seed=3", "--threads=\(threads)"]) == one, "\(threads) threads")
    }
    #expect(try train(["--seed=2", "--threads=1"]) != one)
  }

  @Test(arguments: ["resnet20", "unet"])
  func aResumedRunHasTheBytesOfAStraightOne(model: String) throws {
    let folder = try TemporaryFolder()
    let common = ["train", model, "--quick", "--steps", "6"]
    #expect(try Program.run(common + ["--out", "a"], in: folder.path).code == 0)
    let stopped = try Program.run(common + ["--out", "b", "--stop-after", "3"], in: folder.path)
    #expect(stopped.code == 0)
    #expect(stopped.output.contains("Stopped after step 3 of 6."))
    #expect(try JSON(parsing: folder.text("b/summary.json"))["status"]?.string == "stopped")
    #expect(try folder.bytes("a/last.safetensors") != folder.bytes("b/last.safetensors"))
    // With the options of the first call once more, and the run's folder as --out.
    #expect(try Program.run(common + ["--out", "b", "--resume"], in: folder.path).code == 0)
    for file in ["last.safetensors", "best.safetensors"] {
      #expect(try folder.bytes("a/\(file)") == folder.bytes("b/\(file)"))
    }
    let a = try JSON(parsing: folder.text("a/summary.json"))
    let b = try JSON(parsing: folder.text("b/summary.json"))
    #expect(a["metrics"] == b["metrics"])
  }

  @Test func anInterruptSavesAndCanBeResumed() throws {
    let folder = try TemporaryFolder()
    #expect(
      try Program.run(
        ["train", "lenet", "--quick", "--epochs", "100", "--out", "a"], in: folder.path
      ).code == 0)
    for (signal, code) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
      let out = "b\(code)"
      let running = try Program.Running(
        ["train", "lenet", "--quick", "--epochs", "100", "--out", out], in: folder.path)
      #expect(running.waits(for: "2/100"))
      kill(running.process.processIdentifier, signal)
      let outcome = running.wait()
      #expect(outcome.code == code, "\(outcome)")
      #expect(outcome.output.contains("Go on with: tapegrad train --resume \(out)"))
      for file in ["config.json", "metrics.csv", "last.safetensors", "summary.json", "report.html"]
      {
        #expect(folder.has("\(out)/\(file)"), "\(file)")
      }
      #expect(
        try JSON(parsing: folder.text("\(out)/summary.json"))["status"]?.string == "interrupted")
      #expect(try Program.run(["train", "--resume", out], in: folder.path).code == 0)
      #expect(
        try folder.bytes("a/last.safetensors") == folder.bytes("\(out)/last.safetensors"))
    }
  }

  @Test func divergenceIsNamed() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      ["train", "resnet20", "--quick", "--lr", "1e30", "--out", "a"], in: folder.path)
    #expect(outcome.code == 4)
    #expect(
      outcome.errors.hasPrefix(
        "tapegrad: training diverged at step 2 (epoch 1): the loss is NaN; "),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("(BatchNorm)") || outcome.errors.contains("(Conv2D)"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
    let summary = try JSON(parsing: folder.text("a/summary.json"))
    #expect(summary["status"]?.string == "diverged")
    #expect(summary["divergence"]?.string?.contains("step 2") == true)
  }

  @Test func aRunIsNotOverwrittenByMistake() throws {
    let folder = try TemporaryFolder()
    let arguments = ["train", "lenet", "--quick", "--steps", "2", "--out", "a"]
    #expect(try Program.run(arguments, in: folder.path).code == 0)
    let before = try folder.bytes("a/last.safetensors")
    let refused = try Program.run(arguments, in: folder.path)
    #expect(refused.code == 2)
    #expect(
      refused.errors.contains("a holds a run; --resume goes on with it, --overwrite replaces"))
    #expect(try folder.bytes("a/last.safetensors") == before)
    #expect(try Program.run(arguments + ["--overwrite", "--seed", "2"], in: folder.path).code == 0)
    #expect(try folder.bytes("a/last.safetensors") != before)
  }

  @Test func aResumedRunKeepsItsSettings() throws {
    let folder = try TemporaryFolder()
    let arguments = ["train", "lenet", "--quick", "--steps", "2", "--out", "a"]
    #expect(try Program.run(arguments, in: folder.path).code == 0)
    for option in [["--lr", "0.5"], ["--seed", "9"], ["--batch", "7"], ["--dataset", "mnist"]] {
      let outcome = try Program.run(["train", "--resume", "a"] + option, in: folder.path)
      #expect(outcome.code == 2, "\(option): \(outcome)")
      #expect(outcome.errors.contains("a resumed run keeps its settings"))
    }
    #expect(try Program.run(["train", "--resume", "a", "--steps", "4"], in: folder.path).code == 0)
    #expect(try JSON(parsing: folder.text("a/summary.json"))["steps"]?.int == 4)
  }
}
