import Operations
import Tensors

extension Registry {
  static let resampling = {
    var family = Family("resampling")
    let methods: [(String, Resampling)] = [
      ("nearest", .nearest), ("bilinear", .bilinear()),
      ("bilinear, aligned", .bilinear(alignsCorners: true)),
    ]
    for (x, height, width) in [
      ([1, 2, 2, 1], 4, 4), ([2, 3, 4, 2], 6, 8), ([1, 3, 5, 2], 7, 4), ([2, 4, 4, 3], 4, 4),
      ([1, 1, 3, 2], 3, 5), ([1, 2, 2, 2], 1, 1), ([0, 2, 2, 1], 4, 4),
    ] as [(Shape, Int, Int)] {
      for (name, method) in methods {
        // Shrinking leaves pixels unread: the product keeps a gradient for each.
        family.add("resize", "\(name) to \(height) \(width)", .any(x)) {
          resize($0, height: height, width: width, method) + $0.sum()
        }
      }
    }
    return family
  }()
}
