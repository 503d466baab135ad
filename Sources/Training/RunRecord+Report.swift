import Figures
import Interchange
import Layers
import Tensors

extension RunRecord {
  /// The page that explains the run: results first, then how they came about, then how to repeat it.
  func report(_ findings: (any Findings)?, folder: RunFolder) throws -> Report {
    var report = Report(
      title: "\(configuration.model.name) on \(configuration.data.name)", lead: lead(findings),
      footer:
        "Written by tapegrad. Seed \(configuration.seed); the same seed gives the same numbers, "
        + "for any number of threads.")
    report.section("Results") { section in
      if let findings {
        section.highlights(findings.highlights + [("Training time", duration)])
        section.text(
          "Measured once, on images that were used for nothing else, with the weights that did best on "
            + "\(NumberFormat.count(counts.validation)) validation images"
            + (outcome.best.map { " (epoch \($0.epoch))" } ?? "") + ".")
      } else {
        section.warning(
          (divergence.map { "\($0). " } ?? "This run was \(status) after step \(step) of "
            + "\(plan.steps). Go on with: tapegrad train --resume \(folder.path). ")
            + "Nothing was measured on the held-out images.")
        if let best = outcome.best {
          section.highlights([
            ("Best validation \(criterion.measurement)", NumberFormat.fixed(best.value, 4)),
            ("in epoch", "\(best.epoch)"),
          ])
        }
      }
    }
    try findings?.describe(in: &report, folder: folder)
    let charts = charts
    for (name, chart) in charts { try chart.write(name, in: folder) }
    if !charts.isEmpty {
      report.section("Training") { $0.figures(charts.map { $0.chart }) }
    }
    report.section("Model") { $0.code(modelTable) }
    report.section("How to repeat it") { section in
      if let command { section.code(command) }
      section.values(settings)
      section.text("config.json in the run's folder holds every setting.")
    }
    return report
  }

  private func lead(_ findings: (any Findings)?) -> String {
    let length =
      "\(NumberFormat.count(model.parameterCount)) parameters, "
      + "\(NumberFormat.count(counts.training)) training images, \(NumberFormat.count(step)) steps."
    return [findings?.sentence, length].compactMap { $0 }.joined(separator: " ")
  }

  private var modelTable: String {
    let side = configuration.data.cropSize ?? 256
    let height = configuration.model.imageHeight ?? side
    let width = configuration.model.imageWidth ?? side
    return "\(summary(of: model, [1, height, width, configuration.model.channels]))"
  }

  private func summary(of model: some Layer, _ input: Shape) -> ModelSummary {
    model.summary(input: input)
  }

  private var duration: String { NumberFormat.duration(seconds: seconds) }

  // MARK: - Charts

  private var charts: [(name: String, chart: LineChart)] {
    guard !log.epochs.isEmpty else { return [] }
    var charts: [(String, LineChart)] = []
    let marks = outcome.best.map { [LineChart.Mark("best", at: Double($0.epoch))] } ?? []
    var names = ["loss"]
    if criterion.measurement != "loss" { names.append(criterion.measurement) }
    for name in names {
      let series = [
        LineChart.Series("training", points: points("training_\(name)")),
        LineChart.Series("validation", points: points("validation_\(name)")),
      ].filter { !$0.points.isEmpty }
      charts.append(
        (
          name,
          LineChart(
            "\(name.capitalized) by epoch", x: "epoch", y: Axis(name), series, marks: marks)
        ))
    }
    let rates = log.steps.compactMap { row in
      row["step"].flatMap { step in row["learning_rate"].map { (x: step, y: $0) } }
    }
    if rates.count > 1 {
      charts.append(
        (
          "learning-rate",
          LineChart(
            "Learning rate", x: "step", y: "learning rate", [.init("rate", points: rates)])
        ))
    }
    return charts
  }

  private func points(_ name: String) -> [(x: Double, y: Double)] {
    log.epochs.compactMap { row in
      row["epoch"].flatMap { epoch in row[name].map { (x: epoch, y: $0) } }
    }
  }

  // MARK: - Settings

  private var settings: [(name: String, value: String)] {
    let optimization = configuration.optimization
    let data = configuration.data
    var settings = [
      ("model", configuration.model.name),
      ("dataset", data.name + (data.path.map { " in \($0)" } ?? " (generated)")),
      (
        "images",
        "\(NumberFormat.count(counts.training)) to train on, "
          + "\(NumberFormat.count(counts.validation)) for validation, "
          + "\(NumberFormat.count(counts.heldOut)) held out"
      ),
      ("optimizer", optimization.method.rawValue),
      (
        "learning rate",
        "\(optimization.schedule.rawValue) up to \(NumberFormat.short(optimization.learningRate))"
      ),
      ("weight decay", NumberFormat.short(optimization.weightDecay)),
      ("batch", "\(optimization.batchSize)"),
      ("epochs", "\(optimization.epochs)"), ("steps taken", NumberFormat.count(step)),
      ("loss", optimization.loss.rawValue),
      ("seed", "\(configuration.seed)"),
    ]
    if let norm = optimization.clippingNorm {
      settings.append(("clipping", NumberFormat.short(norm)))
    }
    if optimization.averageDecay > 0 {
      settings.append(("averaged weights", NumberFormat.short(optimization.averageDecay)))
    }
    if let crop = data.cropSize { settings.append(("crops", "\(crop) x \(crop)")) }
    settings.append(("training time", duration))
    return settings
  }
}
