import Operations
import Tensors

extension Registry {
  static let rearranging = {
    var family = Family("rearranging")
    for (shape, axis) in axes {
      family.add("flipped", "axis \(axis)", .any(shape)) { $0.flipped(axis: axis) * $0 }
      for distance in [1, -2] {
        family.add("rolled", "by \(distance) along \(axis)", .any(shape)) {
          $0.rolled(by: distance, axis: axis) * $0
        }
      }
      for times in [2, 3] {
        family.add("repeated", "\(times) times along \(axis)", .any(shape)) {
          let y = $0.repeated(times, axis: axis)
          return y * y
        }
      }
      family.add("unstacked", "axis \(axis)", .any(shape)) {
        $0.unstacked(axis: axis).reduce($0.sum()) { $0 + $1 * $1 }
      }
      family.add("split", "in two along \(axis)", .any(shape)) {
        let first = $0.shape[axis] / 2
        let parts = $0.split(sizes: [first, $0.shape[axis] - first], axis: axis)
        return parts[0].sum() * parts[1] + $0.sum()
      }
      family.add("stack", "axis \(axis)", .any(shape), .any(shape)) {
        stack([$0, $1, $0 * $1], axis: axis < 0 ? axis + $0.rank : axis)
      }
    }
    for (shape, times) in [
      ([3], [2]), ([1], [5]), ([2, 3], [1, 2]), ([2, 3], [2, 1]), ([2, 3], [3, 2]),
      ([2, 1], [1, 4]),
      ([1, 1], [2, 2]), ([2, 3, 2], [1, 3, 1]), ([2, 3, 2], [2, 1, 2]), ([0, 3], [2, 2]),
      ([2, 2, 1, 2], [1, 2, 3, 1]), ([5], [1]), ([], []), ([2, 2], [0, 2]), ([7], [3]),
      ([1, 2, 3], [3, 1, 1]), ([3, 1, 2], [1, 2, 2]), ([17], [2]), ([2, 5], [2, 3]),
      ([2, 1, 1, 3], [1, 2, 2, 1]), ([4, 1], [2, 3]),
    ] as [(Shape, [Int])] {
      family.add("tiled", "\(times)", .any(shape)) {
        let y = $0.tiled(times)
        return y * y + $0.sum()
      }
    }
    for (shape, axes) in [
      ([2, 3], [0, 1]), ([2, 3, 4], [0, 2]), ([2, 3, 4], [-1, 1]), ([2, 1, 3], [1]), ([3], []),
    ] as [(Shape, [Int])] {
      family.add("flipped", "axes \(axes)", .any(shape)) { $0.flipped(axes: axes) * $0 }
    }
    for (shape, count, axis) in [([6], 3, 0), ([2, 4], 2, 1), ([3, 2], 1, -1)]
      as [(
        Shape, Int, Int
      )]
    {
      family.add("split", "into \(count) along \(axis)", .any(shape)) {
        $0.split(into: count, axis: axis).reduce($0.sum()) { $0 * $1 }
      }
    }
    for (a, b) in pairs where Shape.broadcast(a, b) == b {
      family.add("filled", [.mask(a), .any(b)]) { $0[1].filled(where: $0[0], with: 1.5) + $0[1] }
    }
    for shape in shapes {
      family.add("filled", "squared", [.mask(shape), .any(shape)]) {
        let y = $0[1].filled(where: $0[0], with: -0.5)
        return y * y + $0[1]
      }
    }
    return family
  }()
}
