import Operations
import Tensors

extension Registry {
  private static let methods: [(String, Resampling)] = [
    ("nearest", .nearest), ("bilinear", .bilinear()),
    ("bilinear, aligned", .bilinear(alignsCorners: true)), ("bicubic", .bicubic()),
    ("bicubic, aligned", .bicubic(alignsCorners: true)),
  ]

  /// Maps of one, two and three axes, and other sizes for them: larger and smaller, by whole factors
  /// and not, the same, from one and to one.
  private static let sizes: [(Shape, [Int])] = [
    ([1, 2, 2, 1], [4, 4]), ([2, 3, 4, 2], [6, 8]), ([1, 3, 5, 2], [7, 4]),
    ([2, 4, 4, 3], [4, 4]),
    ([1, 1, 3, 2], [3, 5]), ([1, 2, 2, 2], [1, 1]), ([0, 2, 2, 1], [4, 4]),
    ([2, 6, 7, 1], [4, 3]),
    ([1, 5, 1, 2], [2, 2]), ([1, 3, 3, 17], [5, 2]),
    ([1, 3, 1], [6]), ([2, 5, 2], [8]), ([2, 7, 2], [3]), ([1, 1, 2], [4]), ([0, 2, 1], [3]),
    ([3, 4, 2], [4]),
    ([1, 2, 2, 2, 1], [4, 4, 4]), ([2, 2, 3, 1, 2], [3, 2, 2]), ([1, 3, 4, 3, 1], [2, 2, 2]),
    ([0, 2, 2, 2, 1], [3, 3, 3]),
  ]

  static let resampling = {
    var family = Family("resampling")
    for (x, target) in sizes {
      for (name, method) in methods {
        let details = "\(name) to \(target.map(String.init).joined(separator: " "))"
        // Shrinking leaves pixels unread: the product keeps a gradient for each.
        family.add("resize", details, .any(x)) { resize($0, to: target, method) + $0.sum() }
      }
    }
    family.add("resize", "up and down again", .any([1, 3, 3, 2])) {
      resize(resize($0, height: 6, width: 5, .bicubic()), height: 3, width: 3, .bilinear()) * $0
    }
    for (x, factor) in shuffled {
      let details = "factor \(factor)"
      family.add("pixelShuffle", details, .any(x)) { pixelShuffle($0, factor: factor) }
      family.add("pixelShuffle", details + ", squared", .any(x)) {
        let y = pixelShuffle($0, factor: factor)
        return y * y
      }
      let channels = x[3] / (factor * factor)
      let large = Shape([x[0], x[1] * factor, x[2] * factor, channels])
      family.add("pixelUnshuffle", details, .any(large)) { pixelUnshuffle($0, factor: factor) }
      family.add("pixelUnshuffle", details + ", squared", .any(large)) {
        let y = pixelUnshuffle($0, factor: factor)
        return y * y
      }
    }
    for (x, groups) in [
      ([6], 2), ([6], 3), ([2, 4], 2), ([3, 6], 6), ([2, 3, 4], 4), ([2, 3, 6], 2),
      ([1, 2, 2, 4], 2), ([2, 3, 1, 6], 3), ([0, 2, 2, 4], 2), ([1, 2, 2, 12], 4), ([2, 5], 1),
      ([2, 1, 2, 2, 4], 2),
    ] as [(Shape, Int)] {
      family.add("channelShuffle", "groups \(groups)", .any(x)) {
        channelShuffle($0, groups: groups)
      }
      family.add("channelShuffle", "groups \(groups), times input", .any(x)) {
        channelShuffle($0, groups: groups) * $0
      }
    }
    return family
  }()

  private static let shuffled: [(Shape, Int)] = [
    ([1, 1, 1, 4], 2), ([1, 2, 2, 4], 2), ([2, 2, 3, 8], 2), ([2, 3, 1, 9], 3),
    ([1, 1, 2, 18], 3), ([1, 2, 2, 16], 4), ([0, 2, 2, 4], 2), ([2, 2, 2, 3], 1),
    ([3, 1, 2, 4], 2), ([1, 3, 2, 12], 2),
  ]
}
