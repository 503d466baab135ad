import Foundation
import TapeGrad
import TestSupport
import Testing

@Suite struct TrainingDataTests {
  private func configuration(
    _ model: String, _ dataset: String, _ path: String, validation: Int = 1
  ) throws -> TrainingConfiguration {
    var configuration = try TrainingConfiguration.recommended(model: model, dataset: dataset)
    configuration.data.path = path
    configuration.data.validationCount = validation
    return configuration
  }

  private func write(_ path: String, width: Int = 8, height: Int = 8, _ grey: (Int) -> UInt8) throws
  {
    try Picture(width: width, height: height, grey: (0..<width * height).map(grey)).write(to: path)
  }

  private func writePairs(_ folder: TemporaryFolder, _ root: String, count: Int) throws {
    try folder.folder("\(root)/image")
    try folder.folder("\(root)/label")
    for index in 0..<count {
      try write(folder.file("\(root)/image/\(index).png")) { UInt8(($0 * 7 + index) % 256) }
      // A quarter of the pixels is 0: the smaller class.
      try write(folder.file("\(root)/label/\(index).png")) { $0 % 4 == 0 ? 0 : 255 }
    }
  }

  @Test func generatedPartsDoNotOverlapAndDoNotDependOnTheSeed() throws {
    var one = try TrainingConfiguration.recommended(model: "lenet", seed: 1, quick: true)
    var two = try TrainingConfiguration.recommended(model: "lenet", seed: 2, quick: true)
    let (training, validation, heldOut) = try #require(try TrainingData.load(&one).classification)
    let (training2, _, heldOut2) = try #require(try TrainingData.load(&two).classification)
    #expect((training.count, validation.count, heldOut.count) == (256, 64, 128))
    #expect(training == training2 && heldOut == heldOut2)
    var seen = Set((0..<training.count).map { Array(training.image($0)) })
    for images in [validation, heldOut] {
      for index in 0..<images.count { #expect(seen.insert(Array(images.image(index))).inserted) }
    }
  }

  @Test func everyFifthPairIsHeldOut() throws {
    let folder = try TemporaryFolder()
    try writePairs(folder, ".", count: 11)
    var configuration = try configuration("unet", "pairs", folder.path, validation: 2)
    let (training, validation, heldOut) = try #require(
      try TrainingData.load(&configuration).segmentation)
    #expect(training.map(\.name) == ["0", "1", "2", "3", "5", "6", "7"])
    #expect(validation.map(\.name) == ["8", "10"])
    #expect(heldOut.map(\.name) == ["4", "9"])
    // The class looked for is the smaller one.
    #expect(training[0].mask.values == (0..<64).map { $0 % 4 == 0 ? 1 : 0 })
    #expect(configuration.model.channels == 1)
  }

  @Test func isbiHoldsOutTheSectionsFromTwentyOn() throws {
    let folder = try TemporaryFolder()
    try writePairs(folder, "train", count: 23)
    var configuration = try configuration("unet", "isbi2012", folder.path)
    let (training, validation, heldOut) = try #require(
      try TrainingData.load(&configuration).segmentation)
    #expect(training.map(\.name) == (0..<19).map { "\($0)" })
    #expect(validation.map(\.name) == ["19"])
    #expect(heldOut.map(\.name) == ["20", "21", "22"])
  }

  @Test func tooFewSectionsAreTold() throws {
    let folder = try TemporaryFolder()
    try writePairs(folder, "train", count: 20)
    var configuration = try configuration("unet", "isbi2012", folder.path)
    let error = #expect(throws: TrainingError.self) { try TrainingData.load(&configuration) }
    #expect("\(error!)".contains("expected at least 21 sections"))
  }

  @Test func masksOfThreeValuesAreRefused() throws {
    let folder = try TemporaryFolder()
    try writePairs(folder, ".", count: 6)
    try write(folder.file("label/3.png")) { UInt8($0 % 3) }
    var configuration = try configuration("unet", "pairs", folder.path)
    let error = #expect(throws: DatasetError.self) { try TrainingData.load(&configuration) }
    #expect(error!.kind == .badLabel)
    #expect(error!.found == "4 values: 0, 1, 2, 255")
  }

  @Test func foldersOfClassesWithATestFolder() throws {
    let folder = try TemporaryFolder()
    for (part, count) in [("train", 6), ("valid", 2)] {
      for (shade, name) in [(40, "dark"), (200, "light")] {
        let path = try folder.folder("\(part)/\(name)")
        for index in 0..<count {
          try write("\(path)/\(index).png") { UInt8(shade + ($0 + index) % 16) }
        }
      }
    }
    var configuration = try configuration("resnet20", "folders", folder.path, validation: 3)
    let (training, validation, heldOut) = try #require(
      try TrainingData.load(&configuration).classification)
    #expect((training.count, validation.count, heldOut.count) == (9, 3, 4))
    #expect(configuration.data.classNames == ["dark", "light"])
    #expect(configuration.model.classes == 2)
    #expect(configuration.model.imageHeight == 8)
  }

  @Test func otherClassesInTheTestFolderAreRefused() throws {
    let folder = try TemporaryFolder()
    for path in ["train/a", "train/b", "test/a", "test/c"] {
      try write("\(try folder.folder(path))/0.png") { UInt8($0) }
    }
    var configuration = try configuration("resnet20", "folders", folder.path)
    let error = #expect(throws: DatasetError.self) { try TrainingData.load(&configuration) }
    #expect(error!.kind == .namesDiffer)
  }

  @Test func moreValidationThanImagesIsRefused() throws {
    let folder = try TemporaryFolder()
    try writePairs(folder, ".", count: 5)
    var configuration = try configuration("unet", "pairs", folder.path, validation: 4)
    let error = #expect(throws: TrainingError.self) { try TrainingData.load(&configuration) }
    #expect("\(error!)".contains("expected at least 5 images to train on"))
  }
}

extension TrainingData {
  fileprivate typealias Parts<Images> = (training: Images, validation: Images, heldOut: Images)

  fileprivate var classification: Parts<LabelledImages>? {
    if case .classification(let a, let b, let c) = self { (a, b, c) } else { nil }
  }

  fileprivate var segmentation: Parts<[SegmentationExample]>? {
    if case .segmentation(let a, let b, let c) = self { (a, b, c) } else { nil }
  }
}
