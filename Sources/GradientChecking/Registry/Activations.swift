import Autodiff
import Operations
import Tensors

extension Registry {
  private struct Activation: Sendable {
    let name: String
    let function: @Sendable (Tensor) -> Tensor
  }

  private static let functions: [Activation] = [
    Activation(name: "relu") { relu($0) },
    Activation(name: "leakyReLU") { leakyReLU($0, slope: 0.125) },
    Activation(name: "elu") { elu($0, alpha: 1.25) },
    Activation(name: "selu") { selu($0) },
    Activation(name: "gelu") { gelu($0) },
    Activation(name: "geluTanh") { geluTanh($0) },
    Activation(name: "silu") { silu($0) },
    Activation(name: "softplus") { softplus($0) },
    Activation(name: "mish") { mish($0) },
    Activation(name: "hardSigmoid") { hardSigmoid($0) },
    Activation(name: "hardSwish") { hardSwish($0) },
    Activation(name: "logSigmoid") { logSigmoid($0) },
    Activation(name: "hardTanh") { hardTanh($0, from: -0.9, through: 1.1) },
    Activation(name: "relu6") { relu6($0 * 5.3) },
    Activation(name: "celu") { celu($0, alpha: 1.75) },
    Activation(name: "softsign") { softsign($0) },
    Activation(name: "tanhShrink") { tanhShrink($0) },
    Activation(name: "hardShrink") { hardShrink($0, limit: 0.3) },
    Activation(name: "softShrink") { softShrink($0, limit: 0.3) },
    Activation(name: "threshold") { threshold($0, above: 0.3, otherwise: -2) },
  ]

  /// One slope, one for each channel, or one for each element, beside size-1 and empty axes.
  private static let slopesOfPReLU: [(Shape, Shape)] = [
    ([], []), ([1], [1]), ([7], []), ([7], [1]), ([7], [7]), ([2, 3], [3]), ([2, 3], []),
    ([2, 3], [2, 1]), ([2, 3], [2, 3]), ([3, 1, 4], [4]), ([3, 1, 4], [1]), ([0, 3], [3]),
    ([2, 2, 3, 2], [2]), ([2, 2, 3, 2], [1, 1, 1, 2]), ([2, 2, 3, 2], []), ([521], [1]),
    ([13, 5], [5]), ([5, 1], [1]), ([2, 3, 4], [3, 1]), ([3, 2, 1, 5], [5]), ([65, 2], [2]),
  ]

  static let activations = {
    var family = Family("activations")
    for activation in functions {
      for shape in shapes {
        // The outer part keeps a gradient where a rectifier has none.
        family.add(activation.name, .any(shape)) { activation.function($0) + $0 * 0.25 }
      }
      family.add(activation.name, "far out", .within(-40, 40, [2, 5])) {
        activation.function($0) + $0 * 0.25
      }
    }
    for (shape, axis) in axes {
      family.add("softmax", "axis \(axis)", .any(shape)) { softmax($0, axis: axis) + $0 }
      family.add("softmin", "axis \(axis)", .any(shape)) { softmin($0, axis: axis) + $0 }
      family.add("logSoftmax", "axis \(axis)", .any(shape)) { logSoftmax($0, axis: axis) + $0 }
      let size = shape[axis]
      family.add("glu", "axis \(axis)", .any(shape.replacing(axis: axis, with: 2 * size))) {
        glu($0, axis: axis)
      }
    }
    for (shape, slopes) in slopesOfPReLU {
      family.add("prelu", .any(shape), .positive(slopes)) {
        // The linear parts keep a gradient where no element is negative.
        prelu($0, slope: $1) + $1.sum()
      }
    }
    for rate in [0.25, 0.5, 0.75] {
      for shape in [[24], [4, 6], [2, 3, 2, 4], [33], [1, 17], [17, 1], [2, 0, 3]] as [Shape] {
        family.add("dropout", "rate \(rate)", .any(shape)) { dropout($0, rate: rate) * $0 }
      }
    }
    return family
  }()
}
