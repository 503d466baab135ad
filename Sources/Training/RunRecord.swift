import Interchange
import Layers
import Tensors

/// Everything about a run that its summary and report tell.
struct RunRecord {
  let configuration: TrainingConfiguration
  let counts: (training: Int, validation: Int, heldOut: Int)
  let plan: TrainingPlan
  let outcome: TrainingSession.Outcome
  let model: any Layer
  let command: String?
  let step: Int
  let seconds: Double
  let criterion: Criterion
  let log: RunLog
  var divergence: Divergence?

  func write(to folder: RunFolder, findings: (any Findings)?) throws {
    try AtomicFile.write(summary(findings).pretty + "\n", to: folder.summary)
    try report(findings, folder: folder).write(to: folder.report)
  }

  var status: String {
    if divergence != nil { return "diverged" }
    switch outcome.end {
    case .completed: return "completed"
    case .stopped: return "stopped"
    case .interrupted: return "interrupted"
    }
  }

  private func summary(_ findings: (any Findings)?) -> JSON {
    var summary = JSON.Object([
      ("model", .string(configuration.model.name)), ("dataset", .string(configuration.data.name)),
      ("status", .string(status)), ("metrics", outcome.measurements.json),
    ])
    if let findings {
      for (key, value) in zip(findings.details.keys, findings.details.values) {
        summary[key] = value
      }
    }
    if let divergence { summary["divergence"] = .string("\(divergence)") }
    if let best = outcome.best {
      summary["best"] = [
        "epoch": .integer(best.epoch), "step": .integer(best.step),
        "validation_\(criterion.measurement)": .number(best.value),
      ]
    }
    summary["images"] = [
      "training": .integer(counts.training), "validation": .integer(counts.validation),
      "held_out": .integer(counts.heldOut),
    ]
    summary["parameters"] = .integer(model.parameterCount)
    summary["steps"] = .integer(step)
    if let command { summary["command"] = .string(command) }
    summary["seed"] = .string("\(configuration.seed)")
    summary["training_seconds"] = .number(seconds.rounded(toPlaces: 2))
    return .object(summary)
  }
}
