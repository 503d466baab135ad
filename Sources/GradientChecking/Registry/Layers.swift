import Layers
import Operations
import Tensors

extension Registry {
  private static let image: Sample = .any([2, 5, 4, 3])
  private static let asymmetric = Padding.explicit(top: 1, bottom: 0, left: 0, right: 2)

  static let layers = {
    var family = Family("layers")
    addDense(to: &family)
    addConvolutions(to: &family)
    addNormalisation(to: &family)
    addWindows(to: &family)
    addContainers(to: &family)
    return family
  }()

  private static func addDense(to family: inout Family) {
    for shape in [[3], [4, 3], [1, 3], [2, 5, 3], [2, 2, 2, 3], [0, 3]] as [Shape] {
      family.add("Linear", layer: { Linear(inputs: 3, outputs: 4) }, .any(shape))
    }
    family.add(
      "Linear", "no bias", layer: { Linear(inputs: 3, outputs: 2, bias: false) }, .any([4, 3]))
    for rate in [0.25, 0.5] {
      family.add("Dropout", "rate \(rate)", layer: { Dropout(rate: rate) }, .any([6, 8]))
    }
    family.add("Dropout", "inference", layer: { Dropout() }, .any([2, 3]), running: .inference)
  }

  private static func addConvolutions(to family: inout Family) {
    family.add("Conv2D", layer: { Conv2D(inputs: 3, outputs: 2, kernel: 3) }, image)
    family.add(
      "Conv2D", "same, no bias",
      layer: { Conv2D(inputs: 3, outputs: 2, kernel: 3, padding: .same, bias: false) }, image)
    family.add(
      "Conv2D", "stride 2, asymmetric",
      layer: { Conv2D(inputs: 3, outputs: 2, kernel: 3, strides: 2, padding: asymmetric) }, image)
    family.add(
      "Conv2D", "dilation",
      layer: { Conv2D(inputs: 3, outputs: 2, kernel: Pair(2, 3), padding: .all(1), dilation: 2) },
      image)
    family.add(
      "Conv2D", "groups",
      layer: { Conv2D(inputs: 3, outputs: 6, kernel: 3, padding: .all(1), groups: 3) }, image)
    family.add(
      "Conv1D", layer: { Conv1D(inputs: 3, outputs: 2, kernel: 3, stride: 2, padding: .all(1)) },
      .any([2, 6, 3]))
    family.add(
      "Conv1D", "dilation", layer: { Conv1D(inputs: 2, outputs: 2, kernel: 2, dilation: 3) },
      .any([2, 7, 2]))
    family.add(
      "ConvTranspose2D", "stride 2",
      layer: { ConvTranspose2D(inputs: 3, outputs: 2, kernel: 2, strides: 2) }, .any([2, 3, 2, 3]))
    family.add(
      "ConvTranspose2D", "padding",
      layer: {
        ConvTranspose2D(
          inputs: 3, outputs: 2, kernel: 3, strides: 2, padding: .all(1), outputPadding: 1)
      }, .any([1, 3, 3, 3]))
    family.add(
      "ConvTranspose2D", "groups",
      layer: { ConvTranspose2D(inputs: 4, outputs: 4, kernel: 3, groups: 2, bias: false) },
      .any([1, 2, 3, 4]))
  }

  private static func addNormalisation(to family: inout Family) {
    for shape in [[6, 3], [2, 3, 2, 3], [3, 1, 5, 3], [2, 1, 1, 3]] as [Shape] {
      family.add("BatchNorm", layer: { BatchNorm(channels: 3, epsilon: 0.01) }, .any(shape))
    }
    family.add(
      "BatchNorm", "unbiased running variance",
      layer: { BatchNorm(channels: 2, epsilon: 0.01, runningVariance: .unbiased) }, .any([4, 2]))
    family.add(
      "BatchNorm", "inference", layer: { BatchNorm(channels: 3) }, .any([2, 2, 2, 3]),
      running: .inference)
  }

  private static func addWindows(to family: inout Family) {
    family.add("MaxPool2D", layer: { MaxPool2D(window: 2) }, .distinct([2, 4, 5, 2]))
    family.add(
      "MaxPool2D", "overlapping", layer: { MaxPool2D(window: 3, strides: 2, padding: .all(1)) },
      .distinct([1, 5, 6, 2]))
    family.add("AvgPool2D", layer: { AvgPool2D(window: 2) }, .any([2, 4, 5, 2]))
    family.add(
      "AvgPool2D", "without padding",
      layer: { AvgPool2D(window: 3, strides: 2, padding: .all(1), countsPadding: false) },
      .any([1, 5, 6, 2]))
    family.add("GlobalAvgPool", layer: { GlobalAvgPool() }, image)
    family.add("AdaptiveAvgPool2D", layer: { AdaptiveAvgPool2D(height: 2, width: 3) }, image)
    family.add("Upsample", layer: { Upsample() }, .any([1, 2, 3, 2]))
    family.add(
      "Upsample", "bilinear", layer: { Upsample(factors: Pair(2, 3), method: .bilinear()) },
      .any([1, 2, 3, 2]))
  }

  private static func addContainers(to family: inout Family) {
    family.add(
      "Sequential", "with dropout",
      layer: {
        Sequential {
          Linear(inputs: 3, outputs: 8)
          Tanh()
          Dropout(rate: 0.25)
          Linear(inputs: 8, outputs: 2)
        }
      }, .any([4, 3]))
    family.add(
      "Sequential", "one layer twice",
      layer: {
        let shared = Linear(inputs: 3, outputs: 3)
        return Sequential {
          shared
          Tanh()
          shared
        }
      }, .any([4, 3]))
    family.add(
      "Residual", layer: { Residual { Conv2D(inputs: 3, outputs: 3, kernel: 3, padding: .same) } },
      image)
    family.add(
      "Residual", "with shortcut",
      layer: {
        Residual(shortcut: Conv2D(inputs: 3, outputs: 2, kernel: 1, bias: false)) {
          Conv2D(inputs: 3, outputs: 2, kernel: 3, padding: .same)
          SiLU()
        }
      }, image)
    family.add(
      "Frozen", "before a trained layer",
      layer: {
        Sequential {
          Frozen(
            Sequential {
              Conv2D(inputs: 3, outputs: 2, kernel: 3)
              BatchNorm(channels: 2)
            })
          Tanh()
          Conv2D(inputs: 2, outputs: 2, kernel: 1)
        }
      }, image)
  }
}
