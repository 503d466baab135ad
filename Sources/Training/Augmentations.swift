import Datasets

/// How training images are changed at random, for each dataset.
enum Augmentations {
  static func classification(_ data: DataConfiguration, height: Int) -> ImageAugmentation {
    guard data.augments else { return [] }
    switch data.name {
    // A mirrored digit is not a digit.
    case "mnist": return [.shift(padding: 2)]
    case "fashion-mnist", "shapes": return [.shift(padding: 2), .flipHorizontally()]
    default: return [.shift(padding: max(1, height / 8)), .flipHorizontally()]
    }
  }

  /// Brightness, contrast and noise are in units of the image's deviation: it is normalised first.
  static func segmentation(_ data: DataConfiguration) -> Augmentation {
    guard data.augments else { return [] }
    if data.name == "membranes" {
      return [
        .flipHorizontally(), .quarterTurns(), .brightness(-0.2...0.2), .contrast(0.85...1.2),
      ]
    }
    return [
      .flipHorizontally(), .quarterTurns(), .elastic(displacement: 4, smoothness: 16),
      .brightness(-0.2...0.2), .contrast(0.8...1.25), .noise(0...0.1),
    ]
  }
}
