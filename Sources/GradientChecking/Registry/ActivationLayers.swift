import Layers
import Operations
import Tensors

extension Registry {
  /// Vectors, batches, sequences and images; axes of size 1 and 0; enough elements for both signs.
  private static let pointwiseShapes: [Shape] = [
    [3, 5], [7], [1, 6], [2, 1, 4], [2, 3, 2, 5], [0, 3],
  ]

  static let activationLayers = {
    var family = Family("layers")
    func add<Made: Layer>(
      _ name: String, _ details: String = "", among sample: (Shape) -> Sample = { .any($0) },
      _ layer: @escaping @Sendable () -> Made
    ) {
      for shape in pointwiseShapes { family.add(name, details, layer: layer, sample(shape)) }
    }
    add("Activation") { Activation { sin($0) } }
    add("Identity") { Identity() }
    add("ReLU") { ReLU() }
    add("ReLU6", among: { .within(-3, 9, $0) }) { ReLU6() }
    add("LeakyReLU", "slope 0.125") { LeakyReLU(slope: 0.125) }
    add("LeakyReLU", "default slope") { LeakyReLU() }
    add("PReLU", "one slope") { PReLU() }
    add("CELU", "alpha 1.5") { CELU(alpha: 1.5) }
    add("Threshold") { Threshold(above: -0.3, otherwise: 2) }
    add("ELU", "alpha 1.5") { ELU(alpha: 1.5) }
    add("SELU") { SELU() }
    add("GELU") { GELU() }
    add("GELU", "tanh") { GELU(.tanh) }
    add("SiLU") { SiLU() }
    add("Mish") { Mish() }
    add("Softplus") { Softplus() }
    add("Softsign") { Softsign() }
    add("Sigmoid") { Sigmoid() }
    add("Tanh") { Tanh() }
    add("HardSigmoid") { HardSigmoid() }
    add("HardSwish") { HardSwish() }
    add("HardTanh") { HardTanh() }
    for shape in [[3, 5], [2, 3, 2, 5], [5], [0, 5], [2, 1, 5]] as [Shape] {
      family.add("PReLU", "for each channel", layer: { PReLU(channels: 5) }, .any(shape))
    }
    for (shape, axis) in [
      ([3, 6], -1), ([8], 0), ([2, 1, 4], 2), ([2, 4, 3], 1), ([4, 3], 0), ([2, 3, 2, 2], -2),
      ([0, 4], -1),
    ] as [(Shape, Int)] {
      family.add("GLU", "axis \(axis)", layer: { GLU(axis: axis) }, .any(shape))
      family.add("Softmax", "axis \(axis)", layer: { Softmax(axis: axis) }, .any(shape))
    }
    return family
  }()
}
