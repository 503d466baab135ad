import Operations
import Tensors

extension Registry {
  static let indexing = {
    var family = Family("indexing")
    for (shape, indices, axis) in [
      ([5], [3], 0), ([4, 3], [6], 0), ([2, 5], [3], 1), ([2, 5, 2], [2, 2], 1), ([3, 4], [], 0),
      ([3, 2], [0], 0), ([1, 3], [4], 0), ([2, 3, 4], [5], -1), ([2, 3, 1, 2], [1, 3], 1),
      ([17, 5], [33], 0),
    ] as [(Shape, Shape, Int)] {
      let bound = shape[axis < 0 ? shape.rank + axis : axis]
      family.add("gather", "axis \(axis)", [.any(shape), .indices(below: bound, indices)]) {
        $0[0].gathered(at: $0[1], axis: axis) + $0[0].sum()
      }
      family.add("gather", "axis \(axis), squared", [.any(shape), .indices(below: bound, indices)])
      {
        let y = $0[0].gathered(at: $0[1], axis: axis)
        return y * y + $0[0].sum()
      }
    }
    for (shape, indices, axis, length) in [
      ([3], [3], 0, 5), ([6, 2], [6], 0, 4), ([2, 3], [3], 1, 3), ([2, 2, 3, 2], [2, 3], 1, 4),
      ([0, 2], [0], 0, 3), ([4, 1], [4], 0, 1), ([2, 5], [5], 1, 2), ([33, 3], [33], 0, 4),
      ([1, 2, 3], [1, 2], 0, 6), ([2, 2], [], 1, 3),
    ] as [(Shape, Shape, Int, Int)] {
      family.add(
        "scatterAdd", "axis \(axis) to \(length)", [.any(shape), .indices(below: length, indices)]
      ) {
        $0[0].scatterAdded(at: $0[1], axis: axis, length: length)
      }
      family.add(
        "scatterAdd", "axis \(axis) to \(length), squared",
        [.any(shape), .indices(below: length, indices)]
      ) {
        let y = $0[0].scatterAdded(at: $0[1], axis: axis, length: length)
        return y * y
      }
    }
    for (shape, columns) in [
      ([3], 4), ([2, 2], 3), ([], 5), ([1], 1), ([0], 3), ([2, 3, 2], 4), ([5, 1], 2), ([7], 9),
      ([1, 1, 3], 17), ([2, 0], 3), ([64], 6),
    ] as [(Shape, Int)] {
      let rows = Shape(Array(shape) + [columns])
      family.add("pickPerRow", [.any(rows), .indices(below: columns, shape)]) {
        $0[0].pickedPerRow($0[1]) + $0[0].sum()
      }
      family.add("pickPerRow", "squared", [.any(rows), .indices(below: columns, shape)]) {
        let y = $0[0].pickedPerRow($0[1])
        return y * y + $0[0].sum()
      }
      family.add("placePerRow", "of \(columns)", [.any(shape), .indices(below: columns, shape)]) {
        $0[0].placedPerRow($0[1], columns: columns)
      }
      family.add(
        "placePerRow", "of \(columns), squared", [.any(shape), .indices(below: columns, shape)]
      ) {
        let y = $0[0].placedPerRow($0[1], columns: columns)
        return y * y
      }
    }
    family.add("gather", "a permutation", [.any([5, 2]), .order(5)]) { $0[0].gathered(at: $0[1]) }
    return family
  }()
}
