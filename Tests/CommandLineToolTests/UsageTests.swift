import TapeGrad
import TestSupport
import Testing

/// What is said about wrong usage: exit code 2, one line that says what would be right, and where the
/// help is.
@Suite struct UsageTests {
  private func expectUsage(_ arguments: [String], _ message: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(arguments, in: folder.path)
    #expect(outcome.code == 2, "\(arguments): \(outcome)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("tapegrad: " + message), "\(arguments): \(outcome.errors)")
  }

  @Test func unknownNamesGetASuggestion() throws {
    try expectUsage(["trian", "unet"], "unknown command 'trian'; did you mean train?")
    try expectUsage(
      ["train", "resnt20"], "train: there is no model 'resnt20'; did you mean resnet20?")
    try expectUsage(
      ["train", "unet", "--epcohs", "3"], "train: unknown option --epcohs; did you mean --epochs?")
    try expectUsage(
      ["train", "unet", "--dataset", "isbi"], "train: --dataset is one of shapes, fashion-mnist")
    try expectUsage(["train", "unet", "-epochs", "3"], "train: unknown option -epochs")
    try expectUsage(["train", "unet", "--xyzzyx"], "train: unknown option --xyzzyx\n")
  }

  @Test func valuesMustBeOfTheirKind() throws {
    try expectUsage(
      ["train", "unet", "--epochs", "ten"],
      "train: --epochs wants a whole number from 1 to 1000000, given 'ten'")
    try expectUsage(
      ["train", "unet", "--epochs", "0"],
      "train: --epochs wants a whole number from 1 to 1000000, given '0'")
    try expectUsage(
      ["train", "unet", "--lr", "-1"], "train: --lr wants a number above 0, given '-1'")
    try expectUsage(["train", "unet", "--lr", "nan"], "train: --lr wants a number above 0")
    try expectUsage(
      ["train", "unet", "--seed", "-3"], "train: --seed wants a whole number from 0 to 2^64 - 1")
    try expectUsage(["train", "unet", "--ema=1"], "train: --ema wants a number from 0 to below 1")
    try expectUsage(["train", "unet", "--out"], "train: --out wants a value: --out DIR")
    try expectUsage(["train", "unet", "--out", "--quick"], "train: --out wants a value")
    try expectUsage(["train", "unet", "--quick=yes"], "train: --quick takes no value")
    try expectUsage(["summary", "unet", "--input", "28x28"], "summary: --input wants HEIGHTxWIDTH")
  }

  @Test func nothingTwiceAndNothingMissing() throws {
    try expectUsage([], "no command given")
    try expectUsage(["train"], "train: wants a MODEL")
    try expectUsage(["train", "unet", "lenet"], "train: takes one MODEL, given 'unet' and 'lenet'")
    try expectUsage(["train", "unet", "--lr", "1", "--lr=2"], "train: --lr is given twice")
    try expectUsage(["evaluate"], "evaluate: wants --checkpoint FILE")
    try expectUsage(["evaluate", "x.safetensors"], "evaluate: takes no argument 'x.safetensors'")
    try expectUsage(["predict", "--checkpoint", "x"], "predict: wants --input DIR")
    try expectUsage(["gradcheck", "--only", "convolutoin"], "gradcheck: no check matches")
  }

  @Test func settingsMustFitTogether() throws {
    try expectUsage(
      ["train", "unet", "--dataset", "shapes"],
      "unet is for segmentation, shapes for classification")
    try expectUsage(
      ["train", "unet", "--dataset", "isbi2012"], "train: --dataset isbi2012 wants --data DIR")
    try expectUsage(
      ["train", "unet", "--data", "somewhere"], "train: --data names the files of a dataset")
    try expectUsage(
      ["train", "lenet", "--crop", "64"], "train: --crop is for segmentation, not for lenet")
    try expectUsage(
      ["train", "unet", "--quick", "--crop", "62"], "crops of 62 x 62 do not halve 2 times")
    try expectUsage(
      ["summary", "lenet", "--input", "32x32x3"], "lenet cannot take images of 32 x 32 x 3")
  }

  @Test(arguments: ["train", "evaluate", "predict", "gradcheck", "summary"])
  func everyCommandExplainsItself(command: String) throws {
    for arguments in [[command, "--help"], [command, "-h"], ["help", command]] {
      let outcome = try Program.run(arguments)
      #expect(outcome.code == 0)
      #expect(outcome.errors.isEmpty)
      #expect(outcome.output.hasPrefix("Usage: tapegrad \(command)"))
      #expect(outcome.output.contains("Examples:\n  tapegrad \(command)"))
      #expect(outcome.output.contains("Exit codes: 0 done"))
      for line in outcome.output.split(separator: "\n") { #expect(line.count <= 100) }
    }
  }

  @Test func theProgramExplainsItself() throws {
    let outcome = try Program.run(["--help"])
    #expect(outcome.code == 0)
    for command in ["train", "evaluate", "predict", "gradcheck", "summary"] {
      #expect(outcome.output.contains("\n  \(command) "))
    }
  }

  /// A variable that cannot be is wrong usage, said before there is a run folder.
  @Test(arguments: [
    ("TAPEGRAD_THREADS", "2x", "a whole number from 1 to 1024"),
    ("TAPEGRAD_ISA", "nonsense", "one that this processor can run: baseline"),
    ("TAPEGRAD_PIN", "nonsense", "0 or 1"),
    ("TAPEGRAD_MEMORY", "nonsense", "a number of bytes, or one with K, M or G"),
  ])
  func theEnvironmentIsReadStrictly(name: String, value: String, allowed: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      ["train", "lenet", "--quick"], in: folder.path, environment: [name: value])
    #expect(outcome.code == 2)
    #expect(
      outcome.errors.hasPrefix("tapegrad: \(name) is \"\(value)\"; it must be \(allowed)"),
      "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("\nsee tapegrad --help\n"))
    #expect(outcome.output.isEmpty)
    #expect(!folder.has("runs"))
    // The help still explains it.
    let help = try Program.run(["--help"], environment: [name: value])
    #expect(help.code == 0)
    #expect(help.output.contains("\nEnvironment:\n") && help.output.contains("\n  \(name)="))
  }

  @Test func memoryThatDoesNotDoIsOneLine() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.run(
      ["train", "resnet20", "--quick"], in: folder.path, environment: ["TAPEGRAD_MEMORY": "20M"])
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("tapegrad: out of memory: "), "\(outcome.errors)")
    #expect(outcome.errors.contains("TAPEGRAD_MEMORY limits it to 20971520"))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func everyPromisedOptionIsThere() throws {
    let help = try Program.run(["train", "--help"]).output
    for option in [
      "dataset", "data", "epochs", "steps", "batch", "lr", "seed", "threads", "out", "resume",
      "quick",
    ] {
      #expect(help.contains("\n  --\(option) ") || help.contains("\n  --\(option)\n"), "\(option)")
    }
    for name in ModelCatalog.names + DatasetCatalog.names { #expect(help.contains(name)) }
  }

  @Test func aSummaryIsATable() throws {
    let outcome = try Program.run(["summary", "resnet20", "--input", "28x28x1"])
    #expect(outcome.code == 0)
    // 272,474 with three channels (He et al. 2015 as counted by PyTorch), 288 less with one.
    #expect(outcome.output.contains("272,186"))
  }
}
