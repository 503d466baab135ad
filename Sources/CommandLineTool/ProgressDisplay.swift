import Figures
import Foundation
import TapeGrad

/// Shows how a training goes: on a terminal one line that moves and a row for each epoch; in a pipe
/// the rows, and a plain line now and then.
final class ProgressDisplay: TrainingObserver {
  private let session: TrainingSession
  private var plan: TrainingPlan?
  private let start = Date()
  private var firstStep = 0
  private var lastShown = Date.distantPast
  private var speed: Double?
  private var smoothedLoss: Double?
  private var smoothedScore: Double?
  private var last: StepReport?
  private var hasHeader = false

  init(_ session: TrainingSession) { self.session = session }

  // MARK: - Before and after

  func introduce() {
    let configuration = session.configuration
    let counts = session.data.counts
    let optimization = configuration.optimization
    let average = optimization.averageDecay > 0 ? ", averaged weights" : ""
    Terminal.say(
      "\(configuration.model.name): \(NumberFormat.count(session.model.parameterCount)) parameters")
    Terminal.say(
      "\(configuration.data.name): \(NumberFormat.count(counts.training)) images to train on, "
        + "\(NumberFormat.count(counts.validation)) for validation, "
        + "\(NumberFormat.count(counts.heldOut)) held out")
    Terminal.say(
      "\(optimization.method.rawValue), \(optimization.schedule.rawValue) up to "
        + "\(NumberFormat.short(optimization.learningRate)), batches of \(optimization.batchSize)"
        + average + ", seed \(configuration.seed)")
    Terminal.say("writing to \(session.folder.path)")
    Terminal.say()
  }

  func conclude(_ outcome: TrainingSession.Outcome) {
    let folder = session.folder
    Terminal.say()
    switch outcome.end {
    case .completed:
      Terminal.say("Best weights on \(session.data.counts.heldOut) held-out images:")
      for (name, value) in outcome.measurements.pairs {
        Terminal.say("  \(pad(name, 16)) \(NumberFormat.fixed(value, 4))")
      }
      Terminal.say()
    case .stopped, .interrupted:
      let step = last?.step ?? plan?.firstStep ?? 0
      let steps = plan?.steps ?? 0
      Terminal.say(
        step < steps
          ? "Stopped after step \(step) of \(steps)."
          : "Stopped before the result was measured on the held-out images.")
      Terminal.say("Go on with: tapegrad train --resume \(folder.path)")
      Terminal.say()
    }
    Terminal.say("run     \(folder.path)")
    Terminal.say("report  \(folder.report)")
  }

  /// How far the measuring on held-out images is.
  func measured(done: Int, total: Int) {
    show("measuring on held-out images \(100 * done / max(1, total)) %")
  }

  // MARK: - During

  func trainingBegan(_ plan: TrainingPlan) {
    self.plan = plan
    firstStep = plan.firstStep
    if plan.firstStep > 0 { Terminal.say("resuming after step \(plan.firstStep)") }
  }

  func stepEnded(_ report: StepReport) {
    last = report
    let rate = Double(report.images) / max(report.seconds, 1e-9)
    speed = mix(speed, rate)
    smoothedLoss = mix(smoothedLoss, report.loss)
    smoothedScore = report.scores.pairs.first.map { mix(smoothedScore, $0.value) }
    guard let plan else { return }
    if Terminal.isInteractive {
      if Date().timeIntervalSince(lastShown) < 0.1, report.step < plan.steps { return }
      lastShown = Date()
      Terminal.show(line(report, plan))
    } else if lastShown == .distantPast || Date().timeIntervalSince(lastShown) >= 15 {
      lastShown = Date()
      Terminal.say(plainLine(report, plan))
    }
  }

  func validationAdvanced(done: Int, total: Int) {
    show("epoch \(last?.epoch ?? 0): validating \(100 * done / max(1, total)) %")
  }

  func epochEnded(_ report: EpochReport) {
    if !hasHeader { Terminal.say(header(report)) }
    hasHeader = true
    Terminal.say(row(report))
  }

  private func mix(_ old: Double?, _ new: Double) -> Double {
    guard let old, old.isFinite else { return new }
    return 0.9 * old + 0.1 * new
  }

  private func show(_ text: String) {
    guard Date().timeIntervalSince(lastShown) >= 0.1 else { return }
    if Terminal.isInteractive { lastShown = Date() }
    Terminal.show(text)
  }

  // MARK: - Lines

  private func remaining(_ report: StepReport, _ plan: TrainingPlan) -> String {
    let done = report.step - firstStep
    let perStep = Date().timeIntervalSince(start) / Double(max(1, done))
    let seconds = Int((perStep * Double(plan.steps - report.step)).rounded())
    let minutes = seconds / 60
    return minutes >= 60
      ? "\(minutes / 60):\(two(minutes % 60)):\(two(seconds % 60))"
      : "\(minutes):\(two(seconds % 60))"
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func measures(_ report: StepReport) -> String {
    var text = "loss \(NumberFormat.fixed(smoothedLoss ?? report.loss, 4))"
    if let score = report.scores.pairs.first {
      text += "  \(score.name) \(NumberFormat.fixed(smoothedScore ?? score.value, 4))"
    }
    return text
  }

  private func line(_ report: StepReport, _ plan: TrainingPlan) -> String {
    let steps = "\(report.stepInEpoch)/\(plan.stepsPerEpoch)"
    let head = "epoch \(report.epoch)/\(plan.epochs) "
    let tail =
      " \(steps)  \(measures(report))  \(Int((speed ?? 0).rounded())) images/s  "
      + "ETA \(remaining(report, plan))"
    let room = Terminal.width - head.count - tail.count - 4
    guard room >= 6 else { return head + tail }
    return head + bar(Double(report.step) / Double(plan.steps), min(room, 30)) + tail
  }

  private func bar(_ share: Double, _ width: Int) -> String {
    let filled = min(width, Int((share * Double(width)).rounded(.down)))
    let head = filled < width ? ">" : ""
    return "[" + String(repeating: "=", count: filled) + head
      + String(repeating: " ", count: max(0, width - filled - 1)) + "]"
  }

  private func plainLine(_ report: StepReport, _ plan: TrainingPlan) -> String {
    "step \(report.step)/\(plan.steps)  epoch \(report.epoch)/\(plan.epochs)  \(measures(report))  "
      + "\(Int((speed ?? 0).rounded())) images/s  ETA \(remaining(report, plan))"
  }

  // MARK: - Table

  private func columns(_ report: EpochReport) -> [(title: String, width: Int, text: String)] {
    var columns = [("epoch", 7, "\(report.epoch)/\(plan?.epochs ?? 0)")]
    for (name, value) in report.training.pairs {
      columns.append((name, max(8, name.count), NumberFormat.fixed(value, 4)))
    }
    let validated = report.validation
    for name in (validated?.names ?? lastValidated) {
      let title = "val \(short(name))"
      let text = validated?[name].map { NumberFormat.fixed($0, 4) } ?? ""
      columns.append((title, max(8, title.count), text))
    }
    if let names = validated?.names { lastValidated = names }
    columns.append(("images/s", 8, "\(Int(report.imagesPerSecond.rounded()))"))
    columns.append(("time", 7, clock(Date().timeIntervalSince(start))))
    return columns.map { (title: $0.0, width: $0.1, text: $0.2) }
  }

  private var lastValidated: [String] = []

  private func short(_ name: String) -> String {
    name == "pixel_accuracy" ? "pixels" : name
  }

  private func header(_ report: EpochReport) -> String {
    columns(report).map { left($0.title, $0.width) }.joined(separator: "  ")
  }

  private func row(_ report: EpochReport) -> String {
    columns(report).map { left($0.text, $0.width) }.joined(separator: "  ")
      + (report.isBest ? "  best" : "")
  }

  private func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    return whole >= 3600
      ? "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))"
      : "\(whole / 60):\(two(whole % 60))"
  }

  private func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
