import GoldenFiles
import Operations
import Tensors
import Testing

/// Operations on sequences, images and volumes against PyTorch in float64: `Golden/README.md` says how
/// the files were made and are compared.
@Suite struct GoldenSpatialTests {
  @Test(arguments: [
    ("convolutions", 24), ("transposed_convolutions", 23), ("pools", 55), ("resamplings", 33),
    ("grids", 64), ("norms", 73),
  ])
  func agreesWithPyTorch(file: String, count: Int) throws {
    let golden = try goldenFile(file, of: "OperationsTests", as: GoldenCases.self)
    #expect(golden.cases.count == count)
    for entry in golden.cases {
      for (dtype, tolerance) in [(DType.float32, 1e-5), (.float64, 1e-12)] {
        let (inputs, constants) = entry.operands(seed: golden.seed, dtype: dtype)
        let function = try #require(
          goldenFunction(entry, constants), "no function for \(entry.operation)")
        let found = entry.differences(
          at: inputs, seed: golden.seed, dtype: dtype, tolerance: tolerance, of: function)
        #expect(found.isEmpty, "\(entry.name), \(dtype)")
      }
    }
  }
}

private typealias Function = ([Tensor]) -> Tensor

private func goldenFunction(_ entry: GoldenCase, _ constants: [String: Tensor]) -> Function? {
  let attributes = entry.attributes
  return convolution(entry.operation, attributes, rank: entry.inputs[0].shape.count)
    ?? pool(entry.operation, attributes)
    ?? resampling(entry.operation, attributes)
    ?? norm(entry.operation, attributes, constants)
}

/// Front and back of each axis, or one number for both.
private func sides(_ amounts: [Int], axes: Int) -> [Int] {
  amounts.count == axes ? amounts.flatMap { [$0, $0] } : amounts
}

private func rowPadding(_ amounts: [Int]) -> Padding {
  let all = sides(amounts, axes: 1)
  return .explicit(top: 0, bottom: 0, left: all[0], right: all[1])
}

private func planePadding(_ amounts: [Int]) -> Padding {
  let all = sides(amounts, axes: 2)
  return .explicit(top: all[0], bottom: all[1], left: all[2], right: all[3])
}

private func volumePadding(_ amounts: [Int]) -> VolumePadding {
  let all = sides(amounts, axes: 3)
  return .explicit(
    front: all[0], back: all[1], top: all[2], bottom: all[3], left: all[4], right: all[5])
}

private func triple(_ sizes: [Int]) -> Triple { Triple(sizes[0], sizes[1], sizes[2]) }

private func convolution(
  _ operation: String, _ attributes: [String: Attribute], rank: Int
) -> Function? {
  guard operation == "convolution" || operation == "transposedConvolution" else { return nil }
  let stride = attributes.integers("stride")!
  let padding = attributes.integers("padding")!
  let dilation = attributes.integers("dilation")!
  let groups = attributes.integer("groups")!
  let extra = attributes.integers("outputPadding")
  if rank == 3 {
    return { inputs in
      guard let extra else {
        return conv1D(
          inputs[0], inputs[1], stride: stride[0], padding: rowPadding(padding),
          dilation: dilation[0], groups: groups)
      }
      return convTransposed1D(
        inputs[0], inputs[1], stride: stride[0], padding: rowPadding(padding),
        outputPadding: extra[0], dilation: dilation[0], groups: groups)
    }
  }
  return { inputs in
    guard let extra else {
      return conv3D(
        inputs[0], inputs[1], strides: triple(stride), padding: volumePadding(padding),
        dilation: triple(dilation), groups: groups)
    }
    return convTransposed3D(
      inputs[0], inputs[1], strides: triple(stride), padding: volumePadding(padding),
      outputPadding: triple(extra), dilation: triple(dilation), groups: groups)
  }
}

private func pool(_ operation: String, _ attributes: [String: Attribute]) -> Function? {
  let size = attributes.integers("size") ?? []
  let stride = attributes.integers("stride") ?? size
  let padding = attributes.integers("padding") ?? size.map { _ in 0 }
  switch operation {
  case "maxPool":
    let dilation = attributes.integers("dilation") ?? size.map { _ in 1 }
    let roundsUp = attributes.truth("roundsUp") ?? false
    return { inputs in
      switch size.count {
      case 1:
        maxPool1D(
          inputs[0], window: size[0], stride: stride[0], padding: rowPadding(padding),
          dilation: dilation[0], roundsUp: roundsUp)
      case 2:
        maxPool2D(
          inputs[0], window: Pair(size[0], size[1]), strides: Pair(stride[0], stride[1]),
          padding: planePadding(padding), dilation: Pair(dilation[0], dilation[1]),
          roundsUp: roundsUp)
      default:
        maxPool3D(
          inputs[0], window: triple(size), strides: triple(stride),
          padding: volumePadding(padding), dilation: triple(dilation), roundsUp: roundsUp)
      }
    }
  case "averagePool":
    let counts = attributes.truth("countsPadding")!
    return { inputs in
      size.count == 1
        ? avgPool1D(
          inputs[0], window: size[0], stride: stride[0], padding: rowPadding(padding),
          countsPadding: counts)
        : avgPool3D(
          inputs[0], window: triple(size), strides: triple(stride),
          padding: volumePadding(padding), countsPadding: counts)
    }
  case "l2Pool":
    return { inputs in
      switch size.count {
      case 1: l2Pool1D(inputs[0], window: size[0], stride: stride[0])
      case 2:
        l2Pool2D(inputs[0], window: Pair(size[0], size[1]), strides: Pair(stride[0], stride[1]))
      default: l2Pool3D(inputs[0], window: triple(size), strides: triple(stride))
      }
    }
  case "maxUnpool": return { thereAndBack($0[0], size) }
  case "adaptiveMaxPool":
    return { inputs in
      switch size.count {
      case 1: adaptiveMaxPool1D(inputs[0], width: size[0])
      case 2: adaptiveMaxPool2D(inputs[0], height: size[0], width: size[1])
      default: adaptiveMaxPool3D(inputs[0], depth: size[0], height: size[1], width: size[2])
      }
    }
  case "adaptiveAveragePool":
    return { inputs in
      size.count == 1
        ? adaptiveAvgPool1D(inputs[0], width: size[0])
        : adaptiveAvgPool3D(inputs[0], depth: size[0], height: size[1], width: size[2])
    }
  case "globalMaxPool":
    return { inputs in
      let y = globalMaxPool(inputs[0])
      let ones = [Int](repeating: 1, count: inputs[0].rank - 2)
      return y.reshaped(to: [y.shape[0]] + ones + [y.shape[1]])
    }
  default: return nil
  }
}

private func thereAndBack(_ x: Tensor, _ size: [Int]) -> Tensor {
  switch size.count {
  case 1:
    let (values, indices) = maxPool1DWithIndices(x, window: size[0])
    return maxUnpool1D(values, indices: indices, width: x.shape[1])
  case 2:
    let (values, indices) = maxPool2DWithIndices(x, window: Pair(size[0], size[1]))
    return maxUnpool2D(values, indices: indices, height: x.shape[1], width: x.shape[2])
  default:
    let (values, indices) = maxPool3DWithIndices(x, window: triple(size))
    return maxUnpool3D(
      values, indices: indices, depth: x.shape[1], height: x.shape[2], width: x.shape[3])
  }
}

private func resampling(_ operation: String, _ attributes: [String: Attribute]) -> Function? {
  let aligns = attributes.truth("alignCorners") ?? false
  let size = attributes.integers("size") ?? []
  switch operation {
  case "resize":
    let method: Resampling
    switch attributes.word("mode") {
    case "nearest": method = .nearest
    case "bicubic": method = .bicubic(alignsCorners: aligns)
    default: method = .bilinear(alignsCorners: aligns)
    }
    return { resize($0[0], to: size, method) }
  case "pixelShuffle": return { pixelShuffle($0[0], factor: attributes.integer("factor")!) }
  case "pixelUnshuffle": return { pixelUnshuffle($0[0], factor: attributes.integer("factor")!) }
  case "channelShuffle": return { channelShuffle($0[0], groups: attributes.integer("groups")!) }
  case "affineGrid":
    return {
      size.count == 2
        ? affineGrid($0[0], height: size[0], width: size[1], alignsCorners: aligns)
        : affineGrid(
          $0[0], depth: size[0], height: size[1], width: size[2], alignsCorners: aligns)
    }
  case "gridSample":
    let paddings: [String: GridPadding] = [
      "zeros": .zeros, "border": .border, "reflection": .reflection,
    ]
    let padding = paddings[attributes.word("padding")!]!
    let interpolation: GridInterpolation =
      attributes.word("mode") == "nearest" ? .nearest : .bilinear
    return {
      gridSample($0[0], at: $0[1], interpolation, padding: padding, alignsCorners: aligns)
    }
  default: return nil
  }
}

private func norm(
  _ operation: String, _ attributes: [String: Attribute], _ constants: [String: Tensor]
) -> Function? {
  let epsilon = attributes.number("epsilon") ?? 0
  func parameter(_ inputs: [Tensor], _ index: Int) -> Tensor? {
    index < inputs.count ? inputs[index] : nil
  }
  switch operation {
  case "layerNorm":
    return { inputs in
      layerNorm(
        inputs[0], scale: parameter(inputs, 1), offset: parameter(inputs, 2),
        axes: attributes.integer("axes")!, epsilon: epsilon)
    }
  case "rmsNorm":
    return { inputs in
      rmsNorm(
        inputs[0], scale: parameter(inputs, 1), axes: attributes.integer("axes")!,
        epsilon: epsilon)
    }
  case "groupNorm":
    return { inputs in
      groupNorm(
        inputs[0], groups: attributes.integer("groups")!, scale: parameter(inputs, 1),
        offset: parameter(inputs, 2), epsilon: epsilon)
    }
  case "instanceNorm":
    return { inputs in
      instanceNorm(
        inputs[0], scale: parameter(inputs, 1), offset: parameter(inputs, 2), epsilon: epsilon)
    }
  case "batchNorm":
    return { inputs in
      guard let mean = constants["mean"], let variance = constants["variance"] else {
        return batchNorm(
          inputs[0], scale: parameter(inputs, 1), offset: parameter(inputs, 2), epsilon: epsilon)
      }
      return batchNorm(
        inputs[0], mean: mean, variance: variance, scale: parameter(inputs, 1),
        offset: parameter(inputs, 2), epsilon: epsilon)
    }
  case "localResponseNorm":
    return { inputs in
      localResponseNorm(
        inputs[0], size: attributes.integer("size")!, alpha: attributes.number("alpha")!,
        beta: attributes.number("beta")!, k: attributes.number("k")!)
    }
  case "embedding":
    return { inputs in
      embedding(
        constants["labels"]!, table: inputs[0], paddingIndex: attributes.integer("paddingIndex"))
    }
  default: return nil
  }
}
