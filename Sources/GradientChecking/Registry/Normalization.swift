import Operations
import Tensors

extension Registry {
  /// Shapes, and how many of their last axes are normalised.
  private static let rows: [(Shape, Int)] = [
    ([4], 1), ([2, 3], 1), ([2, 3], 2), ([5, 2], 1), ([2, 3, 4], 1), ([2, 3, 4], 2),
    ([2, 3, 4], 3), ([2, 2, 3, 2], 1), ([2, 2, 3, 2], 3), ([1, 7], 1), ([0, 3], 1), ([3, 1, 4], 2),
    ([2, 33], 1), ([1, 1, 5], 1),
  ]

  /// Batches of maps and the groups of their channels.
  private static let grouped: [(Shape, Int)] = [
    ([2, 3, 4], 2), ([2, 3, 4], 1), ([2, 3, 4], 4), ([1, 2, 2, 4], 2), ([2, 2, 3, 6], 3),
    ([2, 3, 2, 6], 2), ([3, 2, 1, 2], 1), ([1, 5, 5, 3], 3), ([2, 6], 2), ([3, 6], 3), ([4, 4], 1),
    ([1, 2, 2, 2, 4], 2), ([2, 1, 2, 2, 2], 1), ([0, 2, 2, 4], 2), ([1, 3, 3, 32], 8),
    ([2, 2, 2, 3], 1), ([1, 4, 1, 8], 4),
  ]

  private static let maps: [Shape] = [
    [1, 4, 1], [2, 3, 2], [3, 5, 1], [1, 2, 2, 1], [2, 3, 2, 3], [2, 1, 4, 2], [2, 4, 1, 2],
    [0, 2, 2, 2], [1, 5, 3, 17], [3, 2, 2, 2], [1, 2, 2, 2, 1], [2, 2, 3, 1, 2], [1, 1, 1, 3, 2],
  ]

  static let normalization = {
    var family = Family("normalisation")
    for (shape, axes) in rows {
      let last = Shape(Array(shape).suffix(axes))
      let details = "over \(axes)"
      family.add("layerNorm", details, .any(shape)) { layerNorm($0, axes: axes, epsilon: 0.01) }
      family.add(
        "layerNorm", details + ", affine", [.any(shape), .positive(last), .any(last)]
      ) {
        layerNorm($0[0], scale: $0[1], offset: $0[2], axes: axes, epsilon: 0.01)
      }
      family.add("rmsNorm", details, .any(shape)) { rmsNorm($0, axes: axes, epsilon: 0.01) }
      family.add("rmsNorm", details + ", affine", .any(shape), .positive(last)) {
        rmsNorm($0, scale: $1, axes: axes, epsilon: 0.01)
      }
    }
    for (shape, groups) in grouped {
      let channels = Shape([shape[-1]])
      // In groups of one element nothing of the input would be left: the sum keeps a gradient.
      family.add("groupNorm", "groups \(groups)", .any(shape)) {
        groupNorm($0, groups: groups, epsilon: 0.01) + $0 * 0.25
      }
      family.add(
        "groupNorm", "groups \(groups), affine", [.any(shape), .positive(channels), .any(channels)]
      ) {
        groupNorm($0[0], groups: groups, scale: $0[1], offset: $0[2], epsilon: 0.01)
      }
    }
    for shape in maps {
      let channels = Shape([shape[-1]])
      family.add("instanceNorm", .any(shape)) { instanceNorm($0, epsilon: 0.01) }
      family.add(
        "instanceNorm", "affine", [.any(shape), .positive(channels), .any(channels)]
      ) {
        instanceNorm($0[0], scale: $0[1], offset: $0[2], epsilon: 0.01)
      }
    }
    addBatchNorm(to: &family)
    for (shape, size) in [
      ([5], 3), ([2, 4], 2), ([2, 4], 3), ([2, 4], 5), ([1, 6], 1), ([2, 3, 2], 3), ([2, 3, 5], 4),
      ([1, 2, 2, 6], 5), ([2, 3, 1, 4], 3), ([0, 2, 3], 3), ([1, 2, 2, 17], 5), ([3, 1], 3),
    ] as [(Shape, Int)] {
      family.add("localResponseNorm", "size \(size)", .any(shape)) {
        localResponseNorm($0, size: size, alpha: 0.5)
      }
      family.add("localResponseNorm", "size \(size), beta 0.5, k 2", .any(shape)) {
        localResponseNorm($0, size: size, alpha: 0.25, beta: 0.5, k: 2)
      }
    }
    return family
  }()

  /// Batches of vectors, sequences, images and volumes; one value a channel, one channel, no batch.
  private static let batches: [Shape] = [
    [4, 3], [2, 3, 2], [2, 2, 3, 2], [3, 2, 2, 1], [1, 3, 2, 2], [2, 1, 2, 3, 2], [7, 1], [1, 2],
    [2, 33], [0, 3],
  ]

  private static func addBatchNorm(to family: inout Family) {
    for shape in batches {
      let channels = Shape([shape[-1]])
      let affine: [Sample] = [.any(shape), .positive(channels), .any(channels)]
      // Of no values there are no statistics.
      if shape.elementCount > 0 {
        // Of one value a channel nothing would be left: the linear part keeps a gradient.
        family.add("batchNorm", .any(shape)) { batchNorm($0, epsilon: 0.01) + $0 * 0.25 }
        family.add("batchNorm", "affine", affine) {
          batchNorm($0[0], scale: $0[1], offset: $0[2], epsilon: 0.01)
            + ($0[0].sum() + $0[1].sum()) * 0.25
        }
      }
      family.add(
        "batchNorm", "given statistics", [.any(shape), .any(channels), .positive(channels)]
      ) {
        batchNorm($0[0], mean: $0[1], variance: $0[2], epsilon: 0.01)
      }
      family.add(
        "batchNorm", "given statistics, affine", affine + [.any(channels), .positive(channels)]
      ) {
        batchNorm(
          $0[0], mean: $0[3], variance: $0[4], scale: $0[1], offset: $0[2], epsilon: 0.01)
      }
    }
    family.add("batchNorm", "scale alone", .any([3, 2, 2]), .positive([2])) {
      batchNorm($0, scale: $1, epsilon: 0.01)
    }
    family.add("batchNorm", "offset alone", .any([3, 2, 2]), .any([2])) {
      batchNorm($0, offset: $1, epsilon: 0.01)
    }
    family.add("batchNorm", "statistics of another batch", .any([3, 2]), .any([4, 2])) {
      let (mean, variance) = moments($1)
      return batchNorm($0, mean: mean, variance: variance, epsilon: 0.01)
    }
  }

  static let regularization = {
    var family = Family("regularisation")
    // The sum keeps a gradient where all is dropped.
    for shape in [
      [2, 4], [1, 3, 4], [3, 2, 2], [2, 2, 2, 3], [1, 3, 3, 8], [4, 1, 1, 2], [0, 2, 2, 3],
      [2, 2, 2, 2, 3], [3, 5], [2, 7, 1, 4],
    ] as [Shape] {
      for rate in [0.25, 0.5] {
        family.add("spatialDropout", "rate \(rate)", .any(shape)) {
          spatialDropout($0, rate: rate) * $0 + $0 * 0.25
        }
        family.add("dropPath", "rate \(rate)", .any(shape)) {
          dropPath($0, rate: rate) * $0 + $0 * 0.25
        }
      }
    }
    for (indices, table) in [
      ([3], [4, 2]), ([], [3, 2]), ([2, 3], [5, 3]), ([6], [2, 1]), ([1], [1, 4]), ([0], [3, 2]),
      ([2, 2, 2], [4, 2]), ([5], [7, 17]), ([1, 4], [3, 3]), ([4, 1], [6, 2]),
    ] as [(Shape, Shape)] {
      let samples: [Sample] = [.indices(below: table[0], indices), .any(table)]
      family.add("embedding", samples) {
        embedding($0[0], table: $0[1]) + $0[1].sum()
      }
      family.add("embedding", "squared", samples) {
        let y = embedding($0[0], table: $0[1])
        return y * y + $0[1].sum()
      }
      if table[0] > 1 {
        // The filler's row takes no gradient though it has influence: the indices leave it out.
        let others: [Sample] = [.indices(below: table[0] - 1, indices), .any(table)]
        family.add("embedding", "padding index \(table[0] - 1)", others) {
          embedding($0[0], table: $0[1], paddingIndex: table[0] - 1) + $0[1].sum()
        }
      }
    }
    return family
  }()
}
