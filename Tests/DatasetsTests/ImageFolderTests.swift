import Codecs
import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct ImageFolderTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func bytes(_ image: PixelImage) -> [UInt8] { image.pixels }

  // MARK: - Single images

  @Test func oneImage() throws {
    let rgba = try folder.writePNG("a.png", channels: 4)
    #expect(try readImage(rgba).channels == 3)
    #expect(try readImage(rgba).pixels[..<6] == [0, 1, 2, 4, 5, 6])
    #expect(try readImage(rgba, channels: 1).channels == 1)
    let grey = try folder.writePNG("b.png")
    #expect(try readImage(grey).pixels == [0, 1, 2, 3, 4, 5])
    #expect(try readImage(grey, channels: 3).pixels[..<6] == [0, 0, 0, 1, 1, 1])
  }

  @Test func imagesInNaturalOrder() throws {
    for name in ["10.png", "2.PNG", "1.png"] { try folder.writePNG(name) }
    try folder.write(".hidden.png", [1])
    try folder.write("notes.txt", [1])
    #expect(try readImages(in: folder.path).names == ["1", "2", "10"])
  }

  @Test func damagedImage() throws {
    let path = try folder.write("a.png", [1, 2, 3])
    let error = datasetError { () throws(DatasetError) in _ = try readImage(path) }
    #expect(error?.kind == .wrongFormat)
    #expect(error?.path == path)
    let valid = PNG.encode(Raster(width: 1, height: 1, channels: 1, bytes: [1]))
    try folder.write("a.png", valid.dropLast())
    let cut = datasetError { () throws(DatasetError) in _ = try readImages(in: folder.path) }
    #expect(cut?.kind == .damaged)
    #expect(cut?.found.contains("cut off") == true)
  }

  // MARK: - Class folders

  private func classError() -> DatasetError? {
    datasetError { () throws(DatasetError) in _ = try readClassFolders(folder.path) }
  }

  @Test func classFolders() throws {
    try folder.writePNG("dog/10.png", start: 10)
    try folder.writePNG("dog/9.png", start: 9)
    try folder.writePNG("cat/x.png", start: 50)
    try folder.write("README", [1])
    try folder.write("dog/Thumbs.db", [1])
    let data = try readClassFolders(folder.path)
    #expect(data.classNames == ["cat", "dog"])
    #expect(data.labels == [0, 1, 1])
    #expect(data.height == 2 && data.width == 3 && data.channels == 1)
    #expect((0..<3).map { data.image($0).first } == [50, 9, 10])
    #expect(try readClassFolders(folder.path, channels: 3).channels == 3)
  }

  @Test func classFolderErrors() throws {
    #expect(classError()?.kind == .empty)
    try folder.writePNG("cat/x.png")
    try folder.folder("dog")
    #expect(classError()?.kind == .empty)
    #expect(classError()?.path == folder.path + "/dog")
    #expect(classError()?.found == "an empty folder")
    try folder.write("dog/a.jpg", [1])
    #expect(classError()?.found == "none, but 1 others: a.jpg")
    let wide = try folder.writePNG("dog/wide.png", width: 4)
    #expect(classError()?.kind == .sizesDiffer)
    #expect(classError()?.path == wide)
    #expect(classError()?.expected.contains("cat/x.png") == true)
    try folder.writePNG("dog/wide.png", channels: 3)
    #expect(classError()?.kind == .sizesDiffer)
    #expect(classError()?.found.contains("ask for 1 or 3 channels") == true)
    let missing = datasetError { () throws(DatasetError) in
      _ = try readClassFolders(folder.path + "/none")
    }
    #expect(missing?.kind == .missing)
  }

  // MARK: - Pairs

  private func pairError() -> DatasetError? {
    datasetError { () throws(DatasetError) in _ = try readImagePairs(in: folder.path) }
  }

  @Test func pairs() throws {
    for (index, name) in ["2", "10", "1"].enumerated() {
      try folder.writePNG("image/\(name).png", width: index + 1, start: index)
      try folder.writePNG("label/\(name).PNG", width: index + 1, start: 2 * index)
    }
    let data = try readImagePairs(in: folder.path)
    #expect(data.names == ["1", "2", "10"])
    #expect(data.images.map(\.width) == [3, 1, 2])
    #expect(data.images[0].pixels == Array(2...7))
    #expect(data.labels[0].pixels == Array(4...9))
    #expect(data.labelValues == Array(0...9))
    let samples = data.samples(positive: 4)
    #expect(samples[0].mask.values == [1, 0, 0, 0, 0, 0])
    #expect(samples[0].image.values == (2...7).map { Float($0) / 255 })
    #expect(data.selecting([2, 0]).names == ["10", "1"])
  }

  @Test func pairErrors() throws {
    #expect(pairError()?.kind == .missing)
    #expect(pairError()?.path == folder.path + "/image")
    try folder.writePNG("image/a.png")
    #expect(pairError()?.path == folder.path + "/label")
    try folder.folder("label")
    #expect(pairError()?.kind == .empty)
    try folder.writePNG("label/b.png")
    #expect(pairError()?.kind == .namesDiffer)
    #expect(pairError()?.expected.contains("image/a.png") == true)
    try folder.writePNG("label/a.png")
    #expect(pairError()?.kind == .countsDiffer)
    #expect(pairError()?.expected.contains("label/b.png") == true)
    try folder.writePNG("image/b.png")
    #expect(pairError() == nil)
    let label = try folder.writePNG("label/b.png", height: 5)
    #expect(pairError()?.kind == .sizesDiffer)
    #expect(pairError()?.path == label)
    #expect(pairError()?.found == "5 x 3")
    try folder.writePNG("label/b.png")
    try folder.writePNG("label/b.PNG")
    #expect(pairError() != nil)
  }

  @Test func labelFiles() throws {
    try folder.writePNG("image/a.png", width: 2, height: 1)
    // Grey saved as RGB is taken as grey, colours are refused.
    func write(_ channels: Int, _ samples: Raster.Samples) throws {
      try folder.write(
        "label/a.png",
        PNG.encode(Raster(width: 2, height: 1, channels: channels, samples: samples)))
    }
    try write(3, .eight([7, 7, 7, 9, 9, 9]))
    #expect(try readImagePairs(in: folder.path).labels[0].pixels == [7, 9])
    try write(4, .eight([7, 7, 7, 1, 9, 9, 9, 2]))
    #expect(try readImagePairs(in: folder.path).labels[0].pixels == [7, 9])
    try write(3, .eight([7, 7, 7, 9, 9, 8]))
    #expect(pairError()?.kind == .badLabel)
    try write(1, .sixteen([1, 2]))
    #expect(pairError()?.kind == .badLabel)
    // A palette file of 2 x 1 pixels with indices 1 and 0, made with Golden/make_codecs.py of the
    // codec tests: png(2, 1, 3, 8, 0, [1, 0], chunk(b"PLTE", bytes([9, 9, 9, 200, 0, 0]))).
    let palette = try #require(
      Data(
        base64Encoded:
          "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAMAAADD/I+4AAAABlBMVEUJCQ"
          + "nIAABtzAIEAAAAC0lEQVR42mNgZAAAAAUAAkLCRJ8AAAAASUVORK5CYII="
      ))
    try folder.write("label/a.png", Array(palette))
    #expect(try readImagePairs(in: folder.path).labels[0].pixels == [1, 0])
  }
}

@Suite struct NaturalOrderTests {
  @Test func numbersCompareAsNumbers() {
    let sorted = [
      "", "0", "01", "1", "1.png", "2.png", "10.png", "10a", "B", "a", "a1b2", "a1b10", "a02",
      "a2", "a10", "a123456789012345678901234567890", "a123456789012345678901234567891", "b",
    ]
    for (i, left) in sorted.enumerated() {
      for (j, right) in sorted.enumerated() {
        #expect(precedesNaturally(left, right) == (i < j), "\(left) and \(right)")
      }
    }
  }
}

@Suite struct LabelledImagesTests {
  private let data = LabelledImages(
    height: 1, width: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6], labels: [0, 2, 2],
    classNames: ["a", "b", "c"])

  @Test func selecting() {
    #expect(data.count == 3)
    #expect(data.classCounts == [1, 0, 2])
    let chosen = data.selecting([2, 0, 2])
    #expect(chosen.pixels == [5, 6, 1, 2, 5, 6])
    #expect(chosen.labels == [2, 0, 2])
    #expect(data.selecting([]).count == 0)
  }

  @Test func mistakesStop() async {
    await #expect(processExitsWith: .failure) {
      _ = LabelledImages(
        height: 1, width: 2, channels: 1, pixels: [1], labels: [0], classNames: ["a"])
    }
    await #expect(processExitsWith: .failure) {
      _ = LabelledImages(
        height: 1, width: 1, channels: 1, pixels: [1], labels: [1], classNames: ["a"])
    }
    await #expect(processExitsWith: .failure) {
      let image = PixelImage(height: 1, width: 1, channels: 1, pixels: [1])
      let wide = PixelImage(height: 1, width: 2, channels: 1, pixels: [1, 2])
      _ = SegmentationImages(names: ["a"], images: [image], labels: [wide])
    }
  }
}
