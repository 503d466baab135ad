import ArgumentParsing
import Foundation
import TapeGrad

/// `tapegrad predict --checkpoint FILE --input DIR --output DIR`
enum PredictCommand: Command {
  static func run(_ arguments: Arguments) throws -> Int32 {
    try setThreads(arguments)
    Interruption.catchSignals()
    guard let input = arguments.string("input") else {
      throw arguments.error("wants --input DIR, a folder of PNG files")
    }
    guard let output = arguments.string("output") else {
      throw arguments.error("wants --output DIR")
    }
    let threshold =
      try arguments.double("threshold", "a number between 0 and 1") { $0 > 0 && $0 < 1 } ?? 0.5
    let loaded = try LoadedModel(arguments)
    var configuration = loaded.configuration
    if arguments.has("average-orientations") { configuration.data.averagesOrientations = true }
    if arguments.has("no-average-orientations") { configuration.data.averagesOrientations = false }
    let prediction = FolderPrediction(
      model: loaded.model, configuration: configuration, input: input, output: output,
      threshold: Float(threshold))
    do {
      let written = try prediction.run(progress: showing("predicting"))
      Terminal.say(written)
    } catch let error as Cancelled {
      return 128 + error.signal
    }
    return ExitCode.done
  }

  static let syntax = Syntax(
    command: "predict",
    summary: "Apply a checkpoint to every PNG file of a folder, of any size. A segmentation writes "
      + "NAME-probability.png and NAME-mask.png (white on the class looked for), a classification "
      + "predictions.csv.",
    groups: [
      .init(
        title: "Options",
        options: [
          .value("checkpoint", "FILE", "best.safetensors of a run (needed)"),
          .value("input", "DIR", "the folder of images (needed)"),
          .value("output", "DIR", "where the results go; made if it is not there (needed)"),
          .value("threshold", "X", "probability from which a pixel is white in the mask (0.5)"),
          .flag("average-orientations", "average over mirrored (and turned) images"),
          .flag("no-average-orientations", "predict each image once: faster, a little worse"),
          .value("threads", "N", "threads to compute with (all processors)"),
        ])
    ],
    examples: [
      (
        "tapegrad predict --checkpoint runs/unet-isbi2012-seed1/best.safetensors \\\n"
          + "      --input sections --output masks",
        "membrane probabilities and masks"
      )
    ])
}
