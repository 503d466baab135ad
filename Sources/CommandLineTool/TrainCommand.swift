import ArgumentParsing
import Foundation
import TapeGrad

/// `tapegrad train MODEL`
enum TrainCommand: Command {
  static func run(_ arguments: Arguments) throws -> Int32 {
    try setThreads(arguments)
    Interruption.catchSignals()
    let session =
      arguments.has("resume")
      ? try TrainSetup.resumed(arguments) : try TrainSetup.fresh(arguments)
    session.command = (["tapegrad"] + CommandLine.arguments.dropFirst()).map(quoted)
      .joined(separator: " ")
    let display = ProgressDisplay(session)
    display.introduce()
    session.observers = [display]
    let outcome = try session.run(
      stoppingAfter: try arguments.int("stop-after", atLeast: 1), progress: display.measured)
    display.conclude(outcome)
    if case .interrupted(let signal) = outcome.end { return 128 + signal }
    return ExitCode.done
  }

  static let syntax = Syntax(
    command: "train",
    summary: "Train a model, and measure it on images it has not seen. Without --dataset it trains "
      + "on generated images, so that everything can be tried with no data at all.",
    operand: .init(
      name: "MODEL",
      help: "one of \(ModelCatalog.names.joined(separator: ", ")). Can be left out with --resume.",
      isRequired: false),
    groups: [
      .init(
        title: "Data",
        options: [
          .value(
            "dataset", "NAME", "one of those below"),
          .value("data", "DIR", "the folder of the dataset's files"),
          .value("validation", "N", "images set aside to choose the best weights on"),
          .value("images", "N", "at most N images to train on; how many, if they are generated"),
          .value("crop", "N", "train a segmentation on random crops of N x N pixels"),
          .flag("no-augmentation", "do not change training images at random"),
        ]),
      .init(
        title: "Training",
        options: [
          .value("epochs", "N", "times to go through the training images"),
          .value("steps", "N", "end after N steps even if epochs are left"),
          .value("batch", "N", "images, or crops, in a step"),
          .value("lr", "X", "the highest learning rate of the schedule"),
          .value("optimizer", "NAME", methods.joined(separator: " or ")),
          .value("schedule", "NAME", schedules.joined(separator: ", ")),
          .value("decay", "X", "weight decay; norms and biases have none"),
          .value("momentum", "X", "momentum of sgd, first beta of adamw"),
          .value("clip", "X", "norm to which gradients are clipped; 0 for none"),
          .value("ema", "X", "decay of the averaged weights that are kept; 0 for none"),
          .value("loss", "NAME", losses.joined(separator: ", ")),
          .value("label-smoothing", "X", "share of the target spread over all classes"),
          .value("base", "N", "channels of the first level of a U-Net"),
          .value("depth", "N", "halvings of a U-Net"),
          .value("seed", "N", "what all random numbers come from (1)"),
          .value(
            "convolution", "NAME",
            ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
              + "; they differ in speed and rounding (automatic)"),
          .flag("average-orientations", "average predictions over mirrored (and turned) images"),
          .flag("no-average-orientations", "predict each image once"),
          .flag("quick", "a trial of seconds that learns little"),
        ]),
      .init(
        title: "Run",
        options: [
          .value("out", "DIR", "the run's folder (runs/MODEL-DATASET-seedN, numbered)"),
          .flag("overwrite", "replace a run that is in that folder"),
          Option(
            name: "resume", kind: .optionalValue("PATH"),
            help: "go on with the run of this folder or last.safetensors; without PATH, of --out"),
          .value(
            "stop-after", "N", "stop when N steps have been taken in all, ready to be resumed"),
          .value("threads", "N", "threads to compute with; changes no result (all processors)"),
        ]),
    ],
    lists: [
      (
        "Datasets",
        DatasetCatalog.entries.map { entry in
          (
            entry.name,
            entry.summary + (entry.defaultPath.map { "; looked for in \($0)" } ?? "")
          )
        }
      )
    ],
    notes: [
      "Settings not given are those recommended for the model and dataset; config.json in the run's "
        + "folder has them all. The first Ctrl-C finishes the step, saves and reports; the second "
        + "ends at once."
    ],
    examples: [
      ("tapegrad train unet", "a U-Net on generated membranes"),
      (
        "tapegrad train resnet20 --dataset fashion-mnist --epochs 10 --seed 1",
        "ResNet-20 on pictures of clothes (apt-get install dataset-fashion-mnist)"
      ),
      (
        "tapegrad train unet --dataset isbi2012 --data isbi2012",
        "a U-Net on electron micrographs"
      ),
      (
        "tapegrad train --resume runs/unet-membranes-seed1",
        "go on where that run was interrupted, with the same bits"
      ),
    ])

  static let methods = OptimizationConfiguration.Method.allCases.map(\.rawValue)
  static let schedules = OptimizationConfiguration.Schedule.allCases.map(\.rawValue)
  static let losses = OptimizationConfiguration.Loss.allCases.map(\.rawValue)
}

/// An argument as a shell would have to be given it.
private func quoted(_ argument: String) -> String {
  let plain = argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
  if plain, !argument.isEmpty { return argument }
  return "'"
    + argument.split(separator: "'", omittingEmptySubsequences: false)
    .joined(separator: "'\\''") + "'"
}

/// Applies `--threads`.
func setThreads(_ arguments: Arguments) throws {
  guard let count = try arguments.int("threads", atLeast: 1) else { return }
  threadCount = count
}
