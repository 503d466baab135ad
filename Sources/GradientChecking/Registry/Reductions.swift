import Operations
import Tensors

extension Registry {
  /// Shapes and the axes to reduce: the first, the last, in the middle, two apart, all, none, of size 1
  /// and beside an empty one.
  static let reductionShapes: [(Shape, [Int])] = [
    ([5], [0]), ([2, 3], [0]), ([2, 3], [1]), ([2, 3], [0, 1]), ([2, 3, 4], [1]),
    ([2, 3, 4], [0, 2]),
    ([2, 3, 4], [0, 1, 2]), ([3, 1, 2], [1]), ([2, 3, 2, 2], [0, 1, 2]), ([2, 3, 2, 2], [1, 2]),
    ([2, 3, 2, 2], [1, 3]), ([2, 3], []), ([0, 3], [1]), ([33, 17], [0]), ([600], [0]),
  ]

  static let reductions = {
    var family = Family("reductions")
    for (shape, axes) in reductionShapes {
      for keeps in [false, true] {
        let details = "axes \(axes)\(keeps ? " kept" : "")"
        family.add("sum", details, .any(shape)) { $0.sum(axes: axes, keepsAxes: keeps) }
        family.add("mean", details, .any(shape)) { $0.mean(axes: axes, keepsAxes: keeps) }
        if shape.elementCount > 1, !axes.isEmpty {
          // A variance of one element has no gradient.
          if axes.reduce(1, { $0 * shape[$1] }) > 1 {
            family.add("variance", details, .any(shape)) {
              $0.variance(axes: axes, keepsAxes: keeps, correction: keeps ? 1 : 0)
            }
          }
        }
        family.add("maxReduce", details, .distinct(shape)) { $0.max(axes: axes, keepsAxes: keeps) }
        family.add("minReduce", details, .distinct(shape)) { $0.min(axes: axes, keepsAxes: keeps) }
      }
    }
    family.add("sum", "of an empty axis", .any([0, 3])) { $0.sum(axis: 0) }
    family.add("sum", "added back", .any([2, 3, 4])) { $0 * $0.sum(axis: 1, keepsAxes: true) }
    family.add("mean", "all axes", .any([2, 3])) { $0.mean() }
    family.add("maxReduce", "times input", .distinct([3, 4])) {
      $0.max(axes: [1], keepsAxes: true) * $0
    }
    family.add("minReduce", "times input", .distinct([3, 4])) {
      $0.min(axes: [0], keepsAxes: true) * $0
    }
    for shape in [[4, 3], [2, 3, 2], [2, 3, 3, 4], [7, 1], [5], [2, 70, 3], [300, 5]] as [Shape] {
      family.add("moments", "mean", .any(shape)) { moments($0).mean }
      if shape.rank > 1 {
        family.add("moments", "variance", .any(shape)) { moments($0).variance }
        family.add("moments", "both and the input", .any(shape)) { x in
          let (mean, variance) = moments(x)
          return (x - mean) * rsqrt(variance + 0.01)
        }
      }
    }
    for (shape, statistics) in [
      ([5, 3], [3]), ([5, 3], [5, 1]), ([2, 3, 4], [4]), ([2, 3, 4], [2, 1, 1]), ([4], []),
      ([2, 2, 3], [2, 1, 3]), ([3, 1], [1]), ([0, 2], [2]), ([2, 3, 2], [2, 3, 2]),
    ] as [(Shape, Shape)] {
      let details = "statistics \(statistics)"
      family.add("normalize", details, [.any(shape), .any(statistics), .positive(statistics)]) {
        normalize($0[0], mean: $0[1], scale: $0[2])
      }
      family.add(
        "normalize", details + ", scale of all", [.any(shape), .any(statistics), .any(shape)]
      ) {
        normalize($0[0], mean: $0[1], scale: $0[2])
      }
      family.add("normalize", details + ", by themselves", [.any(statistics), .any(statistics)]) {
        normalize($0[0], mean: $0[1], scale: $0[0])
      }
    }
    for (shape, axis) in axes {
      for keeps in [false, true] {
        family.add("logSumExp", "axis \(axis)\(keeps ? " kept" : "")", .any(shape)) {
          logSumExp($0, axis: axis, keepsAxes: keeps)
        }
      }
    }
    return family
  }()
}
