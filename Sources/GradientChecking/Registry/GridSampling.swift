import Operations
import Tensors

extension Registry {
  /// Images, and the height and width of what is sampled from them.
  private static let sampled: [(Shape, Int, Int)] = [
    ([1, 3, 3, 1], 2, 2), ([2, 4, 5, 2], 3, 2), ([1, 2, 6, 3], 4, 3), ([2, 5, 2, 1], 1, 4),
    ([0, 3, 3, 2], 2, 2), ([1, 4, 4, 17], 2, 1),
  ]

  /// Volumes, and the depth, height and width of what is sampled from them.
  private static let sampledVolumes: [(Shape, [Int])] = [
    ([1, 2, 3, 2, 1], [2, 1, 2]), ([2, 3, 2, 4, 2], [1, 2, 2]), ([1, 3, 3, 3, 2], [3, 1, 1]),
    ([0, 2, 2, 2, 1], [2, 2, 2]),
  ]

  /// Places from two pixels before an image to two behind it, a quarter of a pixel from where the slope
  /// changes: pixels, halves between them, edges.
  @Sendable private static func placesBesideKinks(
    _ cells: Tensor, _ fractions: Tensor, of shape: Shape, alignsCorners: Bool
  ) -> Tensor {
    let pixels = cells.cast(to: fractions.dtype) - 2 + fractions
    let axes = Array(shape.dropFirst().dropLast().reversed())
    let sizes = Tensor(axes.map { Double($0) }, dtype: fractions.dtype)
    return alignsCorners ? pixels * 2 / (sizes - 1) - 1 : (pixels * 2 + 1) / sizes - 1
  }

  static let gridSampling = {
    var family = Family("resampling")
    let images = sampled.map { ($0.0, [$0.1, $0.2]) }
    for (x, sizes) in images + sampledVolumes {
      let grid = Shape([x[0]] + sizes + [sizes.count])
      let most = x.dropFirst().dropLast().reduce(0) { Swift.max($0, $1) }
      for padding in [GridPadding.zeros, .border, .reflection] {
        for aligns in [false, true] {
          let details = "\(padding)\(aligns ? ", aligned" : "")"
          let samples: [Sample] = [
            .any(x), .indices(below: most + 4, grid), .within(0.125, 0.375, grid),
          ]
          for interpolation in [GridInterpolation.bilinear, .nearest] {
            family.add("gridSample", "\(interpolation), \(details)", samples) { inputs in
              let places = placesBesideKinks(inputs[1], inputs[2], of: x, alignsCorners: aligns)
              let y = gridSample(
                inputs[0], at: places, interpolation, padding: padding, alignsCorners: aligns)
              // The product keeps a gradient for each pixel and place, also where nothing is sampled.
              return y + inputs[0].sum() * inputs[2].sum()
            }
          }
        }
      }
    }
    for (maps, height, width) in [
      (1, 2, 2), (2, 3, 2), (1, 1, 1), (3, 1, 4), (2, 4, 1), (0, 2, 2), (1, 5, 3), (2, 2, 6),
      (4, 2, 2), (1, 3, 3),
    ] {
      for aligns in [false, true] {
        let details = "to \(height) \(width)\(aligns ? ", aligned" : "")"
        family.add("affineGrid", details, .any([maps, 2, 3])) {
          affineGrid($0, height: height, width: width, alignsCorners: aligns)
        }
      }
    }
    for (maps, sizes) in [
      (1, [2, 2, 2]), (2, [1, 3, 2]), (3, [2, 1, 1]), (0, [2, 2, 2]),
    ] as [(Int, [Int])] {
      for aligns in [false, true] {
        let text = sizes.map(String.init).joined(separator: " ")
        family.add("affineGrid", "to \(text)\(aligns ? ", aligned" : "")", .any([maps, 3, 4])) {
          affineGrid(
            $0, depth: sizes[0], height: sizes[1], width: sizes[2], alignsCorners: aligns)
        }
      }
    }
    for aligns in [false, true] {
      family.add(
        "gridSample", "of an affine grid\(aligns ? ", aligned" : "")", .any([2, 4, 4, 2]),
        .within(0.02, 0.1, [2, 2, 3])
      ) {
        gridSample(
          $0, at: affineGrid($1, height: 3, width: 3, alignsCorners: aligns), padding: .border,
          alignsCorners: aligns)
      }
    }
    return family
  }()
}
