/// CIFAR in its binary form: records of one or two label bytes and 3 x 1,024 pixels, plane by plane.
///
/// Images come out as `[count, 32, 32, 3]`.
/// Source: A. Krizhevsky, Learning multiple layers of features from tiny images, 2009.
public enum CIFAR {
  /// The two sets of class names that CIFAR-100 has.
  public enum Labels: Sendable {
    /// One of 100 classes.
    case fine
    /// One of 20 groups of five classes.
    case coarse
  }

  private static let side = 32
  private static let planes = 3

  public static let tenClassNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Reads CIFAR-10 from `data_batch_1.bin` and on, or `test_batch.bin`.
  ///
  /// Of the five training files, those that follow the first without a gap are read: a part of the
  /// data is enough to work with. Class names come from `batches.meta.txt` where it stands beside
  /// them.
  public static func readTen(
    in directory: String, split: DatasetSplit
  ) throws(DatasetError) -> LabelledImages {
    let (files, _) = try list(directory, expected: "a folder with CIFAR-10 in binary form")
    var names = ["test_batch.bin"]
    if split == .train {
      names = (1...5).map { "data_batch_\($0).bin" }
      names = Array(names.prefix { files.contains($0) })
      if names.isEmpty { names = ["data_batch_1.bin"] }
    }
    return try read(
      names.map { join(directory, $0) }, labelBytes: 1, labelAt: 0,
      classNames: classNames(
        join(directory, "batches.meta.txt"), count: 10, otherwise: tenClassNames))
  }

  /// Reads CIFAR-100 from `train.bin` or `test.bin`.
  ///
  /// Class names come from `fine_label_names.txt` or `coarse_label_names.txt`; without it they are
  /// numbers.
  public static func readHundred(
    in directory: String, split: DatasetSplit, labels: Labels = .fine
  ) throws(DatasetError) -> LabelledImages {
    _ = try list(directory, expected: "a folder with CIFAR-100 in binary form")
    let count = labels == .fine ? 100 : 20
    let nameFile = labels == .fine ? "fine_label_names.txt" : "coarse_label_names.txt"
    return try read(
      [join(directory, split == .train ? "train.bin" : "test.bin")], labelBytes: 2,
      labelAt: labels == .fine ? 1 : 0,
      classNames: classNames(
        join(directory, nameFile), count: count, otherwise: (0..<count).map { "\($0)" }))
  }

  private static func classNames(
    _ path: String, count: Int, otherwise defaults: [String]
  ) throws(DatasetError) -> [String] {
    guard fileExists(path) else { return defaults }
    let expected = "\(count) class names, one a line"
    let bytes = try readFile(path, expected: expected)
    let names = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard names.count == count else {
      throw DatasetError(
        .countsDiffer, path: path, expected: expected, found: "\(names.count) lines")
    }
    return names.map(String.init)
  }

  private static func read(
    _ paths: [String], labelBytes: Int, labelAt: Int, classNames: [String]
  ) throws(DatasetError) -> LabelledImages {
    let area = side * side
    let recordSize = labelBytes + planes * area
    let expected = "records of \(recordSize) bytes"
    var pixels: [UInt8] = []
    var labels: [Int32] = []
    for path in paths {
      let file = try readPossiblyPacked(path, expected: expected)
      guard !file.isEmpty, file.count % recordSize == 0 else {
        throw DatasetError(
          .damaged, path: path, expected: expected,
          found: "\(file.count) bytes, which is \(file.count / recordSize) records and "
            + "\(file.count % recordSize) bytes")
      }
      let count = file.count / recordSize
      for record in 0..<count {
        let label = file[record * recordSize + labelAt]
        guard Int(label) < classNames.count else {
          throw DatasetError(
            .badLabel, path: path, expected: "labels from 0 to \(classNames.count - 1)",
            found: "\(label) in record \(record)")
        }
        labels.append(Int32(label))
      }
      pixels += [UInt8](unsafeUninitializedCapacity: count * planes * area) { target, written in
        file.withUnsafeBufferPointer { source in
          for record in 0..<count {
            let planar = record * recordSize + labelBytes
            let interleaved = record * planes * area
            for pixel in 0..<area {
              for plane in 0..<planes {
                target[interleaved + pixel * planes + plane] = source[planar + plane * area + pixel]
              }
            }
          }
        }
        written = count * planes * area
      }
    }
    return LabelledImages(
      height: side, width: side, channels: planes, pixels: pixels, labels: labels,
      classNames: classNames)
  }
}
