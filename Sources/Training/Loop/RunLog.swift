import Interchange

/// Keeps the files of a run while it trains: `metrics.csv` with a row for each epoch, `metrics.jsonl`
/// with epochs and single steps, events for TensorBoard, and both checkpoints.
///
/// The first two are replaced as a whole after each epoch, so that a reader never meets half a line;
/// they are small.
public final class RunLog: TrainingObserver {
  public let folder: RunFolder
  /// One for each epoch, in order.
  public private(set) var epochs: [Measurements] = []
  /// Losses of single steps, thinned to about a thousand.
  public private(set) var steps: [Measurements] = []

  /// Time of the epochs that were done before this run was resumed.
  public private(set) var earlierSeconds = 0.0

  private var lines: [JSON] = []
  private var stepInterval = 1
  private var events: TensorBoardLog?

  /// Begins the log of a new run, or goes on with that of a run resumed at `step`.
  public init(folder: RunFolder, resumingAt step: Int? = nil) throws {
    self.folder = folder
    guard let step, let text = try? String(contentsOfFile: folder.log, encoding: .utf8) else {
      return
    }
    for line in text.split(separator: "\n") {
      guard let json = try? JSON(parsing: String(line)), let at = json["step"]?.int, at <= step
      else { continue }
      keep(json)
    }
    for epoch in epochs {
      earlierSeconds += (epoch["training_seconds"] ?? 0) + (epoch["validation_seconds"] ?? 0)
    }
  }

  private func keep(_ line: JSON) {
    lines.append(line)
    if line["kind"]?.string == "epoch" {
      epochs.append(Measurements(json: line))
    } else {
      steps.append(Measurements(json: line))
    }
  }

  public func trainingBegan(_ plan: TrainingPlan) throws {
    stepInterval = max(1, plan.steps / 1000)
    events = try TensorBoardLog(folder: folder.path)
  }

  public func stepEnded(_ report: StepReport) throws {
    guard report.step % stepInterval == 0 else { return }
    var line = JSON.Object([("kind", "step"), ("step", .integer(report.step))])
    line["epoch"] = .integer(report.epoch)
    line["loss"] = .number(report.loss)
    for (name, value) in report.scores.pairs { line[name] = .number(value) }
    line["learning_rate"] = .number(report.learningRate)
    line["gradient_norm"] = .number(report.gradientNorm)
    keep(.object(line))
    try events?.scalar("training/loss of a step", report.loss, step: report.step)
    try events?.scalar("training/learning rate", report.learningRate, step: report.step)
    try events?.scalar("training/gradient norm", report.gradientNorm, step: report.step)
  }

  public func epochEnded(_ report: EpochReport) throws {
    var line = JSON.Object([("kind", "epoch"), ("epoch", .integer(report.epoch))])
    line["step"] = .integer(report.step)
    line["learning_rate"] = .number(report.learningRate)
    for (name, value) in report.training.pairs {
      line["training_\(name)"] = .number(value)
      try events?.scalar("\(name)/training", value, step: report.step)
    }
    for (name, value) in report.validation?.pairs ?? [] {
      line["validation_\(name)"] = .number(value)
      try events?.scalar("\(name)/validation", value, step: report.step)
    }
    line["best"] = .integer(report.isBest ? 1 : 0)
    line["training_seconds"] = .number(report.trainingSeconds.rounded(toPlaces: 3))
    line["validation_seconds"] = .number(report.validationSeconds.rounded(toPlaces: 3))
    line["images_per_second"] = .number(report.imagesPerSecond.rounded(toPlaces: 1))
    keep(.object(line))
    try write()
  }

  public func bestFound(_ checkpoint: () -> Checkpoint) throws {
    try checkpoint().write(to: folder.best)
  }

  public func placeReached(_ checkpoint: () -> Checkpoint) throws {
    try checkpoint().write(to: folder.last)
    try write()
  }

  private func write() throws {
    try AtomicFile.write(lines.map { "\($0)\n" }.joined(), to: folder.log)
    try AtomicFile.write(csv, to: folder.table)
  }

  /// A column for each name that any epoch has; empty where an epoch was not validated.
  private var csv: String {
    let columns = epochs.reduce(into: [String]()) { columns, row in
      for name in row.names where !columns.contains(name) { columns.append(name) }
    }
    let rows = epochs.map { row in
      columns.map { name in row[name].map(Self.text) ?? "" }.joined(separator: ",")
    }
    return ([columns.joined(separator: ",")] + rows).map { $0 + "\n" }.joined()
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

extension Double {
  func rounded(toPlaces places: Int) -> Double {
    let factor = (0..<places).reduce(1.0) { factor, _ in factor * 10 }
    return (self * factor).rounded() / factor
  }
}
