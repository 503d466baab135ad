import Operations
import Tensors

extension Registry {
  private struct Geometry: Sendable {
    let x: Shape
    let kernel: Shape
    var strides: Triple = 1
    var padding = VolumePadding.valid
    var dilation: Triple = 1
    var groups = 1
    var outputPadding: Triple = 0

    var details: String {
      var parts: [String] = []
      func note(_ name: String, _ value: Triple, unless usual: Triple) {
        if value != usual { parts.append("\(name) \(value.depth) \(value.height) \(value.width)") }
      }
      note("strides", strides, unless: 1)
      if padding != .valid { parts.append("padding \(padding)") }
      note("dilation", dilation, unless: 1)
      if groups != 1 { parts.append("groups \(groups)") }
      note("output padding", outputPadding, unless: 0)
      return parts.joined(separator: " ")
    }
  }

  private static let asymmetric = VolumePadding.explicit(
    front: 1, back: 0, top: 0, bottom: 1, left: 2, right: 0)

  private static let geometries: [Geometry] = [
    Geometry(x: [1, 3, 3, 3, 1], kernel: [2, 2, 2, 1, 1]),
    Geometry(x: [2, 3, 4, 3, 2], kernel: [2, 3, 2, 2, 3]),
    Geometry(x: [2, 3, 3, 3, 2], kernel: [3, 3, 3, 2, 2], padding: .same),
    Geometry(x: [1, 3, 3, 3, 2], kernel: [2, 2, 2, 2, 2], padding: .full),
    Geometry(x: [1, 3, 3, 3, 2], kernel: [3, 3, 3, 2, 2], padding: .all(1)),
    Geometry(x: [2, 3, 3, 2, 2], kernel: [2, 2, 3, 2, 2], padding: asymmetric),
    Geometry(x: [1, 5, 4, 5, 2], kernel: [3, 2, 3, 2, 2], strides: 2),
    Geometry(x: [1, 4, 4, 4, 2], kernel: [3, 3, 3, 2, 2], strides: 2, padding: .same),
    Geometry(x: [2, 4, 3, 4, 2], kernel: [2, 2, 2, 2, 1], strides: Triple(2, 1, 3)),
    Geometry(x: [1, 6, 3, 3, 2], kernel: [2, 2, 2, 2, 2], strides: Triple(3, 1, 1)),
    Geometry(x: [1, 5, 5, 5, 1], kernel: [3, 2, 2, 1, 2], dilation: 2),
    Geometry(x: [1, 5, 3, 4, 2], kernel: [2, 2, 2, 2, 2], dilation: Triple(3, 1, 2)),
    Geometry(
      x: [1, 4, 4, 4, 2], kernel: [2, 3, 2, 2, 2], strides: 2, padding: asymmetric, dilation: 2),
    Geometry(x: [1, 3, 3, 3, 4], kernel: [2, 2, 2, 2, 4], groups: 2),
    Geometry(x: [1, 3, 3, 3, 4], kernel: [3, 3, 3, 1, 4], padding: .same, groups: 4),
    Geometry(x: [1, 3, 3, 3, 3], kernel: [2, 2, 2, 1, 6], strides: 2, groups: 3),
    Geometry(
      x: [2, 3, 2, 3, 4], kernel: [2, 1, 2, 2, 2], padding: asymmetric, dilation: Triple(2, 1, 1),
      groups: 2),
    Geometry(x: [2, 2, 3, 2, 3], kernel: [1, 1, 1, 3, 2]),
    Geometry(x: [2, 3, 3, 2, 3], kernel: [1, 1, 1, 3, 2], strides: 2),
    Geometry(x: [2, 3, 4, 3, 2], kernel: [1, 3, 2, 2, 2]),
    Geometry(x: [2, 4, 2, 3, 2], kernel: [3, 1, 1, 2, 2]),
    Geometry(x: [1, 1, 1, 1, 3], kernel: [1, 1, 1, 3, 2]),
    Geometry(x: [1, 1, 4, 3, 2], kernel: [3, 2, 2, 2, 2], padding: .all(1)),
    Geometry(x: [0, 3, 3, 3, 2], kernel: [2, 2, 2, 2, 2]),
    Geometry(x: [1, 2, 2, 2, 9], kernel: [2, 2, 2, 9, 2]),
  ]

  private static let transposed: [Geometry] = [
    Geometry(x: [1, 2, 2, 2, 1], kernel: [2, 2, 2, 1, 1]),
    Geometry(x: [2, 2, 3, 2, 2], kernel: [2, 3, 2, 3, 2]),
    Geometry(x: [1, 2, 2, 2, 2], kernel: [2, 2, 2, 3, 2], strides: 2),
    Geometry(x: [1, 2, 2, 2, 2], kernel: [3, 3, 3, 2, 2], strides: 2, padding: .all(1)),
    Geometry(
      x: [1, 2, 2, 2, 2], kernel: [3, 3, 3, 2, 2], strides: 2, padding: .all(1), outputPadding: 1),
    Geometry(
      x: [1, 2, 2, 3, 2], kernel: [2, 3, 2, 2, 2], strides: Triple(3, 1, 2),
      outputPadding: Triple(2, 0, 1)),
    Geometry(x: [1, 3, 3, 3, 2], kernel: [3, 3, 3, 2, 2], padding: .same),
    Geometry(x: [1, 4, 4, 4, 2], kernel: [3, 3, 3, 1, 2], padding: .full),
    Geometry(x: [1, 3, 3, 3, 2], kernel: [3, 3, 3, 2, 2], padding: asymmetric),
    Geometry(x: [2, 3, 2, 2, 2], kernel: [2, 2, 2, 2, 2], strides: 2, padding: asymmetric),
    Geometry(x: [1, 2, 2, 2, 2], kernel: [2, 2, 2, 2, 2], dilation: 2),
    Geometry(x: [1, 2, 3, 2, 2], kernel: [2, 2, 3, 2, 2], dilation: Triple(3, 1, 2)),
    Geometry(
      x: [1, 3, 2, 2, 2], kernel: [2, 2, 2, 2, 2], strides: 2, padding: .all(1), dilation: 3,
      outputPadding: 1),
    Geometry(x: [1, 2, 2, 2, 4], kernel: [2, 2, 2, 3, 4], groups: 2),
    Geometry(x: [1, 2, 2, 2, 4], kernel: [2, 2, 2, 1, 4], strides: 2, groups: 4),
    Geometry(x: [2, 2, 2, 1, 6], kernel: [3, 1, 2, 2, 6], strides: Triple(2, 1, 1), groups: 3),
    Geometry(x: [2, 2, 3, 2, 3], kernel: [1, 1, 1, 2, 3]),
    Geometry(x: [2, 2, 2, 2, 2], kernel: [1, 2, 3, 2, 2]),
    Geometry(x: [2, 2, 2, 2, 2], kernel: [3, 1, 1, 2, 2]),
    Geometry(x: [2, 1, 1, 1, 3], kernel: [2, 2, 2, 2, 3], strides: 2),
    Geometry(x: [0, 2, 2, 2, 2], kernel: [2, 2, 2, 2, 2]),
    Geometry(x: [1, 2, 1, 2, 9], kernel: [2, 2, 2, 2, 9]),
  ]

  static let volumeConvolution = {
    var family = Family("convolution")
    for g in geometries {
      family.add("conv3D", g.details, .any(g.x), .any(g.kernel)) {
        conv3D(
          $0, $1, strides: g.strides, padding: g.padding, dilation: g.dilation, groups: g.groups)
      }
    }
    family.add("conv3D", "one tensor as both", .any([2, 2, 2, 2, 2])) {
      conv3D($0, $0, padding: .same)
    }
    for g in transposed {
      family.add("convTransposed3D", g.details, .any(g.x), .any(g.kernel)) {
        convTransposed3D(
          $0, $1, strides: g.strides, padding: g.padding, outputPadding: g.outputPadding,
          dilation: g.dilation, groups: g.groups)
      }
    }
    family.add("convTransposed3D", "one tensor as both", .any([2, 2, 2, 2, 2])) {
      convTransposed3D($0, $0)
    }
    return family
  }()
}
