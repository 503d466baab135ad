/// Reads one part of MNIST or of a dataset in its form (Fashion-MNIST, KMNIST).
///
/// Looks for `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or the same with `t10k`, each
/// plain or with `.gz`; a dot before `idx` is taken too. Images come out as
/// `[count, height, width, 1]`.
///
/// Throws `DatasetError` if a file is missing or damaged, if there are not as many labels as
/// images, or if a label has no class.
public func readMNIST(
  in directory: String, split: DatasetSplit, classNames: [String] = (0..<10).map { "\($0)" }
) throws(DatasetError) -> LabelledImages {
  let prefix = split == .train ? "train" : "t10k"
  let imagePath = try find(in: directory, "\(prefix)-images", "idx3-ubyte")
  let labelPath = try find(in: directory, "\(prefix)-labels", "idx1-ubyte")
  let images = try IDXArray(path: imagePath)
  let labels = try IDXArray(path: labelPath)
  guard images.element == .uint8, images.shape.count == 3, images.shape[1] > 0, images.shape[2] > 0
  else {
    throw DatasetError(
      .wrongFormat, path: imagePath, expected: "uint8 images of shape [count, height, width]",
      found: "\(images.element) of shape \(images.shape)")
  }
  guard labels.element == .uint8, labels.shape.count == 1 else {
    throw DatasetError(
      .wrongFormat, path: labelPath, expected: "uint8 labels of shape [count]",
      found: "\(labels.element) of shape \(labels.shape)")
  }
  guard images.shape[0] == labels.shape[0] else {
    throw DatasetError(
      .countsDiffer, path: labelPath,
      expected: "\(images.shape[0]) labels, as many as images in \(imagePath)",
      found: "\(labels.shape[0])")
  }
  if let index = labels.bytes.firstIndex(where: { Int($0) >= classNames.count }) {
    throw DatasetError(
      .badLabel, path: labelPath, expected: "labels from 0 to \(classNames.count - 1)",
      found: "\(labels.bytes[index]) for image \(index)")
  }
  return LabelledImages(
    height: images.shape[1], width: images.shape[2], channels: 1, pixels: images.bytes,
    labels: labels.bytes.map(Int32.init), classNames: classNames)
}

private func find(
  in directory: String, _ name: String, _ kind: String
) throws(DatasetError) -> String {
  // Listing first tells a missing folder from a missing file.
  let (files, _) = try list(directory, expected: "a folder with \(name)-\(kind).gz")
  for candidate in ["\(name)-\(kind)", "\(name).\(kind)"] {
    for suffix in ["", ".gz"] where files.contains(candidate + suffix) {
      return join(directory, candidate + suffix)
    }
  }
  throw DatasetError(
    .missing, path: directory, expected: "\(name)-\(kind) or \(name)-\(kind).gz",
    found: files.isEmpty ? "no files" : "\(files.count) other files, such as \(files[0])")
}

/// Fashion-MNIST: 60,000 and 10,000 grey pictures of clothes, 28 x 28, in ten classes.
///
/// Source: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, MIT licence.
public enum FashionMNIST {
  /// Where Debian's package `dataset-fashion-mnist` puts it.
  public static let defaultDirectory = "/usr/share/datasets/fashion-mnist"

  public static let classNames = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
  ]

  /// Reads one part; see `readMNIST` for the files and errors.
  public static func read(
    in directory: String = defaultDirectory, split: DatasetSplit
  ) throws(DatasetError) -> LabelledImages {
    do {
      return try readMNIST(in: directory, split: split, classNames: classNames)
    } catch {
      guard error.kind == .missing else { throw error }
      throw DatasetError(
        .missing, path: error.path, expected: error.expected,
        found: error.found + " (on Debian: apt-get install dataset-fashion-mnist)")
    }
  }
}
