import Datasets
import TestSupport
import Testing

@Suite struct CIFARTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A record whose red plane is `label`, and whose green and blue planes count up.
  private func record(_ labels: [UInt8]) -> [UInt8] {
    var planes = [UInt8](repeating: labels[labels.count - 1], count: 1024)
    planes += (0..<1024).map { UInt8($0 % 256) }
    planes += (0..<1024).map { UInt8($0 / 4 % 256) }
    return labels + planes
  }

  private func error(_ split: DatasetSplit = .train) -> DatasetError? {
    datasetError { () throws(DatasetError) in
      _ = try CIFAR.readTen(in: folder.path, split: split)
    }
  }

  @Test func ten() throws {
    try folder.write("data_batch_1.bin", record([3]) + record([5]))
    try folder.write("data_batch_2.bin", record([9]))
    try folder.write("data_batch_4.bin", record([1]))
    try folder.write("test_batch.bin", record([0]))
    let data = try CIFAR.readTen(in: folder.path, split: .train)
    // The fourth file has no third before it.
    #expect(data.labels == [3, 5, 9])
    #expect(data.height == 32 && data.width == 32 && data.channels == 3)
    let image = Array(data.image(1))
    for pixel in [0, 1, 255, 256, 1023] {
      #expect(
        Array(image[(3 * pixel)..<(3 * pixel + 3)])
          == [5, UInt8(pixel % 256), UInt8(pixel / 4 % 256)])
    }
    #expect(data.classNames[3] == "cat")
    #expect(try CIFAR.readTen(in: folder.path, split: .test).labels == [0])
  }

  @Test func classNamesFromFile() throws {
    try folder.write("data_batch_1.bin", record([3]))
    try folder.write("batches.meta.txt", Array("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".utf8))
    #expect(try CIFAR.readTen(in: folder.path, split: .train).classNames[3] == "d")
    try folder.write("batches.meta.txt", Array("a\nb\n".utf8))
    #expect(error()?.kind == .countsDiffer)
  }

  @Test func hundred() throws {
    try folder.write("train.bin", record([19, 99]) + record([0, 7]))
    let fine = try CIFAR.readHundred(in: folder.path, split: .train)
    #expect(fine.labels == [99, 7])
    #expect(fine.classNames.count == 100)
    #expect(fine.image(0)[0] == 99)
    let coarse = try CIFAR.readHundred(in: folder.path, split: .train, labels: .coarse)
    #expect(coarse.labels == [19, 0])
    #expect(coarse.classNames.count == 20)
    #expect(coarse.pixels == fine.pixels)
  }

  @Test func errors() throws {
    #expect(error()?.kind == .missing)
    #expect(error()?.path == folder.path + "/data_batch_1.bin")
    try folder.write("data_batch_1.bin", record([3]).dropLast())
    #expect(error()?.kind == .damaged)
    #expect(error()?.found == "3072 bytes, which is 0 records and 3072 bytes")
    try folder.write("data_batch_1.bin", [])
    #expect(error()?.kind == .damaged)
    try folder.write("data_batch_1.bin", record([9]) + record([10]))
    #expect(error()?.kind == .badLabel)
    #expect(error()?.found == "10 in record 1")
  }
}
