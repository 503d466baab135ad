import Datasets
import TestSupport
import Testing

@Suite struct IDXTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func read(_ bytes: [UInt8]) throws -> IDXArray {
    try IDXArray(path: folder.write("array", bytes))
  }

  private func error(_ bytes: [UInt8]) throws -> DatasetError? {
    let path = try folder.write("array", bytes)
    let error = datasetError { () throws(DatasetError) in _ = try IDXArray(path: path) }
    if let error { #expect(error.path == path) }
    return error
  }

  // Two elements of each type by hand: -2 and 1 where the type has a sign, else 254 and 1. The
  // floats are -2 and 0.5: sign, exponent and an empty fraction.
  @Test(arguments: [
    (IDXArray.Element.uint8, [254, 1] as [UInt8], [254, 1] as [Double]),
    (.int8, [0xFE, 1], [-2, 1]),
    (.int16, [0xFF, 0xFE, 0, 1], [-2, 1]),
    (.int32, [0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 0, 1], [-2, 1]),
    (.float32, [0xC0, 0, 0, 0, 0x3F, 0, 0, 0], [-2, 0.5]),
    (.float64, [0xC0, 0, 0, 0, 0, 0, 0, 0, 0x3F, 0xE0, 0, 0, 0, 0, 0, 0], [-2, 0.5]),
  ])
  func everyType(element: IDXArray.Element, bytes: [UInt8], values: [Double]) throws {
    let array = try read([0, 0, element.rawValue, 1, 0, 0, 0, 2] + bytes)
    #expect(array.element == element)
    #expect(array.shape == [2])
    #expect(array.count == 2)
    #expect(array.bytes == bytes)
    #expect(array.doubles == values)
    let isInteger = element != .float32 && element != .float64
    #expect(array.integers == (isInteger ? values.map { Int32($0) } : nil))
  }

  @Test func shapes() throws {
    let array = try read([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3] + Array(1...6))
    #expect(array.shape == [2, 1, 3])
    #expect(array.bytes == Array(1...6))
    // An empty axis leaves no elements.
    #expect(try read([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 5]).count == 0)
  }

  @Test func packed() throws {
    let file: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]
    #expect(try read(gzip(file)) == read(file))
    var damaged = gzip(file)
    damaged[damaged.count - 5] ^= 1
    #expect(try error(damaged)?.kind == .damaged)
    #expect(try error(Array(gzip(file).dropLast(3)))?.kind == .damaged)
  }

  @Test(arguments: [
    [1, 0, 8, 1, 0, 0, 0, 0], [0, 9, 8, 1, 0, 0, 0, 0], [0, 0, 7, 1, 0, 0, 0, 0],
    [0, 0, 0x0A, 1, 0, 0, 0, 0], [0, 0, 8, 0],
  ])
  func wrongBeginning(bytes: [UInt8]) throws {
    #expect(try error(bytes)?.kind == .wrongFormat)
  }

  @Test func wrongLength() throws {
    #expect(try error([])?.kind == .damaged)
    #expect(try error([0, 0, 8])?.kind == .damaged)
    #expect(try error([0, 0, 8, 2, 0, 0, 0, 1])?.kind == .damaged)
    let short = try #require(try error([0, 0, 8, 1, 0, 0, 0, 3, 7, 8]))
    #expect(short.kind == .damaged)
    #expect(
      short.description
        == "\(folder.path)/array: expected 3 bytes of uint8 elements for the shape [3], "
        + "found 2; the file is cut off")
    #expect(try error([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9, 10])?.found == "4")
    // 2^32 - 1 to the third power overflows.
    let huge: [UInt8] = [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12)
    #expect(try error(huge)?.kind == .damaged)
  }

  @Test func missingFile() throws {
    let path = folder.path + "/none"
    let missing = datasetError { () throws(DatasetError) in _ = try IDXArray(path: path) }
    #expect(missing?.description == "\(path): expected an IDX file, found no such file")
    let isFolder = datasetError { () throws(DatasetError) in
      _ = try IDXArray(path: folder.path)
    }
    #expect(isFolder?.kind == .unreadable)
  }
}

@Suite struct MNISTTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let images: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)
  private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 9, 4]

  private func error(_ split: DatasetSplit = .train) -> DatasetError? {
    datasetError { () throws(DatasetError) in
      _ = try FashionMNIST.read(in: folder.path, split: split)
    }
  }

  @Test(arguments: [
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz", DatasetSplit.train),
    ("train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte", .train),
    ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte", .test),
  ])
  func reads(images: String, labels: String, split: DatasetSplit) throws {
    try folder.write(images, images.hasSuffix("gz") ? gzip(Self.images) : Self.images)
    try folder.write(labels, labels.hasSuffix("gz") ? gzip(Self.labels) : Self.labels)
    let data = try FashionMNIST.read(in: folder.path, split: split)
    #expect(data.count == 2 && data.height == 2 && data.width == 3 && data.channels == 1)
    #expect(data.pixels == Array(1...12))
    #expect(data.labels == [9, 4])
    #expect(data.classNames[9] == "Ankle boot")
  }

  @Test func missing() throws {
    let noFolder = datasetError { () throws(DatasetError) in
      _ = try FashionMNIST.read(in: folder.path + "/none", split: .train)
    }
    #expect(noFolder?.kind == .missing)
    #expect(noFolder?.found.contains("apt-get install dataset-fashion-mnist") == true)
    #expect(error()?.kind == .missing)
    try folder.write("train-images-idx3-ubyte", Self.images)
    #expect(error()?.expected == "train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz")
    #expect(error(.test)?.kind == .missing)
  }

  @Test func countsDiffer() throws {
    let images = try folder.write("train-images-idx3-ubyte", Self.images)
    let labels = try folder.write(
      "train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3])
    #expect(
      error()?.description
        == "\(labels): expected 2 labels, as many as images in \(images), found 3")
    #expect(error()?.kind == .countsDiffer)
  }

  @Test func wrongContents() throws {
    try folder.write("train-images-idx3-ubyte", Self.labels)
    try folder.write("train-labels-idx1-ubyte", Self.labels)
    #expect(error()?.kind == .wrongFormat)
    try folder.write("train-images-idx3-ubyte", Self.images)
    try folder.write("train-labels-idx1-ubyte", Self.images)
    #expect(error()?.kind == .wrongFormat)
    try folder.write("train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 9, 10])
    #expect(error()?.kind == .badLabel)
    #expect(error()?.found == "10 for image 1")
  }
}
