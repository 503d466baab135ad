import Datasets

/// Images in memory, divided into those trained on, those the best weights are chosen on, and those
/// the result is measured on.
public enum TrainingData: Sendable {
  case classification(
    training: LabelledImages, validation: LabelledImages, heldOut: LabelledImages)
  case segmentation(
    training: [SegmentationExample], validation: [SegmentationExample],
    heldOut: [SegmentationExample])

  /// The numbers of images in the three parts.
  public var counts: (training: Int, validation: Int, heldOut: Int) {
    switch self {
    case .classification(let training, let validation, let heldOut):
      (training.count, validation.count, heldOut.count)
    case .segmentation(let training, let validation, let heldOut):
      (training.count, validation.count, heldOut.count)
    }
  }

  /// Reads or makes what the configuration names, and fills in what the data decide of it: channels,
  /// classes, sizes, class names, normalisation.
  ///
  /// The division depends on the data and the counts only, never on the seed, so runs of different
  /// seeds are measured on the same images. Throws `DatasetError` for files, `TrainingError` for
  /// counts that cannot be met.
  public static func load(_ configuration: inout TrainingConfiguration) throws -> TrainingData {
    let data = configuration.data
    guard let entry = DatasetCatalog.entry(named: data.name) else {
      throw TrainingError.configuration("there is no dataset '\(data.name)'")
    }
    switch entry.purpose {
    case .classification:
      return try loadClasses(data, into: &configuration)
    case .segmentation:
      return try loadMasks(data, into: &configuration)
    }
  }

  /// The folder of the dataset; throws if none was named.
  static func folder(of data: DataConfiguration) throws -> String {
    guard let path = data.path ?? DatasetCatalog.entry(named: data.name)?.defaultPath else {
      throw TrainingError.configuration("\(data.name) wants the folder of its files")
    }
    return path
  }

  static func tooFew(_ path: String, _ what: String, wanted: Int, found: Int) -> TrainingError {
    .data(path: path, "expected at least \(wanted) \(what), found \(found)")
  }
}

// MARK: - Classes

extension TrainingData {
  private static func loadClasses(
    _ data: DataConfiguration, into configuration: inout TrainingConfiguration
  ) throws -> TrainingData {
    let (pool, test) = try readClasses(data)
    let path = data.path ?? data.name
    let wanted = data.validationCount + (data.trainingCount ?? 1)
    guard pool.count >= wanted else {
      throw tooFew(
        path, "training images (\(data.validationCount) of them for validation)", wanted: wanted,
        found: pool.count)
    }
    guard test.count > 0 else { throw tooFew(path, "images to test on", wanted: 1, found: 0) }
    var generator = SeededGenerator(seed: divisionSeed)
    let order = generator.permutation(pool.count)
    let end = data.trainingCount.map { data.validationCount + $0 } ?? pool.count
    let validation = pool.selecting(order[..<data.validationCount].sorted())
    let training = pool.selecting(order[data.validationCount..<end].sorted())
    let heldOut = data.heldOutCount.map { test.selecting(0..<min($0, test.count)) } ?? test

    configuration.model.channels = training.channels
    configuration.model.classes = training.classNames.count
    configuration.model.imageHeight = training.height + 2 * data.padding
    configuration.model.imageWidth = training.width + 2 * data.padding
    configuration.data.classNames = training.classNames
    if data.normalization == nil {
      configuration.data.normalization = .standardizing(training)
    }
    return .classification(training: training, validation: validation, heldOut: heldOut)
  }

  /// Which images are set aside does not depend on the seed of the run.
  private static let divisionSeed: UInt64 = 0

  private static func readClasses(
    _ data: DataConfiguration
  ) throws -> (pool: LabelledImages, test: LabelledImages) {
    switch data.name {
    case "shapes":
      let pool = (data.trainingCount ?? 4000) + data.validationCount
      let shapes = Shapes(side: data.imageSize ?? 28)
      // Far from the others, so that more training images leave the test images as they are.
      let test = 1_000_000..<(1_000_000 + (data.heldOutCount ?? 1000))
      return (shapes.images(0..<pool), shapes.images(test))
    case "fashion-mnist":
      let folder = try folder(of: data)
      return (
        try FashionMNIST.read(in: folder, split: .train),
        try FashionMNIST.read(in: folder, split: .test)
      )
    case "mnist":
      let folder = try folder(of: data)
      return (
        try readMNIST(in: folder, split: .train), try readMNIST(in: folder, split: .test)
      )
    case "cifar10":
      let folder = try folder(of: data)
      return (
        try CIFAR.readTen(in: folder, split: .train), try CIFAR.readTen(in: folder, split: .test)
      )
    default:
      return try readFolders(folder(of: data))
    }
  }

  /// `DIR/train/CLASS` with `DIR/test` (or `valid`, `val`); or `DIR/CLASS`, of which every fifth image
  /// is held out.
  private static func readFolders(
    _ folder: String
  ) throws -> (pool: LabelledImages, test: LabelledImages) {
    guard isFolder("\(folder)/train") else {
      let all = try readClassFolders(folder)
      let test = stride(from: 4, to: all.count, by: 5)
      return (all.selecting((0..<all.count).filter { $0 % 5 != 4 }), all.selecting(Array(test)))
    }
    let pool = try readClassFolders("\(folder)/train")
    let testFolder = try testFolder(folder)
    let test = try readClassFolders(testFolder)
    guard pool.classNames == test.classNames else {
      throw DatasetError(
        .namesDiffer, path: testFolder,
        expected: "the classes of \(folder)/train (\(pool.classNames.joined(separator: ", ")))",
        found: test.classNames.joined(separator: ", "))
    }
    guard pool.height == test.height, pool.width == test.width, pool.channels == test.channels
    else {
      throw DatasetError(
        .sizesDiffer, path: testFolder,
        expected: "images of \(pool.height) x \(pool.width) x \(pool.channels) as in train",
        found: "\(test.height) x \(test.width) x \(test.channels)")
    }
    return (pool, test)
  }

  /// The first of the usual names that is there.
  static func testFolder(_ folder: String) throws -> String {
    for name in ["test", "valid", "val"] where isFolder("\(folder)/\(name)") {
      return "\(folder)/\(name)"
    }
    throw DatasetError(
      .missing, path: folder, expected: "a folder test, valid or val beside train", found: "none")
  }
}
