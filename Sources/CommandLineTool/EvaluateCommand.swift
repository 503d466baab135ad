import ArgumentParsing
import Figures
import TapeGrad

/// `tapegrad evaluate --checkpoint FILE`
enum EvaluateCommand: Command {
  static func run(_ arguments: Arguments) throws -> Int32 {
    try setThreads(arguments)
    Interruption.catchSignals()
    let loaded = try LoadedModel(arguments)
    var configuration = loaded.configuration
    if let path = arguments.string("data") { configuration.data.path = path }
    if let name = try arguments.choice("dataset", among: DatasetCatalog.names) {
      guard
        DatasetCatalog.entry(named: name)?.purpose
          == (loaded.isSegmentation ? .segmentation : .classification)
      else {
        throw arguments.error("--dataset \(name) is not for \(configuration.model.name)")
      }
      if name != configuration.data.name, arguments.string("data") == nil {
        configuration.data.path = DatasetCatalog.entry(named: name)?.defaultPath
      }
      configuration.data.name = name
      configuration.data.heldOutCount = nil
    }
    if let entry = DatasetCatalog.entry(named: configuration.data.name), !entry.isGenerated,
      configuration.data.path == nil
    {
      throw arguments.error("--dataset \(entry.name) wants --data DIR; \(entry.summary)")
    }
    if arguments.has("average-orientations") { configuration.data.averagesOrientations = true }
    if arguments.has("no-average-orientations") { configuration.data.averagesOrientations = false }
    let measurements: Measurements
    do {
      measurements = try Evaluation.heldOut(
        loaded.model, configuration, progress: showing("measuring"))
    } catch let error as Cancelled {
      return 128 + error.signal
    }
    Terminal.clearLine()
    if arguments.has("json") {
      let json: JSON = [
        "model": .string(configuration.model.name), "dataset": .string(configuration.data.name),
        "checkpoint": .string(loaded.path), "metrics": measurements.json,
      ]
      Terminal.say("\(json)")
    } else {
      Terminal.say("\(configuration.model.name) on held-out images of \(configuration.data.name)")
      for (name, value) in measurements.pairs {
        Terminal.say("  " + name.padding(to: 16) + " " + NumberFormat.fixed(value, 4))
      }
    }
    return ExitCode.done
  }

  static let syntax = Syntax(
    command: "evaluate",
    summary:
      "Measure the weights of a checkpoint on the held-out images of a dataset: the one it was "
      + "trained with, unless told otherwise.",
    groups: [
      .init(
        title: "Options",
        options: [
          .value("checkpoint", "FILE", "best.safetensors of a run (needed)"),
          .value(
            "dataset", "NAME", "another dataset: \(DatasetCatalog.names.joined(separator: ", "))"),
          .value("data", "DIR", "the folder of its files"),
          .flag("average-orientations", "average predictions over mirrored (and turned) images"),
          .flag("no-average-orientations", "predict each image once"),
          .flag("json", "print one JSON object"),
          .value("threads", "N", "threads to compute with (all processors)"),
        ])
    ],
    examples: [
      (
        "tapegrad evaluate --checkpoint runs/resnet20-fashion-mnist-seed1/best.safetensors",
        "the test images of Fashion-MNIST once more"
      )
    ])
}

extension String {
  /// With blanks after it up to a width.
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
