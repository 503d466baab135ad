import Figures
import Interchange

/// What was found out about a trained model on images it has not seen.
protocol Findings {
  /// Those of `loss`, `accuracy`, `dice`, `iou`, `pixel_accuracy`, `rand_f`, `information_f` that
  /// apply.
  var measurements: Measurements { get }
  /// What else belongs into `summary.json`.
  var details: JSON.Object { get }
  /// The result in a sentence.
  var sentence: String { get }
  /// The few numbers that matter most.
  var highlights: [(name: String, value: String)] { get }
  /// Adds sections to the report, and the figures shown there to the run's folder.
  func describe(in report: inout Report, folder: RunFolder) throws
}

extension Figure {
  /// Writes the drawing into the run's folder.
  func write(_ name: String, in folder: RunFolder) throws {
    try write(to: "\(folder.figures)/\(name).svg")
  }
}
