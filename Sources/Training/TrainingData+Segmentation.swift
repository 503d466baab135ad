import Datasets
import Foundation

extension TrainingData {
  static func loadMasks(
    _ data: DataConfiguration, into configuration: inout TrainingConfiguration
  ) throws -> TrainingData {
    let (pool, test) =
      data.name == "membranes" ? generatedMembranes(data) : try readMasks(data)
    let path = data.path ?? data.name
    let wanted = data.validationCount + (data.trainingCount ?? 1)
    guard pool.count >= wanted else {
      throw tooFew(
        path, "images to train on (\(data.validationCount) of them for validation)",
        wanted: wanted, found: pool.count)
    }
    guard !test.isEmpty else { throw tooFew(path, "images to test on", wanted: 1, found: 0) }
    // The last ones are for validation: in a stack of sections they are the least like the others.
    let rest = pool.count - data.validationCount
    configuration.model.channels = pool[0].planes.count
    configuration.model.classes = 1
    if data.normalization == nil { configuration.data.normalization = .perImage }
    return .segmentation(
      training: Array(pool[..<min(rest, data.trainingCount ?? rest)]),
      validation: Array(pool[rest...]),
      heldOut: data.heldOutCount.map { Array(test.prefix($0)) } ?? test)
  }

  private static func generatedMembranes(
    _ data: DataConfiguration
  ) -> (pool: [SegmentationExample], test: [SegmentationExample]) {
    let side = data.imageSize ?? 128
    let membranes = Membranes(width: side, height: side)
    func examples(_ first: Int, _ count: Int) -> [SegmentationExample] {
      (first..<first + count).map { index in
        let sample = membranes.sample(index)
        return SegmentationExample(
          name: "membranes \(index)", planes: [sample.image], mask: sample.mask)
      }
    }
    return (
      examples(0, (data.trainingCount ?? 128) + data.validationCount),
      examples(1_000_000, data.heldOutCount ?? 16)
    )
  }

  /// ISBI 2012: sections 0 to 19 to train on, the rest held out. Others: `train` and `test`, or every
  /// fifth pair held out.
  private static func readMasks(
    _ data: DataConfiguration
  ) throws -> (pool: [SegmentationExample], test: [SegmentationExample]) {
    let folder = try folder(of: data)
    let root = isFolder("\(folder)/train") ? "\(folder)/train" : folder
    if data.name == "isbi2012" {
      let images = try readImagePairs(in: root, channels: 1)
      guard images.count > 20 else {
        throw tooFew(
          root, "sections (20 to train on, the rest to test on)", wanted: 21,
          found: images.count)
      }
      let all = try examples(images, path: root)
      return (Array(all[..<20]), Array(all[20...]))
    }
    let images = try readImagePairs(in: root)
    guard root != folder else {
      let all = try examples(images, path: root)
      return (
        all.indices.filter { $0 % 5 != 4 }.map { all[$0] },
        all.indices.filter { $0 % 5 == 4 }.map { all[$0] }
      )
    }
    let testRoot = try testFolder(folder)
    let test = try readImagePairs(in: testRoot)
    let positive = try positiveLabel(images, path: root)
    return (
      try examples(images, path: root, positive: positive),
      try examples(test, path: testRoot, positive: positive)
    )
  }

  /// The label of fewer pixels: for membranes, membrane. Throws unless there are two labels.
  private static func positiveLabel(
    _ images: SegmentationImages, path: String
  ) throws -> UInt8 {
    let values = images.labelValues
    guard values.count == 2 else {
      throw DatasetError(
        .badLabel, path: "\(path)/label", expected: "masks of two values, such as 0 and 255",
        found: values.count == 1
          ? "only \(values[0])"
          : "\(values.count) values: \(values.prefix(6).map(String.init).joined(separator: ", "))"
            + (values.count > 6 ? " ..." : ""))
    }
    let (low, all) = images.labels.reduce((0, 0)) { sums, label in
      (sums.0 + label.pixels.count { $0 == values[0] }, sums.1 + label.pixels.count)
    }
    return low * 2 <= all ? values[0] : values[1]
  }

  private static func examples(
    _ images: SegmentationImages, path: String, positive: UInt8? = nil
  ) throws -> [SegmentationExample] {
    let positive = try positive ?? positiveLabel(images, path: path)
    let channels = images.images[0].channels
    return try (0..<images.count).map { index in
      let image = images.images[index]
      guard image.channels == channels else {
        throw DatasetError(
          .sizesDiffer, path: "\(path)/image/\(images.names[index]).png",
          expected: "\(channels) channels as in \(images.names[0]).png",
          found: "\(image.channels)")
      }
      let label = images.labels[index]
      return SegmentationExample(
        name: images.names[index], planes: image.planes,
        mask: Plane(
          width: label.width, height: label.height,
          values: label.pixels.map { $0 == positive ? 1 : 0 }))
    }
  }
}

func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}
