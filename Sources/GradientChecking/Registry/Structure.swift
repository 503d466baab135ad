import Operations
import Tensors

extension Registry {
  static let structure = {
    var family = Family("structure")
    for (shape, order) in [
      ([2, 3], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]),
      ([2, 1, 3, 2], [3, 1, 0, 2]),
      ([1, 4], [1, 0]), ([0, 3], [1, 0]), ([2, 2, 2], [1, 0, 2]), ([3, 2, 2], [2, 1, 0]),
      ([17, 3], [1, 0]), ([2, 1, 2, 1, 3], [4, 2, 0, 3, 1]),
    ] as [(Shape, [Int])] {
      family.add("transpose", "\(order)", .any(shape)) { $0.transposed(order) }
      family.add("transpose", "\(order) squared", .any(shape)) {
        let y = $0.transposed(order)
        return y * y
      }
    }
    for (shape, target) in [
      ([6], [2, 3]), ([2, 3, 4], [4, 6]), ([1], []), ([], [1, 1]), ([0, 3], [3, 0]),
      ([2, 2, 3], [-1]), ([2, 6], [-1, 4]), ([12], [2, -1, 3]), ([3, 1, 2], [3, 2]),
      ([2, 2], [1, 2, 1, 2, 1]),
    ] as [(Shape, [Int])] {
      family.add("reshape", "to \(target)", .any(shape)) { $0.reshaped(to: target) * 1.5 }
      family.add("reshape", "to \(target), squared", .any(shape)) {
        let y = $0.reshaped(to: target)
        return y * y
      }
    }
    for (shape, target) in [
      ([3], [2, 3]), ([], [4]), ([2, 1], [2, 3]), ([1, 3, 1], [2, 3, 4]),
      ([3, 1, 2, 1], [3, 2, 2, 3]),
      ([1], [5]), ([2, 1, 3], [2, 0, 3]), ([2, 1], [3, 2, 4]), ([4], [1, 1, 4]),
      ([1, 1], [33, 17]),
    ] as [(Shape, Shape)] {
      family.add("broadcast", "to \(target)", .any(shape)) { $0.broadcasted(to: target) + $0.sum() }
      family.add("broadcast", "to \(target), squared", .any(shape)) {
        let y = $0.broadcasted(to: target)
        return y * y + $0.sum()
      }
    }
    for (shape, start, sizes) in [
      ([5], [1], [3]), ([3, 4], [0, 1], [3, 2]), ([3, 4], [1, 0], [2, 4]),
      ([2, 3, 4], [1, 1, 1], [1, 2, 2]),
      ([4, 3], [2, 0], [0, 3]), ([2, 2, 3, 2], [0, 1, 0, 0], [2, 1, 3, 2]),
      ([2, 3], [0, 0], [2, 3]),
      ([1, 5], [0, 4], [1, 1]), ([3, 2, 2], [1, 0, 0], [2, 2, 2]), ([70], [3], [64]),
    ] as [(Shape, [Int], [Int])] {
      family.add("slice", "from \(start) of \(sizes)", .any(shape)) {
        $0.sliced(from: start, sizes: sizes) + $0.sum()
      }
      family.add("slice", "from \(start) of \(sizes), squared", .any(shape)) {
        let y = $0.sliced(from: start, sizes: sizes)
        return y * y + $0.sum()
      }
    }
    family.add("slice", "one row", .any([3, 4])) { $0[1] * $0[2] + $0[0] }
    for (shape, before, after) in [
      ([3], [1], [2]), ([2, 3], [0, 1], [2, 0]), ([2, 3], [1, 2], [0, 1]),
      ([1, 2, 2], [0, 1, 0], [1, 0, 1]),
      ([0, 2], [1, 0], [1, 1]), ([], [], []), ([2, 1, 3], [0, 2, 0], [0, 0, 0]), ([5], [0], [0]),
      ([1, 2, 2, 2], [0, 1, 1, 0], [0, 1, 1, 0]), ([2, 2], [3, 0], [0, 40]),
    ] as [(Shape, [Int], [Int])] {
      for value in [0.0, 1.5] {
        family.add("pad", "\(before) \(after) with \(value)", .any(shape)) {
          let y = $0.padded(before: before, after: after, value: value)
          return y * y + $0.sum()
        }
      }
    }
    addJoins(to: &family)
    return family
  }()

  private static func addJoins(to family: inout Family) {
    for (shapes, axis) in [
      ([[2], [3]], 0), ([[2, 3], [2, 1]], 1), ([[2, 3], [1, 3], [4, 3]], 0),
      ([[2, 2, 3], [2, 0, 3], [2, 1, 3]], 1), ([[1, 2, 2, 3], [1, 2, 2, 4]], -1),
      ([[1], [1], [1]], 0),
      ([[2, 3]], 1), ([[3, 1, 2], [3, 4, 2]], -2), ([[0, 2], [0, 3]], 1),
      ([[2, 2, 2], [1, 2, 2]], -3),
    ] as [([Shape], Int)] {
      family.add("concatenate", "axis \(axis)", shapes.map { .any($0) }) {
        concatenate($0, axis: axis)
      }
      family.add("concatenate", "axis \(axis), squared", shapes.map { .any($0) }) {
        let y = concatenate($0, axis: axis)
        return y * y
      }
    }
    family.add("concatenate", "one input twice", .any([2, 3])) {
      concatenate([$0, $0 * $0], axis: 1)
    }
    for (shape, axis) in [
      ([3], 0), ([2, 3], 1), ([2, 3], -1), ([], 0), ([2, 1, 2], 2), ([0, 3], 0), ([2, 2, 2], 1),
    ] as [(Shape, Int)] {
      family.add("stack", "axis \(axis)", .any(shape), .any(shape)) {
        stack([$0, $1, $0], axis: axis)
      }
    }
  }
}
