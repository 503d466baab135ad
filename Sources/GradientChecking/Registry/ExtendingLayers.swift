import Layers
import Operations
import Tensors

extension Registry {
  /// Layers that continue their input beyond its edges, and those that make it larger.
  static let extendingLayers = {
    var family = Family("layers")
    addPads(to: &family)
    addUpsampling(to: &family)
    return family
  }()

  private static let modes: [(String, PaddingMode)] = [
    ("zeros", .constant(0)), ("constant", .constant(-0.5)), ("reflect", .reflect),
    ("replicate", .replicate), ("circular", .circular),
  ]

  private static func addPads(to family: inout Family) {
    for (name, mode) in modes {
      family.add("Pad1D", name, layer: { Pad1D(2, mode: mode) }, .any([2, 4, 3]))
      family.add(
        "Pad1D", "\(name), one side", layer: { Pad1D(left: 0, right: 3, mode: mode) },
        .any([1, 5, 2]))
      family.add("Pad2D", name, layer: { Pad2D(1, mode: mode) }, .any([2, 2, 3, 2]))
      family.add(
        "Pad2D", "\(name), asymmetric",
        layer: { Pad2D(top: 2, bottom: 0, left: 1, right: 2, mode: mode) }, .any([1, 3, 4, 2]))
      family.add("Pad3D", name, layer: { Pad3D(1, mode: mode) }, .any([2, 2, 2, 3, 1]))
      family.add(
        "Pad3D", "\(name), asymmetric",
        layer: {
          Pad3D(front: 0, back: 1, top: 2, bottom: 0, left: 1, right: 0, mode: mode)
        }, .any([1, 2, 3, 2, 2]))
      family.add(
        "Sequential", "\(name) before a convolution",
        layer: {
          Sequential {
            Pad2D(1, mode: mode)
            Conv2D(inputs: 2, outputs: 2, kernel: 3)
          }
        }, .any([1, 3, 3, 2]))
    }
  }

  private static func addUpsampling(to family: inout Family) {
    for (name, method) in [
      ("nearest", .nearest), ("linear", .bilinear()),
      ("linear, aligned", .bilinear(alignsCorners: true)), ("cubic", .bicubic()),
    ] as [(String, Resampling)] {
      for factor in [1, 2, 3] {
        let details = "\(name), factor \(factor)"
        family.add(
          "Upsample1D", details, layer: { Upsample1D(factor: factor, method: method) },
          .any([2, 4, 3]))
        family.add(
          "Upsample", "\(details), other factor across",
          layer: { Upsample(factors: Pair(factor, 2), method: method) }, .any([2, 3, 2, 2]))
      }
      family.add(
        "Upsample3D", name, layer: { Upsample3D(method: method) }, .any([2, 2, 1, 2, 2]))
      family.add(
        "Upsample3D", "\(name), factors 1 3 2",
        layer: { Upsample3D(factors: Triple(1, 3, 2), method: method) }, .any([1, 2, 2, 3, 1]))
    }
  }
}
