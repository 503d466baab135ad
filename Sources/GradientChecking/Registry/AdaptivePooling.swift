import Operations
import Tensors

extension Registry {
  /// A batch of maps of one, two or three axes, and the cells wanted of each: as many as there are
  /// elements, fewer with and without a rest, more, one.
  private static let cells: [(Shape, [Int])] = [
    ([1, 4, 2], [2]), ([2, 7, 3], [3]), ([1, 3, 1], [1]), ([1, 3, 2], [5]), ([2, 5, 2], [5]),
    ([2, 5, 2], [4]), ([2, 6, 2], [4]), ([0, 5, 2], [2]), ([2, 1, 3], [1]), ([2, 1, 3], [2]),
    ([3, 9, 1], [2]), ([1, 8, 2], [3]), ([1, 8, 2], [4]), ([2, 11, 1], [3]), ([2, 2, 2], [3]),
    ([1, 6, 17], [2]), ([4, 3, 1], [2]), ([1, 10, 2], [7]), ([2, 12, 1], [5]), ([5, 4, 1], [1]),
    ([1, 4, 4, 2], [2, 2]), ([2, 5, 7, 3], [2, 3]), ([1, 3, 3, 1], [1, 1]),
    ([1, 2, 3, 2], [4, 5]), ([2, 4, 4, 2], [4, 4]), ([2, 5, 5, 1], [3, 3]),
    ([1, 5, 4, 2], [5, 2]), ([1, 4, 5, 2], [2, 5]), ([0, 4, 4, 2], [2, 2]),
    ([1, 1, 5, 2], [1, 2]),
    ([1, 5, 1, 2], [3, 1]), ([2, 1, 1, 3], [1, 1]), ([2, 1, 1, 3], [2, 2]),
    ([1, 6, 7, 1], [4, 3]),
    ([1, 7, 6, 1], [7, 1]), ([1, 3, 8, 2], [1, 8]), ([3, 3, 2, 1], [2, 1]),
    ([1, 4, 6, 17], [2, 3]),
    ([1, 8, 8, 1], [3, 5]), ([2, 2, 2, 2], [3, 1]),
    ([1, 2, 2, 2, 1], [1, 1, 1]), ([1, 4, 4, 2, 2], [2, 2, 1]), ([2, 3, 4, 2, 1], [2, 3, 2]),
    ([1, 2, 3, 2, 2], [3, 4, 3]), ([1, 3, 3, 3, 2], [3, 3, 3]), ([1, 5, 3, 4, 1], [2, 2, 3]),
    ([0, 2, 2, 2, 2], [1, 1, 1]), ([2, 1, 1, 1, 3], [1, 1, 1]), ([2, 1, 1, 1, 3], [2, 1, 2]),
    ([1, 1, 4, 4, 1], [1, 2, 2]), ([1, 4, 1, 3, 1], [2, 1, 2]), ([2, 3, 3, 1, 1], [2, 2, 1]),
    ([1, 6, 2, 2, 1], [4, 2, 2]), ([1, 2, 6, 2, 1], [2, 4, 1]), ([1, 2, 2, 6, 1], [1, 2, 4]),
    ([3, 2, 2, 2, 1], [2, 1, 2]), ([1, 2, 2, 2, 17], [1, 2, 1]), ([1, 4, 4, 4, 1], [3, 3, 3]),
    ([1, 5, 2, 3, 2], [5, 1, 1]), ([2, 2, 3, 3, 1], [1, 3, 2]),
  ]

  static let adaptivePooling = {
    var family = Family("pooling")
    for (x, counts) in cells {
      let details = "to \(counts.map(String.init).joined(separator: " "))"
      let name = ["1D", "2D", "3D"][counts.count - 1]
      family.add("adaptiveAvgPool\(name)", details, .any(x)) {
        switch counts.count {
        case 1: adaptiveAvgPool1D($0, width: counts[0])
        case 2: adaptiveAvgPool2D($0, height: counts[0], width: counts[1])
        default: adaptiveAvgPool3D($0, depth: counts[0], height: counts[1], width: counts[2])
        }
      }
      family.add("adaptiveMaxPool\(name)", details, .distinct(x)) {
        switch counts.count {
        case 1: adaptiveMaxPool1D($0, width: counts[0])
        case 2: adaptiveMaxPool2D($0, height: counts[0], width: counts[1])
        default: adaptiveMaxPool3D($0, depth: counts[0], height: counts[1], width: counts[2])
        }
      }
    }
    for shape in maps {
      family.add("globalAvgPool", .any(shape)) { globalAvgPool($0) }
      family.add("globalMaxPool", .distinct(shape)) { globalMaxPool($0) }
      if shape.rank == 4, shape[0] == 2 {
        family.add("globalAvgPool", "squared", .any(shape)) {
          let y = globalAvgPool($0)
          return y * y
        }
        family.add("globalMaxPool", "squared", .distinct(shape)) {
          let y = globalMaxPool($0)
          return y * y
        }
      }
    }
    return family
  }()

  /// Maps of one, two and three axes between batch and channels.
  private static let maps: [Shape] = [
    [1, 3, 1], [2, 5, 3], [3, 1, 2], [0, 4, 2], [1, 9, 17], [4, 2, 1],
    [1, 2, 2, 1], [2, 3, 4, 3], [2, 1, 5, 2], [2, 5, 1, 2], [0, 3, 3, 2], [1, 4, 4, 17],
    [3, 1, 1, 2], [2, 7, 3, 1],
    [1, 2, 2, 2, 1], [2, 2, 3, 2, 2], [1, 1, 3, 3, 2], [2, 3, 1, 1, 2], [0, 2, 2, 2, 1],
    [3, 2, 2, 1, 1], [1, 3, 3, 2, 3],
  ]
}
