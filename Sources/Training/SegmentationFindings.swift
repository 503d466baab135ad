import Datasets
import Figures
import Interchange
import Layers

/// A segmentation on held-out images.
struct SegmentationFindings: Findings {
  let result: SegmentationResult
  let agreement: ThresholdedAgreement
  /// What the best threshold scores on the same images; for grey images.
  let baseline: ThresholdScore?

  init(
    of model: any Layer, training: [SegmentationExample], heldOut: [SegmentationExample],
    configuration: TrainingConfiguration, progress: Progress
  ) throws {
    result = try SegmentationResult(
      of: model, on: heldOut, predictor: configuration.makeSegmentationPredictor(),
      loss: configuration.optimization.loss, progress: progress)
    agreement = result.agreement()
    baseline =
      heldOut[0].planes.count == 1
      ? bestThresholdScore(training: training.map(\.grey), heldOut: heldOut.map(\.grey)) : nil
  }

  var measurements: Measurements {
    var measurements = result.pixelMeasurements
    measurements["rand_f"] = agreement.bestRandF
    measurements["information_f"] = agreement.bestInformationF
    return measurements
  }

  var sentence: String {
    "On \(result.examples.count) held-out images the masks overlap with the truth by a Dice score of "
      + "\(NumberFormat.fixed(result.counts.dice, 3))."
  }

  var highlights: [(name: String, value: String)] {
    [
      ("Dice", NumberFormat.fixed(result.counts.dice, 4)),
      ("IoU", NumberFormat.fixed(result.counts.intersectionOverUnion, 4)),
      ("Pixel accuracy", NumberFormat.percent(result.counts.pixelAccuracy)),
      ("Rand F", NumberFormat.fixed(agreement.bestRandF, 4)),
      ("Information F", NumberFormat.fixed(agreement.bestInformationF, 4)),
    ]
  }

  var details: JSON.Object {
    var details = JSON.Object([("rand_threshold", .number(Double(agreement.bestRandThreshold)))])
    if let baseline {
      details["threshold_baseline"] = [
        "dice": .number(baseline.dice), "iou": .number(baseline.intersectionOverUnion),
        "pixel_accuracy": .number(baseline.pixelAccuracy),
        "smoothing": .number(Double(baseline.smoothing)),
        "threshold": .number(Double(baseline.threshold)),
      ]
    }
    return details
  }

  func describe(in report: inout Report, folder: RunFolder) throws {
    let grid = pictures
    try grid.write("examples", in: folder)
    try grid.montage().write(to: "\(folder.figures)/examples.png")
    report.section("Pictures") { section in
      section.text(
        "Held-out images from the best Dice score to the worst. Errors are coloured: orange where the "
          + "network sees the class and there is none, blue where it misses it.")
      section.images(grid)
    }
    if let baseline {
      report.section("Beside a threshold") { section in
        section.text(
          "The least a network has to beat: smooth the image, call every pixel darker than a threshold "
            + "the class, both chosen on the training images (smoothing "
            + "\(NumberFormat.short(Double(baseline.smoothing))) pixels, threshold "
            + "\(NumberFormat.fixed(Double(baseline.threshold), 3))).")
        section.table(
          columns: ["on the held-out images", "Dice", "IoU", "pixel accuracy"],
          rows: [
            row(
              "network", result.counts.dice, result.counts.intersectionOverUnion,
              result.counts.pixelAccuracy),
            row(
              "best threshold", baseline.dice, baseline.intersectionOverUnion,
              baseline.pixelAccuracy),
          ])
      }
    }
    let curve = LineChart(
      "Agreement of the cells", x: "threshold", y: "F-score",
      [
        .init("Rand", points: agreement.curve.map { (Double($0.threshold), $0.randF) }),
        .init(
          "information", points: agreement.curve.map { (Double($0.threshold), $0.informationF) }),
      ])
    try curve.write("agreement", in: folder)
    report.section("Cells kept apart") { section in
      section.text(
        "The scores of the ISBI 2012 challenge compare the cells that the predicted membranes part with "
          + "the true ones, at each threshold of the probability of being inside a cell. The best of "
          + "the curve counts.")
      section.figure(curve)
    }
  }

  private func row(_ name: String, _ scores: Double...) -> [String] {
    [name] + scores.map { NumberFormat.fixed($0, 4) }
  }

  /// Input, truth, probability and errors of at most six images, spread over the range of scores.
  private var pictures: ImageGrid {
    let scores = zip(result.probabilities, result.examples).map {
      dice(probability: $0.values, mask: $1.mask.values)
    }
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    let count = min(6, order.count)
    let chosen = (0..<count).map { order[count == 1 ? 0 : $0 * (order.count - 1) / (count - 1)] }
    return ImageGrid(
      "Held-out images", headings: ["input", "truth", "probability", "errors"],
      rows: chosen.map { index in
        let example = result.examples[index]
        let probability = result.probabilities[index]
        let truth = example.mask.values.map { $0 > 0.5 }
        let input = Picture(
          width: example.mask.width, height: example.mask.height,
          values: example.planes[0].values, range: 0...1)
        return [
          .init(input, example.name),
          .init(mask(example.mask)),
          .init(mask(probability), "Dice \(NumberFormat.fixed(scores[index], 3))"),
          .init(
            input.showingErrors(prediction: probability.values.map { $0 >= 0.5 }, truth: truth)),
        ]
      })
  }

  private func mask(_ plane: Plane) -> Picture {
    Picture(width: plane.width, height: plane.height, values: plane.values, range: 0...1)
  }
}

extension SegmentationExample {
  fileprivate var grey: SegmentationSample { SegmentationSample(image: planes[0], mask: mask) }
}
