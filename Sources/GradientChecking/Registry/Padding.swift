import Operations
import Tensors

extension Registry {
  private static let modes: [(String, PaddingMode)] = [
    ("reflect", .reflect), ("replicate", .replicate), ("circular", .circular),
  ]

  /// Equal and unequal sides, one side only, no side, several axes, up to the whole axis.
  private static let amounts: [(Shape, [Int], [Int])] = [
    ([4], [1], [2]), ([4], [3], [0]), ([4], [0], [3]), ([2, 3], [0, 2], [0, 0]),
    ([2, 3], [1, 1], [1, 2]), ([3, 2, 2], [0, 0, 1], [2, 0, 0]),
    ([2, 4, 3], [0, 3, 0], [0, 3, 0]),
    ([1, 4, 3, 2], [0, 1, 2, 0], [0, 2, 1, 0]), ([2, 3, 3, 2], [0, 1, 1, 0], [0, 1, 1, 0]),
    ([2, 5, 4, 1], [0, 2, 0, 0], [0, 0, 3, 0]), ([7], [3], [3]), ([3, 1], [2, 0], [1, 0]),
    ([2, 3, 4, 2], [0, 0, 2, 0], [0, 0, 2, 0]), ([17], [1], [16]), ([2, 2], [1, 1], [1, 1]),
    ([5], [4], [4]), ([3, 3, 3], [1, 0, 2], [0, 2, 1]), ([2, 1, 3], [0, 0, 2], [1, 0, 0]),
    ([6, 2], [5, 0], [0, 1]), ([0, 4], [0, 2], [0, 1]), ([3], [0], [0]),
  ]

  static let padding = {
    var family = Family("padding")
    for (shape, before, after) in amounts {
      for (name, mode) in modes {
        family.add("pad by mode", "\(name) \(before) \(after)", .any(shape)) {
          let y = $0.padded(before: before, after: after, mode: mode)
          return y * y
        }
      }
      family.add("pad by mode", "constant \(before) \(after)", .any(shape)) {
        exp($0.padded(before: before, after: after, mode: .constant(0.5)))
      }
    }
    for (shape, axis, before, after) in [
      ([2], 0, 5, 4), ([1, 3], 0, 2, 3), ([2, 3], 1, 7, 3), ([3, 2, 1], -1, 2, 0), ([5], 0, 0, 1),
      ([4, 2], -2, 1, 1), ([2, 2, 3], 2, 0, 4), ([0, 3], 1, 1, 2), ([17, 2], 0, 3, 16),
      ([1], 0, 1, 0),
    ] as [(Shape, Int, Int, Int)] {
      let details = "by \(before) \(after) along \(axis)"
      family.add("wrapped", details, .any(shape)) {
        let y = $0.wrapped(axis: axis, before: before, after: after)
        return y * y
      }
      family.add("replicated", details, .any(shape)) {
        let y = $0.replicated(axis: axis, before: before, after: after)
        return y * y
      }
      family.add("wrapped", details + ", a sum", .any(shape)) {
        $0.wrapped(axis: axis, before: before, after: after) * 2 + $0.sum()
      }
      family.add("replicated", details + ", a sum", .any(shape)) {
        $0.replicated(axis: axis, before: before, after: after) * 2 + $0.sum()
      }
    }
    for (shape, axis, before, after) in [
      ([2], 0, 1, 1), ([3], 0, 2, 2), ([5, 2], 0, 0, 4), ([2, 4], 1, 3, 0), ([2, 3, 2], -2, 1, 2),
      ([0, 3], 1, 1, 1), ([33], 0, 32, 1), ([1, 2, 2], 2, 1, 0), ([3, 3], -1, 0, 0),
      ([2, 2, 2], 0, 1, 1),
    ] as [(Shape, Int, Int, Int)] {
      let details = "by \(before) \(after) along \(axis)"
      family.add("reflected", details, .any(shape)) {
        let y = $0.reflected(axis: axis, before: before, after: after)
        return y * y
      }
      family.add("reflected", details + ", a sum", .any(shape)) {
        $0.reflected(axis: axis, before: before, after: after) * 2 + $0.sum()
      }
    }
    return family
  }()
}
