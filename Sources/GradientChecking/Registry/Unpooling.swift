import Operations
import Tensors

extension Registry {
  /// A pooled map, and the map it is put back into.
  private static let places: [(Shape, [Int])] = [
    ([1, 2, 1], [4]), ([2, 3, 2], [6]), ([2, 3, 2], [7]), ([1, 4, 3], [4]), ([2, 1, 3], [2]),
    ([0, 2, 2], [4]), ([2, 2, 17], [5]), ([3, 2, 1], [5]), ([1, 5, 2], [3]), ([2, 1, 1], [1]),
    ([1, 2, 2, 1], [4, 4]), ([2, 2, 3, 2], [4, 6]), ([2, 2, 3, 2], [5, 7]),
    ([1, 3, 3, 2], [3, 3]),
    ([2, 1, 1, 3], [2, 3]), ([0, 2, 2, 2], [4, 4]), ([1, 2, 2, 17], [3, 3]),
    ([3, 1, 2, 1], [3, 5]),
    ([1, 4, 4, 1], [2, 3]), ([2, 1, 1, 2], [1, 1]),
    ([1, 1, 1, 1, 1], [2, 2, 2]), ([2, 1, 2, 1, 2], [2, 4, 2]), ([1, 2, 1, 2, 2], [3, 3, 4]),
    ([1, 2, 2, 2, 1], [2, 2, 2]), ([0, 1, 1, 1, 2], [2, 2, 2]), ([1, 1, 1, 2, 17], [1, 2, 3]),
    ([2, 2, 2, 2, 1], [2, 1, 2]), ([3, 1, 1, 1, 2], [1, 1, 1]), ([1, 2, 2, 2, 2], [4, 4, 4]),
    ([1, 1, 3, 1, 2], [1, 7, 2]),
  ]

  @Sendable private static func unpooled(_ x: Tensor, _ indices: Tensor, _ sizes: [Int]) -> Tensor {
    switch sizes.count {
    case 1: maxUnpool1D(x, indices: indices, width: sizes[0])
    case 2: maxUnpool2D(x, indices: indices, height: sizes[0], width: sizes[1])
    default:
      maxUnpool3D(x, indices: indices, depth: sizes[0], height: sizes[1], width: sizes[2])
    }
  }

  static let unpooling = {
    var family = Family("pooling")
    for (x, sizes) in places {
      let name = "maxUnpool\(sizes.count)D"
      let details = "to \(sizes.map(String.init).joined(separator: " "))"
      let samples: [Sample] = [.any(x), .indices(below: sizes.reduce(1, *), x)]
      family.add(name, details, samples) { unpooled($0[0], $0[1], sizes) }
      family.add(name, details + ", squared", samples) {
        let y = unpooled($0[0], $0[1], sizes)
        return y * y
      }
    }
    for shape in [
      [1, 4, 1], [2, 6, 2], [2, 7, 3], [3, 5, 1], [1, 2, 17], [0, 4, 2], [1, 8, 2],
    ] as [Shape] {
      for window in [1, 2] {
        family.add("maxPool1DWithIndices", "window \(window), and back", .distinct(shape)) {
          let (values, indices) = maxPool1DWithIndices($0, window: window)
          return maxUnpool1D(values, indices: indices, width: shape[1]) * $0 + $0
        }
      }
      family.add("maxPool1DWithIndices", "overlapping, and back", .distinct(shape)) {
        let (values, indices) = maxPool1DWithIndices($0, window: 3, stride: 1, padding: .all(1))
        return maxUnpool1D(values, indices: indices, width: shape[1]) + $0
      }
    }
    for shape in [
      [1, 4, 4, 1], [2, 4, 6, 2], [2, 5, 3, 3], [3, 2, 2, 1], [1, 2, 2, 17], [0, 4, 4, 2],
      [1, 3, 7, 2],
    ] as [Shape] {
      for window in [Pair(1, 2), Pair(2)] {
        let details = "window \(window.height) \(window.width), and back"
        family.add("maxPool2DWithIndices", details, .distinct(shape)) {
          let (values, indices) = maxPool2DWithIndices($0, window: window)
          return maxUnpool2D(values, indices: indices, height: shape[1], width: shape[2]) * $0 + $0
        }
      }
      family.add("maxPool2DWithIndices", "overlapping, and back", .distinct(shape)) {
        let (values, indices) = maxPool2DWithIndices($0, window: 3, strides: 1, padding: .all(1))
        return maxUnpool2D(values, indices: indices, height: shape[1], width: shape[2]) + $0
      }
    }
    for shape in [
      [1, 2, 2, 2, 1], [2, 2, 4, 2, 1], [1, 3, 2, 3, 2], [1, 2, 2, 2, 9], [0, 2, 2, 2, 1],
      [1, 4, 2, 3, 1], [3, 2, 3, 2, 1],
    ] as [Shape] {
      for window in [Triple(1, 2, 2), Triple(2)] {
        let details = "window \(window.depth) \(window.height) \(window.width), and back"
        family.add("maxPool3DWithIndices", details, .distinct(shape)) {
          let (values, indices) = maxPool3DWithIndices($0, window: window)
          return maxUnpool3D(
            values, indices: indices, depth: shape[1], height: shape[2], width: shape[3]) * $0 + $0
        }
      }
      family.add("maxPool3DWithIndices", "overlapping, and back", .distinct(shape)) {
        let (values, indices) = maxPool3DWithIndices($0, window: 3, strides: 1, padding: .all(1))
        return maxUnpool3D(
          values, indices: indices, depth: shape[1], height: shape[2], width: shape[3]) + $0
      }
    }
    return family
  }()
}
