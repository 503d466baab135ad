import Datasets
import Figures
import Interchange
import Layers

/// A classifier on held-out images.
struct ClassificationFindings: Findings {
  let heldOut: LabelledImages
  let result: ClassificationResult

  init(
    of model: any Layer, heldOut: LabelledImages, predictor: ClassificationPredictor,
    progress: Progress
  ) throws {
    self.heldOut = heldOut
    result = try ClassificationResult(
      of: model, on: heldOut, predictor: predictor, progress: progress)
  }

  var measurements: Measurements { result.measurements }

  var sentence: String {
    "\(NumberFormat.percent(result.confusion.accuracy)) of \(NumberFormat.count(heldOut.count)) "
      + "held-out images are told right."
  }

  var highlights: [(name: String, value: String)] {
    [
      ("Accuracy", NumberFormat.percent(result.confusion.accuracy)),
      ("Cross entropy", NumberFormat.fixed(result.loss, 4)),
      ("Macro F1", NumberFormat.fixed(result.confusion.macroF1, 4)),
    ]
  }

  var details: JSON.Object {
    let classes = heldOut.classNames.indices.map { label -> JSON in
      [
        "class": .string(heldOut.classNames[label]),
        "precision": .number(result.confusion.precision(of: label)),
        "recall": .number(result.confusion.recall(of: label)),
        "f1": .number(result.confusion.f1(of: label)),
        "images": .integer(result.confusion.support(of: label)),
      ]
    }
    return ["classes": .array(classes)]
  }

  func describe(in report: inout Report, folder: RunFolder) throws {
    let matrix = ConfusionMatrix(classes: heldOut.classNames, counts: result.confusion.rows)
    try matrix.write("confusion", in: folder)
    report.section("Which classes are confused") { section in
      section.figure(
        matrix, caption: "Rows are the true classes, columns what the network called them.")
      section.table(
        columns: ["class", "precision", "recall", "F1", "images"],
        rows: heldOut.classNames.indices.map { label in
          [
            heldOut.classNames[label],
            NumberFormat.fixed(result.confusion.precision(of: label), 4),
            NumberFormat.fixed(result.confusion.recall(of: label), 4),
            NumberFormat.fixed(result.confusion.f1(of: label), 4),
            "\(result.confusion.support(of: label))",
          ]
        },
        caption:
          "Precision: of the images called so, the share that are. Recall: of the images that "
          + "are, the share called so.")
    }
    let wrong = mistakes
    guard !wrong.isEmpty else { return }
    let grid = ImageGrid("Surest mistakes", columns: 8, tiles: wrong)
    try grid.write("mistakes", in: folder)
    report.section("Where it is wrong and sure") { section in
      section.text(
        "The held-out images with the highest probability for a wrong class: what was said, and what "
          + "is true.")
      section.images(grid)
    }
  }

  /// The mistakes of highest probability, at most 32.
  private var mistakes: [ImageGrid.Tile] {
    let classes = heldOut.classNames.count
    func sureness(_ index: Int) -> Float {
      result.probabilities[index * classes + result.predicted[index]]
    }
    let wrong = (0..<heldOut.count).filter { Int(heldOut.labels[$0]) != result.predicted[$0] }
      .sorted { (sureness($0), $1) > (sureness($1), $0) }
    return wrong.prefix(32).map { index in
      let said = heldOut.classNames[result.predicted[index]]
      let truth = heldOut.classNames[Int(heldOut.labels[index])]
      return ImageGrid.Tile(picture(index), "\(said), is \(truth)")
    }
  }

  private func picture(_ index: Int) -> Picture {
    let pixels = Array(heldOut.image(index))
    if heldOut.channels == 3 {
      return Picture(width: heldOut.width, height: heldOut.height, rgb: pixels)
    }
    return Picture(
      width: heldOut.width, height: heldOut.height,
      grey: stride(from: 0, to: pixels.count, by: heldOut.channels).map { pixels[$0] })
  }
}
