import Datasets
import Figures
import Foundation
import Interchange
import Layers

/// A trained model applied to every PNG file of a folder.
public struct FolderPrediction {
  public let model: any Layer
  public let configuration: TrainingConfiguration
  public let input: String
  public let output: String
  /// Probability from which a pixel belongs to the mask.
  public let threshold: Float

  public init(
    model: any Layer, configuration: TrainingConfiguration, input: String, output: String,
    threshold: Float = 0.5
  ) {
    self.model = model
    self.configuration = configuration
    self.input = input
    self.output = output
    self.threshold = threshold
  }

  /// Predicts and writes; a sentence about what was written.
  ///
  /// A segmentation writes `NAME-probability.png` (0 is black, 1 white) and `NAME-mask.png`; a
  /// classification `predictions.csv`. Images may be of any size for the first and must have the
  /// training images' size for the second. Throws before anything is written: `DatasetError` if the
  /// folder has no image or one cannot be read, `TrainingError` if two results would have one name.
  @discardableResult
  public func run(progress: Progress = { _, _ in }) throws -> String {
    let (names, images) = try readImages(in: input, channels: configuration.model.channels)
    try requireOneResultForEach(names)
    try makeFolder(output)
    return ModelCatalog.entry(named: configuration.model.name)?.purpose == .segmentation
      ? try segment(names, images, progress) : try classify(names, images, progress)
  }

  /// Results are named after images: two of one name would overwrite one another, and results beside the
  /// images would be taken for images the next time.
  private func requireOneResultForEach(_ names: [String]) throws {
    func place(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    guard place(input) != place(output) else {
      throw TrainingError.configuration(
        "the results cannot go into the folder of the images, \(input); name another")
    }
    let alike = Dictionary(grouping: names) { $0.lowercased() }.filter { $1.count > 1 }
    if let name = alike.keys.min() {
      throw TrainingError.configuration(
        "\(input) has \(alike[name]!.count) images whose names differ in case or ending only, and whose "
          + "results would have one name: \(alike[name]!.joined(separator: ", ")); rename one")
    }
  }

  private func segment(
    _ names: [String], _ images: [PixelImage], _ progress: Progress
  ) throws -> String {
    let predictor = configuration.makeSegmentationPredictor()
    for (index, (name, image)) in zip(names, images).enumerated() {
      let probability = try predictor.probability(of: image.planes, by: model) { done, total in
        try progress(index * total + done, images.count * total)
      }
      try write(probability, "\(name)-probability") { UInt8((min(max($0, 0), 1) * 255).rounded()) }
      try write(probability, "\(name)-mask") { $0 >= threshold ? 255 : 0 }
    }
    return "wrote probability maps and masks of \(images.count) images to \(output)"
  }

  private func write(
    _ plane: Plane, _ name: String, _ level: (Float) -> UInt8
  ) throws {
    let picture = Picture(
      width: plane.width, height: plane.height, grey: plane.values.map(level))
    try picture.write(to: "\(output)/\(name).png")
  }

  private func classify(
    _ names: [String], _ images: [PixelImage], _ progress: Progress
  ) throws -> String {
    let data = configuration.data
    let height = (configuration.model.imageHeight ?? 0) - 2 * data.padding
    let width = (configuration.model.imageWidth ?? 0) - 2 * data.padding
    for (name, image) in zip(names, images) where image.height != height || image.width != width {
      throw DatasetError(
        .sizesDiffer, path: "\(input)/\(name).png",
        expected: "\(height) x \(width) pixels, as in training",
        found: "\(image.height) x \(image.width)")
    }
    let labelled = LabelledImages(
      height: height, width: width, channels: configuration.model.channels,
      pixels: images.flatMap(\.pixels), labels: images.map { _ in 0 },
      classNames: data.classNames)
    let probabilities = try configuration.makeClassificationPredictor().probabilities(
      of: labelled, by: model, progress: progress)
    let classes = data.classNames.count
    let predicted = predictedClasses(scores: probabilities, classes: classes)
    var lines = ["file,class,probability"]
    for (row, (name, label)) in zip(names, predicted).enumerated() {
      lines.append(
        "\(quoted("\(name).png")),\(quoted(data.classNames[label])),"
          + "\(probabilities[row * classes + label])")
    }
    let path = "\(output)/predictions.csv"
    try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: path)
    return "wrote the classes of \(images.count) images to \(path)"
  }

  private func quoted(_ text: String) -> String {
    guard text.contains(where: { ",\"\n".contains($0) }) else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }
}
