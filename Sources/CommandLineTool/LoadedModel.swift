import ArgumentParsing
import TapeGrad

/// A model and its weights from a checkpoint.
struct LoadedModel {
  let path: String
  let configuration: TrainingConfiguration
  let model: any Layer

  /// Reads `--checkpoint`.
  init(_ arguments: Arguments) throws {
    guard let path = arguments.string("checkpoint") else {
      throw arguments.error("wants --checkpoint FILE, such as runs/NAME/best.safetensors")
    }
    let checkpoint = try Checkpoint(path: path)
    guard let configuration = try checkpoint.configuration(path: path) else {
      throw TrainingError.checkpoint(
        path: path, "it does not say which model its weights are of")
    }
    model = try configuration.makeModel()
    try checkpoint.load(into: model, path: path)
    self.path = path
    self.configuration = configuration
  }

  var isSegmentation: Bool {
    ModelCatalog.entry(named: configuration.model.name)?.purpose == .segmentation
  }
}

/// A signal ended the work.
struct Cancelled: Error {
  let signal: Int32
}

/// Shows how far a longer work is, and ends it when a signal has come.
func showing(_ what: String) -> Progress {
  { done, total in
    if let signal = Interruption.signal { throw Cancelled(signal: signal) }
    Terminal.show("\(what) \(100 * done / max(1, total)) %")
  }
}
