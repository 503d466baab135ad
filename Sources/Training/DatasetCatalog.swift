import Datasets

/// The datasets that can be asked for by name.
public enum DatasetCatalog {
  /// One dataset.
  public struct Entry: Sendable {
    public let name: String
    public let summary: String
    public let purpose: ModelCatalog.Purpose
    /// Where its files are looked for when no folder is given; nil if one must be.
    public let defaultPath: String?
    /// Whether it is made by the program and has no files.
    public let isGenerated: Bool
  }

  public static let entries = [
    Entry(
      name: "shapes", summary: "generated: 10 kinds of small shapes", purpose: .classification,
      defaultPath: nil, isGenerated: true),
    Entry(
      name: "fashion-mnist", summary: "70,000 pictures of clothes, 10 classes (IDX files)",
      purpose: .classification, defaultPath: FashionMNIST.defaultDirectory, isGenerated: false),
    Entry(
      name: "mnist", summary: "handwritten digits, or anything in the same files (IDX)",
      purpose: .classification, defaultPath: nil, isGenerated: false),
    Entry(
      name: "cifar10", summary: "photographs, 10 classes (binary files)",
      purpose: .classification, defaultPath: nil, isGenerated: false),
    Entry(
      name: "folders",
      summary: "PNG images in a folder for each class: DIR/CLASS/*.png, or "
        + "DIR/train/CLASS and DIR/test/CLASS",
      purpose: .classification, defaultPath: nil, isGenerated: false),
    Entry(
      name: "membranes", summary: "generated: textured, noisy cells with broken membranes",
      purpose: .segmentation, defaultPath: nil, isGenerated: true),
    Entry(
      name: "isbi2012",
      summary: "membranes in electron micrographs: DIR/train/image/N.png and "
        + "DIR/train/label/N.png",
      purpose: .segmentation, defaultPath: nil, isGenerated: false),
    Entry(
      name: "pairs",
      summary: "PNG images with a mask each: DIR/image/NAME.png and "
        + "DIR/label/NAME.png, or the same in DIR/train and DIR/test",
      purpose: .segmentation, defaultPath: nil, isGenerated: false),
  ]

  public static var names: [String] { entries.map(\.name) }

  /// The entry of that name, or nil.
  public static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  /// The dataset a model of this purpose trains on when none is named.
  public static func standard(for purpose: ModelCatalog.Purpose) -> Entry {
    entries.first { $0.purpose == purpose && $0.isGenerated }!
  }
}
