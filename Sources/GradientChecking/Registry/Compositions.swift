import Operations
import Tensors

extension Registry {
  /// Normalisation and small networks written as plain operations.
  static let compositions = {
    var family = Family("compositions")
    for shape in [[6, 3], [3, 2, 2, 2], [2, 3, 2, 4]] as [Shape] {
      let channels = Shape([shape[-1]])
      family.add(
        "batch normalisation", [.any(shape), .positive(channels), .any(channels)]
      ) { inputs in
        let (mean, variance) = moments(inputs[0])
        return (inputs[0] - mean) * rsqrt(variance + 0.01) * inputs[1] + inputs[2]
      }
      family.add(
        "layer normalisation", [.any(shape), .positive(channels), .any(channels)]
      ) { inputs in
        let x = inputs[0]
        let centred = x - x.mean(axis: -1, keepsAxes: true)
        let variance = (centred * centred).mean(axis: -1, keepsAxes: true)
        return centred / sqrt(variance + 0.01) * inputs[1] + inputs[2]
      }
    }
    for shape in [[2, 4], [3, 5], [1, 2]] as [Shape] {
      family.add(
        "two dense layers",
        [.any(shape), .any([shape[1], 4]), .any([4]), .any([4, 2])]
      ) { inputs in
        matmul(tanh(matmul(inputs[0], inputs[1]) + inputs[2]), inputs[3])
      }
    }
    family.add(
      "residual of two convolutions",
      [.any([2, 4, 4, 3]), .any([3, 3, 3, 3]), .any([3, 3, 3, 3])]
    ) { inputs in
      let y = conv2D(silu(conv2D(inputs[0], inputs[1], padding: .same)), inputs[2], padding: .same)
      return gelu(y + inputs[0])
    }
    family.add(
      "down and up again", [.distinct([1, 4, 4, 2]), .any([3, 3, 2, 2]), .any([2, 2, 2, 2])]
    ) { inputs in
      let low = tanh(conv2D(maxPool2D(inputs[0], window: 2), inputs[1], padding: .same))
      let high = convTransposed2D(low, inputs[2], strides: 2)
      return concatenate([high, inputs[0]], axis: -1)
    }
    family.add(
      "attention", [.any([2, 3, 4]), .any([2, 5, 4]), .any([2, 5, 3])]
    ) { inputs in
      matmul(softmax(matmul(inputs[0], inputs[1], transposeB: true) / 2), inputs[2])
    }
    return family
  }()
}
