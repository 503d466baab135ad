import Layers
import Operations
import Tensors

extension Registry {
  /// Layers on sequences and volumes, pools, norms that belong to a sample, structured dropout.
  static let spatialLayers = {
    var family = Family("layers")
    addConvolutions(to: &family)
    addTransposedConvolutions(to: &family)
    addPools(to: &family)
    addAdaptivePools(to: &family)
    addNorms(to: &family)
    addShuffles(to: &family)
    addDropout(to: &family)
    return family
  }()

  private static let volume: Sample = .any([2, 3, 3, 2, 2])
  private static let sequence: Sample = .any([2, 7, 2])

  private static func addConvolutions(to family: inout Family) {
    family.add(
      "Conv1D", "same, no bias",
      layer: { Conv1D(inputs: 2, outputs: 3, kernel: 3, padding: .same, bias: false) }, sequence)
    family.add(
      "Conv1D", "groups", layer: { Conv1D(inputs: 2, outputs: 4, kernel: 3, groups: 2) }, sequence)
    family.add("Conv3D", layer: { Conv3D(inputs: 2, outputs: 3, kernel: 2) }, volume)
    family.add(
      "Conv3D", "same, no bias",
      layer: { Conv3D(inputs: 2, outputs: 2, kernel: 3, padding: .same, bias: false) }, volume)
    family.add(
      "Conv3D", "stride 2", layer: { Conv3D(inputs: 2, outputs: 2, kernel: 2, strides: 2) }, volume)
    family.add(
      "Conv3D", "dilation in depth",
      layer: { Conv3D(inputs: 2, outputs: 2, kernel: 2, dilation: Triple(2, 1, 1)) }, volume)
    family.add(
      "Conv3D", "groups",
      layer: { Conv3D(inputs: 2, outputs: 4, kernel: Triple(3, 1, 2), groups: 2) }, volume)
    family.add(
      "Conv3D", "asymmetric",
      layer: {
        Conv3D(
          inputs: 2, outputs: 2, kernel: 3,
          padding: .explicit(front: 1, back: 0, top: 2, bottom: 0, left: 1, right: 1))
      }, volume)
    family.add(
      "Sequential", "volume: conv, batch norm, pool",
      layer: {
        Sequential {
          Conv3D(inputs: 2, outputs: 3, kernel: 3, padding: .same, bias: false)
          BatchNorm(channels: 3, epsilon: 0.01)
          Tanh()
          AvgPool3D(window: Triple(1, 3, 2))
          GlobalAvgPool()
          Linear(inputs: 3, outputs: 2)
        }
      }, volume)
    family.add(
      "Sequential", "sequence: conv, norm, transposed",
      layer: {
        Sequential {
          Conv1D(inputs: 2, outputs: 4, kernel: 3, stride: 2)
          GroupNorm(groups: 2, channels: 4, epsilon: 0.01)
          SiLU()
          ConvTranspose1D(inputs: 4, outputs: 2, kernel: 3, stride: 2)
        }
      }, sequence)
    family.add(
      "Residual", "volume with drop path",
      layer: {
        Residual {
          Conv3D(inputs: 2, outputs: 2, kernel: 3, padding: .same)
          DropPath(rate: 0.25)
        }
      }, volume)
  }

  private static func addTransposedConvolutions(to family: inout Family) {
    family.add(
      "ConvTranspose1D", layer: { ConvTranspose1D(inputs: 2, outputs: 3, kernel: 3) }, sequence)
    family.add(
      "ConvTranspose1D", "stride 2",
      layer: {
        ConvTranspose1D(
          inputs: 2, outputs: 3, kernel: 3, stride: 2, padding: .all(1), outputPadding: 1)
      }, sequence)
    family.add(
      "ConvTranspose1D", "groups, no bias",
      layer: { ConvTranspose1D(inputs: 2, outputs: 2, kernel: 2, groups: 2, bias: false) },
      sequence)
    family.add(
      "ConvTranspose1D", "dilation",
      layer: { ConvTranspose1D(inputs: 2, outputs: 2, kernel: 3, dilation: 2) }, sequence)
    let small: Sample = .any([2, 2, 2, 2, 2])
    family.add(
      "ConvTranspose3D", layer: { ConvTranspose3D(inputs: 2, outputs: 2, kernel: 2) }, small)
    family.add(
      "ConvTranspose3D", "stride 2",
      layer: {
        ConvTranspose3D(
          inputs: 2, outputs: 2, kernel: 3, strides: 2, padding: .all(1), outputPadding: 1)
      }, small)
    family.add(
      "ConvTranspose3D", "groups, no bias",
      layer: {
        ConvTranspose3D(inputs: 2, outputs: 4, kernel: Triple(2, 1, 2), groups: 2, bias: false)
      }, small)
    family.add(
      "ConvTranspose3D", "dilation",
      layer: { ConvTranspose3D(inputs: 2, outputs: 2, kernel: 2, dilation: Triple(2, 1, 2)) },
      small)
  }

  private static func addPools(to family: inout Family) {
    for (window, stride, padding) in [
      (2, nil, .valid), (3, 2, .valid), (3, 1, .same), (3, 2, .all(1)),
    ] as [(Int, Int?, Padding)] {
      let details = "window \(window) stride \(stride ?? window) \(padding)"
      family.add(
        "MaxPool1D", details,
        layer: { MaxPool1D(window: window, stride: stride, padding: padding) },
        .distinct([2, 7, 2]))
      family.add(
        "AvgPool1D", details,
        layer: { AvgPool1D(window: window, stride: stride, padding: padding) }, sequence)
      family.add(
        "L2Pool2D", details,
        layer: {
          L2Pool2D(window: Pair(window), strides: stride.map { Pair($0) }, padding: padding)
        }, .any([2, 5, 4, 2]))
    }
    for (window, strides, padding) in [
      (2, nil, .valid), (Triple(2, 1, 2), 1, .valid), (3, 1, .same), (3, 2, .all(1)),
    ] as [(Triple, Triple?, VolumePadding)] {
      let details = "window \(window.depth) \(window.height) \(window.width) \(padding)"
      family.add(
        "MaxPool3D", details,
        layer: { MaxPool3D(window: window, strides: strides, padding: padding) },
        .distinct([1, 3, 4, 3, 2]))
      family.add(
        "AvgPool3D", details,
        layer: {
          AvgPool3D(window: window, strides: strides, padding: padding, countsPadding: false)
        }, .any([1, 3, 4, 3, 2]))
    }
    for shape in [[2, 4, 2], [2, 3, 2, 3], [1, 2, 2, 3, 2]] as [Shape] {
      family.add("GlobalMaxPool", layer: { GlobalMaxPool() }, .distinct(shape))
      if shape.rank != 4 { family.add("GlobalAvgPool", layer: { GlobalAvgPool() }, .any(shape)) }
    }
  }

  private static func addAdaptivePools(to family: inout Family) {
    for count in [1, 3] {
      let details = "to \(count)"
      family.add(
        "AdaptiveAvgPool1D", details, layer: { AdaptiveAvgPool1D(width: count) }, sequence)
      family.add(
        "AdaptiveMaxPool1D", details, layer: { AdaptiveMaxPool1D(width: count) },
        .distinct([2, 7, 2]))
      family.add(
        "AdaptiveMaxPool2D", details, layer: { AdaptiveMaxPool2D(height: count, width: 2) },
        .distinct([2, 5, 4, 2]))
      family.add(
        "AdaptiveAvgPool3D", details,
        layer: { AdaptiveAvgPool3D(depth: count, height: 2, width: 1) }, .any([1, 4, 3, 3, 2]))
      family.add(
        "AdaptiveMaxPool3D", details,
        layer: { AdaptiveMaxPool3D(depth: count, height: 2, width: 1) },
        .distinct([1, 4, 3, 3, 2]))
    }
  }

  private static func addNorms(to family: inout Family) {
    for shape in [[3, 4], [2, 3, 4], [2, 2, 3, 4], [1, 2, 2, 2, 4]] as [Shape] {
      for affine in [true, false] {
        let details = affine ? "" : "plain"
        family.add(
          "LayerNorm", details,
          layer: { LayerNorm(channels: 4, epsilon: 0.01, affine: affine) }, .any(shape))
        family.add(
          "RMSNorm", details, layer: { RMSNorm(channels: 4, epsilon: 0.01, affine: affine) },
          .any(shape))
        family.add(
          "GroupNorm", details,
          layer: { GroupNorm(groups: 2, channels: 4, epsilon: 0.01, affine: affine) }, .any(shape))
        if shape.rank > 2 {
          family.add(
            "InstanceNorm", details,
            layer: { InstanceNorm(channels: 4, epsilon: 0.01, affine: affine) }, .any(shape))
        }
      }
      family.add(
        "LocalResponseNorm", layer: { LocalResponseNorm(size: 3, alpha: 0.5) }, .any(shape))
    }
    family.add(
      "LayerNorm", "two axes", layer: { LayerNorm(shape: [3, 4], epsilon: 0.01) }, .any([2, 3, 4]))
    family.add(
      "LayerNorm", "inference", layer: { LayerNorm(channels: 4, epsilon: 0.01) }, .any([5, 4]),
      running: .inference)
  }

  private static func addShuffles(to family: inout Family) {
    for factor in [1, 2] {
      family.add(
        "PixelShuffle", "factor \(factor)", layer: { PixelShuffle(factor: factor) },
        .any([2, 2, 3, 4]))
      family.add(
        "PixelUnshuffle", "factor \(factor)", layer: { PixelUnshuffle(factor: factor) },
        .any([2, 2, 4, 3]))
      family.add(
        "ChannelShuffle", "groups \(factor)", layer: { ChannelShuffle(groups: factor) },
        .any([2, 2, 1, 4]))
      for aligns in [false, true] {
        family.add(
          "Upsample", "bicubic, factor \(factor)\(aligns ? ", aligned" : "")",
          layer: {
            Upsample(factors: Pair(factor), method: .bicubic(alignsCorners: aligns))
          }, .any([1, 3, 2, 2]))
      }
    }
    family.add(
      "Sequential", "sub-pixel convolution",
      layer: {
        Sequential {
          Conv2D(inputs: 2, outputs: 8, kernel: 3, padding: .same)
          PixelShuffle(factor: 2)
        }
      }, .any([1, 3, 3, 2]))
  }

  private static func addDropout(to family: inout Family) {
    for shape in [[4, 6], [4, 3, 6], [3, 2, 2, 8]] as [Shape] {
      family.add("SpatialDropout", layer: { SpatialDropout(rate: 0.25) }, .any(shape))
      family.add(
        "DropPath", layer: { Residual { DropPath(rate: 0.5) } }, .any(shape))
    }
    for mode in [Mode.inference] {
      family.add(
        "SpatialDropout", "inference", layer: { SpatialDropout() }, .any([2, 2, 3]), running: mode)
      family.add("DropPath", "inference", layer: { DropPath() }, .any([2, 2, 3]), running: mode)
    }
    for indices in [[3], [2, 4], []] as [Shape] {
      family.add(
        "Embedding", "", module: { Embedding(entries: 5, features: 3) },
        [.indices(below: 5, indices)]
      ) { $0($1[0]) }
      family.add(
        "Embedding", "padding index",
        module: { Embedding(entries: 5, features: 3, paddingIndex: 4) },
        [.indices(below: 4, indices)]
      ) { $0($1[0]) }
    }
    family.add(
      "Sequential", "words: embedding, convolution, norm",
      module: {
        Sequential {
          Embedding(entries: 6, features: 4)
          Conv1D(inputs: 4, outputs: 4, kernel: 3, padding: .same)
          LayerNorm(channels: 4, epsilon: 0.01)
          GlobalAvgPool()
        }
      }, [.indices(below: 6, [2, 5])]
    ) { $0($1[0]) }
  }
}
