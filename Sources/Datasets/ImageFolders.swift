import Codecs
import Tensors

/// Reads one PNG file as 8-bit pixels; alpha is dropped.
///
/// - Parameter channels: 1 converts colours to grey (0.299 R + 0.587 G + 0.114 B), 3 repeats grey
///   three times, nil keeps what the file has.
///
/// Throws `DatasetError` if the file is missing or not a valid PNG.
public func readImage(_ path: String, channels: Int? = nil) throws(DatasetError) -> PixelImage {
  checkChannels(channels, "readImage")
  let bytes = try readFile(path, expected: "a PNG file")
  do {
    var raster = try PNG.decode(bytes).withoutAlpha()
    if channels == 1 { raster = raster.grey() }
    if channels == 3 { raster = raster.rgb() }
    return PixelImage(
      height: raster.height, width: raster.width, channels: raster.channels, pixels: raster.bytes)
  } catch {
    throw damaged(path, error)
  }
}

/// Reads all PNG files of a folder, in natural order of their names (`2.png` before `10.png`).
///
/// Sizes may differ. Other files and hidden ones are passed over; a folder without any PNG is an
/// error. See `readImage` for `channels`.
public func readImages(
  in directory: String, channels: Int? = nil
) throws(DatasetError) -> (names: [String], images: [PixelImage]) {
  checkChannels(channels, "readImages")
  let files = try pngFiles(in: directory)
  var images: [PixelImage] = []
  for file in files { images.append(try readImage(join(directory, file), channels: channels)) }
  return (files.map(stem), images)
}

/// Reads a folder that has one folder for each class: `root/<class>/*.png`.
///
/// Classes are numbered in natural order of their names. All images must have the size of the
/// first, and unless `channels` is given its number of channels (see `readImage`).
///
/// Throws `DatasetError` if there are no classes, a class has no images, or an image is damaged or
/// of another size; each names the file or folder.
public func readClassFolders(
  _ root: String, channels: Int? = nil
) throws(DatasetError) -> LabelledImages {
  checkChannels(channels, "readClassFolders")
  let (_, classes) = try list(root, expected: "a folder with one folder for each class")
  guard !classes.isEmpty else {
    throw DatasetError(
      .empty, path: root, expected: "one folder for each class", found: "no folders")
  }
  var first: (path: String, image: PixelImage)?
  var pixels: [UInt8] = []
  var labels: [Int32] = []
  for (label, name) in classes.enumerated() {
    let folder = join(root, name)
    for file in try pngFiles(in: folder) {
      let path = join(folder, file)
      let image = try readImage(path, channels: channels)
      let model = first ?? (path, image)
      first = model
      guard image.height == model.image.height, image.width == model.image.width,
        image.channels == model.image.channels
      else {
        let hint =
          image.channels == model.image.channels
          ? "" : "; ask for 1 or 3 channels to convert all images"
        throw DatasetError(
          .sizesDiffer, path: path, expected: "\(shape(model.image)), as in \(model.path)",
          found: shape(image) + hint)
      }
      pixels += image.pixels
      labels.append(Int32(label))
    }
  }
  guard let image = first?.image else {
    throw DatasetError(.empty, path: root, expected: "PNG files", found: "none")
  }
  return LabelledImages(
    height: image.height, width: image.width, channels: image.channels, pixels: pixels,
    labels: labels, classNames: classes)
}

/// Reads image and label pairs: `root/image/NAME.png` with `root/label/NAME.png`.
///
/// Pairs come in natural order of their names and may differ in size. Labels are kept as they stand
/// in the file: the sample of a grey PNG (of 1, 2 and 4 bits scaled to 8), the index of a palette
/// one.
///
/// Throws `DatasetError` if a folder is missing or empty, a file has no partner, a pair differs in
/// size, or a label file has 16 bits or colours.
public func readImagePairs(
  in root: String, imageFolder: String = "image", labelFolder: String = "label",
  channels: Int? = nil
) throws(DatasetError) -> SegmentationImages {
  checkChannels(channels, "readImagePairs")
  _ = try list(root, expected: "a folder with the folders \(imageFolder) and \(labelFolder)")
  let imageRoot = join(root, imageFolder)
  let labelRoot = join(root, labelFolder)
  let imageFiles = try pngFiles(in: imageRoot)
  let labelFiles = try pngFiles(in: labelRoot)
  try matchNames(imageFiles, imageRoot, labelFiles, labelRoot)

  var images: [PixelImage] = []
  var labels: [PixelImage] = []
  for (imageFile, labelFile) in zip(imageFiles, labelFiles) {
    let imagePath = join(imageRoot, imageFile)
    let labelPath = join(labelRoot, labelFile)
    let image = try readImage(imagePath, channels: channels)
    let label = try readLabels(labelPath)
    guard image.height == label.height, image.width == label.width else {
      throw DatasetError(
        .sizesDiffer, path: labelPath,
        expected: "\(image.height) x \(image.width) (height x width), as \(imagePath)",
        found: "\(label.height) x \(label.width)")
    }
    images.append(image)
    labels.append(label)
  }
  return SegmentationImages(names: imageFiles.map(stem), images: images, labels: labels)
}

/// Reads a PNG file whose samples, or palette indices, are labels.
func readLabels(_ path: String) throws(DatasetError) -> PixelImage {
  let bytes = try readFile(path, expected: "a PNG file of labels")
  let image: PNG.Image
  do {
    image = try PNG.read(bytes)
  } catch {
    throw damaged(path, error)
  }
  let expected = "labels of at most 8 bits, grey or with a palette"
  guard case .eight(let stored) = image.samples else {
    throw DatasetError(.badLabel, path: path, expected: expected, found: "16 bits a sample")
  }
  var pixels = stored
  if image.header.colourType != .palette {
    let raster = image.raster().withoutAlpha()
    pixels = raster.bytes
    if raster.channels == 3 {
      // Grey saved as RGB is harmless; colours have no order that could number them.
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let red = pixels[start]
        guard pixels[start + 1] == red && pixels[start + 2] == red else {
          throw DatasetError(.badLabel, path: path, expected: expected, found: "RGB colours")
        }
      }
      pixels = raster.grey().bytes
    }
  }
  return PixelImage(
    height: image.header.height, width: image.header.width, channels: 1, pixels: pixels)
}

// MARK: - Files and names

private func checkChannels(_ channels: Int?, _ operation: String) {
  guard channels == nil || channels == 1 || channels == 3 else {
    fail(operation, "channels must be 1, 3 or nil, not \(channels ?? 0)")
  }
}

private func damaged(_ path: String, _ error: PNGError) -> DatasetError {
  DatasetError(
    error.reason == .signature ? .wrongFormat : .damaged, path: path, expected: "a valid PNG file",
    found: "\(error)")
}

private func pngFiles(in folder: String) throws(DatasetError) -> [String] {
  let (files, folders) = try list(folder, expected: "a folder with PNG files")
  let images = files.filter { $0.lowercased().hasSuffix(".png") }
  guard !images.isEmpty else {
    let others = files + folders
    throw DatasetError(
      .empty, path: folder, expected: "PNG files",
      found: others.isEmpty ? "an empty folder" : "none, but \(others.count) others: \(others[0])")
  }
  return images
}

/// Throws unless both folders have the same names, extension aside.
private func matchNames(
  _ images: [String], _ imageRoot: String, _ labels: [String], _ labelRoot: String
) throws(DatasetError) {
  let imageNames = Set(images.map(stem))
  let labelNames = Set(labels.map(stem))
  let count = "\(images.count) images and \(labels.count) labels"
  if let lonely = images.first(where: { !labelNames.contains(stem($0)) }) {
    throw DatasetError(
      images.count == labels.count ? .namesDiffer : .countsDiffer, path: labelRoot,
      expected: "\(stem(lonely)).png, the labels of \(join(imageRoot, lonely))",
      found: "none of that name (\(count))")
  }
  if let lonely = labels.first(where: { !imageNames.contains(stem($0)) }) {
    throw DatasetError(
      images.count == labels.count ? .namesDiffer : .countsDiffer, path: imageRoot,
      expected: "\(stem(lonely)).png, the image of \(join(labelRoot, lonely))",
      found: "none of that name (\(count))")
  }
  // Equal sets, but "a.png" and "a.PNG" may stand side by side in one of the folders.
  guard images.count == labels.count, images.map(stem) == labels.map(stem) else {
    throw DatasetError(
      .namesDiffer, path: imageRoot, expected: "each name once here and once in \(labelRoot)",
      found: "names that differ only in their extension (\(count))")
  }
}

/// A file name without `.png`.
private func stem(_ file: String) -> String { String(file.dropLast(4)) }

private func shape(_ image: PixelImage) -> String {
  "[\(image.height), \(image.width), \(image.channels)] (height, width, channels)"
}
