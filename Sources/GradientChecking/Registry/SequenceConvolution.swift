import Operations
import Tensors

extension Registry {
  private struct Geometry: Sendable {
    let x: Shape
    let kernel: Shape
    var stride = 1
    var padding = Padding.valid
    var dilation = 1
    var groups = 1
    var outputPadding = 0

    var details: String {
      var parts: [String] = []
      if stride != 1 { parts.append("stride \(stride)") }
      if padding != .valid { parts.append("padding \(padding)") }
      if dilation != 1 { parts.append("dilation \(dilation)") }
      if groups != 1 { parts.append("groups \(groups)") }
      if outputPadding != 0 { parts.append("output padding \(outputPadding)") }
      return parts.joined(separator: " ")
    }
  }

  private static func sides(_ left: Int, _ right: Int) -> Padding {
    .explicit(top: 0, bottom: 0, left: left, right: right)
  }

  private static let geometries: [Geometry] = [
    Geometry(x: [1, 6, 1], kernel: [2, 1, 1]),
    Geometry(x: [1, 6, 1], kernel: [2, 1, 1], padding: .all(2)),
    Geometry(x: [2, 7, 2], kernel: [3, 2, 3], stride: 2),
    Geometry(x: [2, 7, 2], kernel: [3, 2, 3], stride: 2, padding: .all(2)),
    Geometry(x: [2, 7, 2], kernel: [3, 2, 3], padding: .same),
    Geometry(x: [2, 8, 2], kernel: [3, 2, 3], stride: 2, padding: .same),
    Geometry(x: [1, 8, 2], kernel: [3, 2, 2], dilation: 2),
    Geometry(x: [1, 8, 2], kernel: [3, 2, 2], padding: .all(2), dilation: 2),
    Geometry(x: [2, 5, 3], kernel: [4, 3, 2], padding: .full),
    Geometry(x: [2, 6, 2], kernel: [3, 2, 2], padding: sides(2, 0)),
    Geometry(x: [2, 6, 2], kernel: [3, 2, 2], stride: 2, padding: sides(0, 3), dilation: 2),
    Geometry(x: [2, 8, 2], kernel: [3, 2, 2], stride: 3),
    Geometry(x: [2, 9, 2], kernel: [2, 2, 1], stride: 4),
    Geometry(x: [2, 6, 4], kernel: [3, 2, 6], groups: 2),
    Geometry(x: [2, 6, 4], kernel: [3, 1, 4], padding: .same, groups: 4),
    Geometry(x: [1, 7, 3], kernel: [2, 1, 6], stride: 2, groups: 3),
    Geometry(x: [2, 5, 3], kernel: [1, 3, 4]),
    Geometry(x: [2, 5, 3], kernel: [1, 3, 4], stride: 2),
    Geometry(x: [3, 3, 2], kernel: [3, 2, 5]),
    Geometry(x: [2, 1, 2], kernel: [1, 2, 3]),
    Geometry(x: [0, 5, 2], kernel: [3, 2, 2]),
    Geometry(x: [1, 5, 17], kernel: [2, 17, 2]),
    Geometry(x: [1, 40, 1], kernel: [9, 1, 2], stride: 4, padding: .all(4)),
  ]

  private static let transposed: [Geometry] = [
    Geometry(x: [1, 4, 1], kernel: [2, 1, 1]),
    Geometry(x: [2, 3, 2], kernel: [2, 3, 2], stride: 2),
    Geometry(x: [2, 3, 2], kernel: [3, 3, 2], stride: 2),
    Geometry(x: [2, 3, 2], kernel: [3, 3, 2], stride: 2, outputPadding: 1),
    Geometry(x: [2, 4, 2], kernel: [3, 3, 2], stride: 2, padding: .all(1)),
    Geometry(x: [2, 4, 2], kernel: [3, 3, 2], stride: 2, padding: .all(1), outputPadding: 1),
    Geometry(x: [2, 4, 2], kernel: [2, 1, 2], stride: 3),
    Geometry(x: [1, 4, 2], kernel: [5, 2, 2], stride: 3, padding: .all(1), outputPadding: 1),
    Geometry(x: [2, 5, 2], kernel: [3, 2, 2], padding: .same),
    Geometry(x: [2, 4, 3], kernel: [4, 2, 3], padding: .all(1)),
    Geometry(x: [2, 5, 2], kernel: [3, 2, 2], padding: .full),
    Geometry(x: [2, 4, 2], kernel: [3, 2, 2], padding: sides(2, 0)),
    Geometry(x: [2, 4, 2], kernel: [3, 2, 2], stride: 2, padding: sides(0, 1)),
    Geometry(x: [1, 4, 2], kernel: [3, 2, 2], dilation: 2),
    Geometry(x: [1, 4, 2], kernel: [3, 2, 2], stride: 2, padding: .all(2), dilation: 3),
    Geometry(x: [2, 3, 4], kernel: [2, 3, 4], groups: 2),
    Geometry(x: [2, 3, 4], kernel: [3, 1, 4], stride: 2, groups: 4),
    Geometry(x: [2, 3, 6], kernel: [2, 2, 6], stride: 2, padding: .all(1), groups: 3),
    Geometry(x: [2, 1, 2], kernel: [4, 3, 2], stride: 2),
    Geometry(x: [2, 1, 3], kernel: [1, 2, 3]),
    Geometry(x: [0, 4, 2], kernel: [3, 2, 2]),
    Geometry(x: [1, 3, 17], kernel: [2, 2, 17]),
    Geometry(x: [1, 9, 2], kernel: [8, 1, 2], stride: 4, padding: .all(2)),
  ]

  static let sequenceConvolution = {
    var family = Family("convolution")
    for g in geometries {
      family.add("conv1D", g.details, .any(g.x), .any(g.kernel)) {
        conv1D(
          $0, $1, stride: g.stride, padding: g.padding, dilation: g.dilation, groups: g.groups)
      }
    }
    family.add("conv1D", "one tensor as both", .any([3, 3, 3])) {
      conv1D($0, $0, padding: .same)
    }
    for g in transposed {
      family.add("convTransposed1D", g.details, .any(g.x), .any(g.kernel)) {
        convTransposed1D(
          $0, $1, stride: g.stride, padding: g.padding, outputPadding: g.outputPadding,
          dilation: g.dilation, groups: g.groups)
      }
    }
    family.add("convTransposed1D", "one tensor as both", .any([3, 3, 3])) {
      convTransposed1D($0, $0, stride: 2)
    }
    return family
  }()
}
