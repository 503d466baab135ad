import Autodiff
import Operations
import Tensors

extension Registry {
  private struct Geometry: Sendable {
    let x: Shape
    let kernel: Shape
    var strides: Pair = 1
    var padding = Padding.valid
    var dilation: Pair = 1
    var groups = 1

    var details: String {
      var parts: [String] = []
      if strides != 1 { parts.append("strides \(strides.height) \(strides.width)") }
      if padding != .valid { parts.append("padding \(padding)") }
      if dilation != 1 { parts.append("dilation \(dilation.height) \(dilation.width)") }
      if groups != 1 { parts.append("groups \(groups)") }
      return parts.joined(separator: " ")
    }
  }

  private static let asymmetric = Padding.explicit(top: 2, bottom: 0, left: 1, right: 3)

  private static let geometries: [Geometry] = [
    Geometry(x: [1, 4, 4, 1], kernel: [3, 3, 1, 1]),
    Geometry(x: [2, 5, 4, 3], kernel: [3, 3, 3, 2]),
    Geometry(x: [2, 5, 4, 3], kernel: [3, 3, 3, 2], padding: .same),
    Geometry(x: [2, 5, 4, 3], kernel: [3, 3, 3, 2], padding: .full),
    Geometry(x: [2, 5, 4, 3], kernel: [3, 3, 3, 2], padding: .all(2)),
    Geometry(x: [2, 4, 5, 2], kernel: [3, 2, 2, 3], padding: asymmetric),
    Geometry(x: [2, 3, 4, 3], kernel: [1, 1, 3, 4]),
    Geometry(x: [2, 5, 5, 3], kernel: [1, 1, 3, 2], strides: 2),
    Geometry(x: [2, 6, 6, 2], kernel: [3, 3, 2, 3], strides: 2),
    Geometry(x: [2, 7, 6, 2], kernel: [3, 3, 2, 3], strides: 2, padding: .same),
    Geometry(x: [1, 8, 7, 2], kernel: [3, 2, 2, 2], strides: Pair(3, 2)),
    Geometry(x: [1, 7, 7, 2], kernel: [2, 2, 2, 2], strides: 3),
    Geometry(x: [1, 7, 8, 2], kernel: [3, 3, 2, 2], dilation: 2),
    Geometry(x: [1, 7, 8, 2], kernel: [3, 2, 2, 2], padding: asymmetric, dilation: Pair(1, 3)),
    Geometry(x: [1, 9, 8, 2], kernel: [3, 3, 2, 2], strides: 2, padding: .all(1), dilation: 2),
    Geometry(x: [2, 4, 4, 4], kernel: [3, 3, 2, 6], groups: 2),
    Geometry(x: [2, 4, 5, 4], kernel: [3, 3, 1, 4], padding: .same, groups: 4),
    Geometry(x: [2, 5, 5, 3], kernel: [3, 3, 1, 6], strides: 2, padding: .all(1), groups: 3),
    Geometry(x: [2, 5, 4, 6], kernel: [2, 3, 2, 3], padding: asymmetric, groups: 3),
    Geometry(x: [1, 5, 5, 4], kernel: [2, 2, 1, 4], dilation: 2, groups: 4),
    Geometry(x: [1, 1, 1, 5], kernel: [1, 1, 5, 3]),
    Geometry(x: [1, 1, 6, 2], kernel: [1, 3, 2, 2]),
    Geometry(x: [0, 4, 4, 2], kernel: [3, 3, 2, 2]),
    Geometry(x: [1, 3, 3, 17], kernel: [2, 2, 17, 2]),
    Geometry(x: [1, 4, 3, 2], kernel: [3, 3, 2, 35]),
    Geometry(x: [1, 8, 8, 16], kernel: [3, 3, 16, 16], padding: .same),
    Geometry(x: [2, 6, 6, 3], kernel: [5, 5, 3, 4], strides: 2, padding: .all(2)),
  ]

  static let convolution = {
    var family = Family("convolution")
    for g in geometries {
      let conv = { @Sendable (x: Tensor, kernel: Tensor) in
        conv2D(
          x, kernel, strides: g.strides, padding: g.padding, dilation: g.dilation, groups: g.groups)
      }
      family.add("correlate", g.details, .any(g.x), .any(g.kernel)) { conv($0, $1) }
      // The kernel's gradient as a function of its own.
      let y = conv(.zeros(g.x, dtype: .float64), .zeros(g.kernel, dtype: .float64)).shape
      family.add("correlateForKernel", g.details, .any(g.x), .any(y)) { x, dy in
        pullback(at: Tensor.zeros(g.kernel)) { conv(x, $0) }.pullback(dy)
      }
      family.add("correlateTransposed", "pullback \(g.details)", .any(y), .any(g.kernel)) {
        dy, kernel in
        pullback(at: Tensor.zeros(g.x)) { conv($0, kernel) }.pullback(dy)
      }
    }
    family.add("correlate", "one tensor as both", .any([3, 3, 3, 3])) {
      conv2D($0, $0, padding: .same)
    }
    addTransposed(to: &family)
    return family
  }()

  private static func addTransposed(to family: inout Family) {
    for g in [
      Geometry(x: [1, 3, 3, 2], kernel: [2, 2, 3, 2], strides: 2),
      Geometry(x: [2, 3, 4, 2], kernel: [3, 3, 3, 2]),
      Geometry(x: [2, 3, 4, 2], kernel: [3, 3, 3, 2], strides: 2, padding: .all(1)),
      Geometry(x: [1, 3, 3, 2], kernel: [3, 2, 1, 2], strides: Pair(2, 3)),
      Geometry(x: [1, 3, 3, 4], kernel: [2, 2, 3, 4], strides: 2, groups: 2),
      Geometry(x: [1, 3, 3, 2], kernel: [2, 2, 2, 2], dilation: 2),
      Geometry(x: [1, 4, 3, 2], kernel: [3, 3, 2, 2], padding: asymmetricSmall),
    ] {
      for extra in g.strides == 1 ? [0] : [0, 1] {
        let details = g.details + (extra > 0 ? " output padding 1" : "")
        family.add("correlateTransposed", details, .any(g.x), .any(g.kernel)) {
          convTransposed2D(
            $0, $1, strides: g.strides, padding: g.padding, outputPadding: Pair(extra),
            dilation: g.dilation, groups: g.groups)
        }
      }
    }
  }

  private static let asymmetricSmall = Padding.explicit(top: 1, bottom: 0, left: 0, right: 1)
}
