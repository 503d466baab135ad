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
  ]

  static let activations = {
    var family = Family("activations")
    for activation in functions {
      for shape in [[7], [2, 3], [3, 1, 4], [0, 3], [2, 2, 3, 2], [521]] as [Shape] {
        // The outer part keeps a gradient where a rectifier has none.
        family.add(activation.name, .any(shape)) { activation.function($0) + $0 * 0.25 }
      }
      family.add(activation.name, "far out", .within(-40, 40, [2, 5])) {
        activation.function($0) + $0 * 0.25
      }
    }
    for shape in [[7], [2, 3], [3, 1, 4], [2, 2, 3, 2]] as [Shape] {
      family.add("hardTanh", .any(shape)) { hardTanh($0) + $0 * 0.25 }
    }
    for (shape, axis) in [
      ([5], 0), ([2, 3], -1), ([2, 3], 0), ([2, 3, 4], 1), ([3, 1], 0), ([2, 2, 2, 5], -1),
      ([0, 3], -1), ([2, 3, 4], 0),
    ] as [(Shape, Int)] {
      family.add("softmax", "axis \(axis)", .any(shape)) { softmax($0, axis: axis) }
      family.add("logSoftmax", "axis \(axis)", .any(shape)) { logSoftmax($0, axis: axis) }
    }
    for rate in [0.25, 0.5, 0.75] {
      for shape in [[24], [4, 6], [2, 3, 2, 4]] as [Shape] {
        family.add("dropout", "rate \(rate)", .any(shape)) { dropout($0, rate: rate) * $0 }
      }
    }
    return family
  }()
}
