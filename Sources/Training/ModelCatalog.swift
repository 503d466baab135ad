import Layers
import Models
import Tensors

/// The models that can be asked for by name.
public enum ModelCatalog {
  /// What a model is for.
  public enum Purpose: String, Sendable {
    case classification, segmentation
  }

  /// One model.
  public struct Entry: Sendable {
    public let name: String
    public let summary: String
    public let purpose: Purpose
    let build: @Sendable (ModelDescription) -> any Layer

    /// A new model with weights drawn from `source`.
    public func model(
      _ description: ModelDescription, source: RandomSource
    ) -> any Layer {
      withRandomSource(source) { build(description) }
    }
  }

  public static let entries: [Entry] =
    [20, 32, 56].map(cifarResNet) + [18, 34, 50].map(largeResNet)
    + [11, 13, 16, 19].map(vgg) + [leNet, uNet]

  public static var names: [String] { entries.map(\.name) }

  /// The entry of that name, or nil.
  public static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

  /// The model a description asks for; throws if there is none of that name, or if it cannot take
  /// images of the size described.
  public static func model(
    _ description: ModelDescription, source: RandomSource
  ) throws -> any Layer {
    guard let entry = entry(named: description.name) else {
      throw TrainingError.configuration(
        "there is no model '\(description.name)'; known are \(names.joined(separator: ", "))")
    }
    let model = entry.model(description, source: source)
    let height = description.imageHeight ?? 1 << (description.depth ?? 4)
    let width = description.imageWidth ?? 1 << (description.depth ?? 4)
    do {
      try checkShapes(model, input: [2, height, width, description.channels])
    } catch {
      throw TrainingError.configuration(
        "\(description.name) cannot take images of \(height) x \(width) x \(description.channels): "
          + error.message)
    }
    return model
  }

  private static func cifarResNet(_ depth: Int) -> Entry {
    Entry(
      name: "resnet\(depth)",
      summary: "residual network of \(depth) layers for small images (He et al. 2015, CIFAR style)",
      purpose: .classification
    ) { ResNet.cifar(depth: depth, channels: $0.channels, classes: $0.classes) }
  }

  private static func largeResNet(_ depth: Int) -> Entry {
    Entry(
      name: "resnet\(depth)",
      summary:
        "residual network of \(depth) layers (He et al. 2015), with a 3x3 stem for small images",
      purpose: .classification
    ) { description in
      let isSmall = (description.imageHeight ?? 0) <= 96
      return ResNet.imageNet(
        depth: depth, channels: description.channels, classes: description.classes,
        stem: isSmall ? .small : .large)
    }
  }

  private static func vgg(_ depth: Int) -> Entry {
    Entry(
      name: "vgg\(depth)",
      summary: "VGG of \(depth) layers with batch norm and one dense layer (Simonyan 2014)",
      purpose: .classification
    ) {
      VGG(
        depth: depth, channels: $0.channels, classes: $0.classes, batchNorm: true, head: .linear)
    }
  }

  private static let leNet = Entry(
    name: "lenet", summary: "LeNet-5 with ReLU and max pooling, for 28x28 images (LeCun 1998)",
    purpose: .classification
  ) { LeNet(channels: $0.channels, classes: $0.classes) }

  private static let uNet = Entry(
    name: "unet", summary: "U-Net with batch norm (Ronneberger et al. 2015)", purpose: .segmentation
  ) {
    UNet(
      depth: $0.depth ?? 4, base: $0.baseChannels ?? 32, channels: $0.channels,
      classes: $0.classes)
  }
}
