import GoldenFiles
import Layers
import Operations
import Tensors
import Testing

/// Single layers against PyTorch: `Golden/README.md` says how the files were made and are compared.
@Suite struct GoldenLayerTests {
  /// Every case of a file, in both precisions.
  @Test(arguments: [
    "linear", "convolution", "transposed_convolution", "pooling", "resampling", "normalization",
    "activations",
  ])
  func layers(file: String) throws {
    let golden = try goldenFile(file, of: "LayersTests", as: GoldenCases.self)
    #expect(!golden.cases.isEmpty)
    for entry in golden.cases {
      for (dtype, tolerance) in [(DType.float32, 1e-5), (.float64, 1e-12)] {
        let found = try withDefaultDType(dtype) {
          try differences(entry, seed: golden.seed, dtype: dtype, tolerance: tolerance)
        }
        #expect(found.isEmpty, "\(entry.name), \(dtype)")
      }
    }
  }

  private func differences(
    _ entry: GoldenCase, seed: String, dtype: DType, tolerance: Double
  ) throws -> [String] {
    let (inputs, constants) = entry.operands(seed: seed, dtype: dtype)
    let layer = try #require(
      goldenLayer(entry, inputs: inputs, constants: constants), "no layer for \(entry.name)")
    // PyTorch's rule for hardSigmoid multiplies by a sixth in float32, also in float64.
    let forGradients = entry.operation == "hardSigmoid" ? max(tolerance, 5e-8) : tolerance
    var found = entry.differences(
      at: inputs, seed: seed, dtype: dtype, tolerance: tolerance, gradientTolerance: forGradients
    ) { inputs in
      let substitutes = zip(layer.parameters.map(\.box), inputs.dropFirst())
      return withParameters(Array(substitutes)) {
        entry.attributes.truth("training") == true
          ? withMode(.training) { layer(inputs[0]) } : layer(inputs[0])
      }
    }
    let key = "\(seed)/\(entry.name)"
    if let norm = layer as? BatchNorm, let extras = entry.extras {
      found += try #require(extras["runningMean"]).differences(
        from: norm.runningMean.value, key: "\(key)/runningMean", tolerance: tolerance)
      found += try #require(extras["runningVariance.biased"]).differences(
        from: norm.runningVariance.value, key: "\(key)/runningVariance.biased",
        tolerance: tolerance)
    }
    return found
  }

  /// PyTorch's running variance is the unbiased one.
  @Test func unbiasedRunningVariance() throws {
    let golden = try goldenFile("normalization", of: "LayersTests", as: GoldenCases.self)
    let cases = golden.cases.filter { $0.extras?["runningVariance.unbiased"] != nil }
    #expect(cases.count == 3)
    for entry in cases {
      let x = entry.tensor(entry.inputs[0], seed: golden.seed, dtype: .float64)
      let start = try #require(entry.constants?.first { $0.name == "variance" })
      let norm = withDefaultDType(.float64) {
        BatchNorm(channels: x.shape[-1], runningVariance: .unbiased)
      }
      norm.runningVariance.value = entry.tensor(start, seed: golden.seed, dtype: .float64)
      _ = withMode(.training) { norm(x) }
      let expected = try #require(entry.extras?["runningVariance.unbiased"])
      let found = expected.differences(
        from: norm.runningVariance.value, key: "\(golden.seed)/\(entry.name)/x", tolerance: 1e-12)
      #expect(found.isEmpty)
    }
  }
}

/// The layer of a case. Its parameters, in order, are the case's inputs after the first.
private func goldenLayer(
  _ entry: GoldenCase, inputs: [Tensor], constants: [String: Tensor]
) -> (any Layer)? {
  let attributes = entry.attributes
  func pair(_ name: String) -> Pair {
    let values = attributes.integers(name) ?? [1, 1]
    return Pair(values[0], values[1])
  }
  func sides(_ name: String) -> Padding {
    let values = attributes.integers(name) ?? [0, 0]
    if values.count == 2 {
      return .explicit(top: values[0], bottom: values[0], left: values[1], right: values[1])
    }
    return .explicit(top: values[0], bottom: values[1], left: values[2], right: values[3])
  }
  switch entry.operation {
  case "linear":
    return Linear(
      inputs: inputs[1].shape[0], outputs: inputs[1].shape[1], bias: inputs.count == 3)
  case "convolution":
    let kernel = inputs[1].shape
    let groups = attributes.integer("groups") ?? 1
    return Conv2D(
      inputs: kernel[2] * groups, outputs: kernel[3], kernel: Pair(kernel[0], kernel[1]),
      strides: pair("stride"), padding: sides("padding"), dilation: pair("dilation"),
      groups: groups, bias: inputs.count == 3)
  case "transposedConvolution":
    let kernel = inputs[1].shape
    let groups = attributes.integer("groups") ?? 1
    return ConvTranspose2D(
      inputs: kernel[3], outputs: kernel[2] * groups, kernel: Pair(kernel[0], kernel[1]),
      strides: pair("stride"), padding: sides("padding"), outputPadding: pair("outputPadding"),
      dilation: pair("dilation"), groups: groups, bias: inputs.count == 3)
  case "batchNorm":
    let norm = BatchNorm(
      channels: inputs[1].shape[0], momentum: attributes.number("momentum")!,
      epsilon: attributes.number("epsilon")!)
    norm.runningMean.value = constants["mean"]!
    norm.runningVariance.value = constants["variance"]!
    return norm
  case "layerNorm":
    return LayerNorm(channels: inputs[1].shape[0], epsilon: attributes.number("epsilon")!)
  case "groupNorm":
    return GroupNorm(
      groups: attributes.integer("groups")!, channels: inputs[1].shape[0],
      epsilon: attributes.number("epsilon")!)
  case "instanceNorm":
    return InstanceNorm(channels: inputs[1].shape[0], epsilon: attributes.number("epsilon")!)
  case "maxPool":
    return MaxPool2D(window: pair("size"), strides: pair("stride"), padding: sides("padding"))
  case "averagePool":
    return AvgPool2D(
      window: pair("size"), strides: pair("stride"), padding: sides("padding"),
      countsPadding: attributes.truth("countsPadding")!)
  case "globalAveragePool":
    return Sequential {
      GlobalAvgPool()
      Activation { $0.reshaped(to: [$0.shape[0], 1, 1, $0.shape[1]]) }
    }
  case "adaptiveAveragePool":
    return AdaptiveAvgPool2D(height: pair("size").height, width: pair("size").width)
  case "upsample":
    let size = pair("size")
    let method: Resampling =
      attributes.word("mode") == "nearest"
      ? .nearest : .bilinear(alignsCorners: attributes.truth("alignCorners")!)
    let shape = inputs[0].shape
    if size.height % shape[1] == 0, size.width % shape[2] == 0 {
      return Upsample(
        factors: Pair(size.height / shape[1], size.width / shape[2]), method: method)
    }
    return Activation { resize($0, height: size.height, width: size.width, method) }
  default: return goldenActivation(entry.operation, attributes)
  }
}

private func goldenActivation(_ operation: String, _ attributes: [String: Attribute]) -> (
  any Layer
)? {
  let axis = attributes.integer("axis") ?? -1
  switch operation {
  case "relu": return ReLU()
  case "relu6": return ReLU6()
  case "leakyRelu": return LeakyReLU(slope: attributes.number("slope")!)
  case "elu": return ELU(alpha: attributes.number("alpha")!)
  case "selu": return SELU()
  case "gelu": return GELU(attributes.word("approximation") == "tanh" ? .tanh : .exact)
  case "silu": return SiLU()
  case "mish": return Mish()
  case "softplus": return Softplus()
  case "softsign": return Softsign()
  case "sigmoid": return Sigmoid()
  case "logSigmoid": return Activation { logSigmoid($0) }
  case "tanh": return Tanh()
  case "hardSigmoid": return HardSigmoid()
  case "hardSwish": return HardSwish()
  case "softmax": return Softmax(axis: axis)
  case "logSoftmax": return Activation { logSoftmax($0, axis: axis) }
  case "logSumExp": return Activation { logSumExp($0, axis: axis) }
  default: return nil
  }
}
