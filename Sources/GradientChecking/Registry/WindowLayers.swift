import Layers
import Operations
import Tensors

extension Registry {
  private struct Box: Sendable {
    let x: Shape
    let window: Pair
    var strides: Pair?
    var padding = Padding.valid

    var details: String {
      let steps = strides ?? window
      return
        "window \(window.height) \(window.width) strides \(steps.height) \(steps.width) \(padding)"
    }
  }

  /// Batches, windows side by side, overlapping and apart, rows that are left over, padding that differs
  /// from side to side, maps of one pixel and batches of none.
  private static let boxes: [Box] = [
    Box(x: [2, 4, 4, 2], window: 2), Box(x: [2, 5, 5, 1], window: 2),
    Box(x: [1, 5, 6, 2], window: 3, strides: 1), Box(x: [1, 6, 7, 2], window: 2, strides: 3),
    Box(x: [2, 4, 3, 2], window: Pair(3, 1), strides: Pair(1, 2), padding: .same),
    Box(
      x: [1, 4, 4, 3], window: 3, strides: 2,
      padding: .explicit(top: 1, bottom: 0, left: 0, right: 2)),
    Box(x: [3, 1, 1, 2], window: 1), Box(x: [0, 4, 4, 2], window: 2),
  ]

  /// Layers of windows: what `Layers.swift` leaves of their attributes.
  static let windowLayers = {
    var family = Family("layers")
    for box in boxes {
      family.add(
        "MaxPool2D", box.details,
        layer: { MaxPool2D(window: box.window, strides: box.strides, padding: box.padding) },
        .distinct(box.x))
      for counts in [true, false] {
        family.add(
          "AvgPool2D", box.details + (counts ? "" : ", without padding"),
          layer: {
            AvgPool2D(
              window: box.window, strides: box.strides, padding: box.padding,
              countsPadding: counts)
          }, .any(box.x))
      }
      family.add(
        "L2Pool2D", box.details,
        layer: { L2Pool2D(window: box.window, strides: box.strides, padding: box.padding) },
        .any(box.x))
    }
    addAdaptive(to: &family)
    addConvolutions(to: &family)
    addTransposed(to: &family)
    addRearranging(to: &family)
    return family
  }()

  private static func addAdaptive(to family: inout Family) {
    // To fewer cells and to more, which then overlap, and to one.
    for (height, width) in [(1, 1), (2, 3), (5, 4), (3, 2), (7, 1)] {
      let details = "to \(height) \(width)"
      family.add(
        "AdaptiveAvgPool2D", details,
        layer: { AdaptiveAvgPool2D(height: height, width: width) }, .any([2, 5, 4, 2]))
      family.add(
        "AdaptiveMaxPool2D", details,
        layer: { AdaptiveMaxPool2D(height: height, width: width) }, .distinct([2, 5, 4, 1]))
      family.add(
        "AdaptiveAvgPool1D", "to \(height)", layer: { AdaptiveAvgPool1D(width: height) },
        .any([2, 6, 3]))
      family.add(
        "AdaptiveMaxPool1D", "to \(height)", layer: { AdaptiveMaxPool1D(width: height) },
        .distinct([2, 6, 3]))
    }
    for (depth, height, width) in [(1, 1, 1), (2, 2, 2), (3, 1, 2), (2, 5, 1)] {
      let details = "to \(depth) \(height) \(width)"
      family.add(
        "AdaptiveAvgPool3D", details,
        layer: { AdaptiveAvgPool3D(depth: depth, height: height, width: width) },
        .any([2, 3, 2, 4, 1]))
      family.add(
        "AdaptiveMaxPool3D", details,
        layer: { AdaptiveMaxPool3D(depth: depth, height: height, width: width) },
        .distinct([2, 3, 2, 4, 1]))
    }
    for shape in [[1, 1, 3], [3, 5, 2], [2, 1, 4, 1], [0, 2, 2, 3], [2, 2, 1, 2, 2]] as [Shape] {
      family.add("GlobalAvgPool", layer: { GlobalAvgPool() }, .any(shape))
      family.add("GlobalMaxPool", layer: { GlobalMaxPool() }, .distinct(shape))
    }
    for (window, stride) in [(1, 2), (4, 1), (2, 3)] {
      let details = "window \(window) stride \(stride)"
      family.add(
        "MaxPool1D", details, layer: { MaxPool1D(window: window, stride: stride) },
        .distinct([2, 6, 2]))
      family.add(
        "AvgPool1D", details, layer: { AvgPool1D(window: window, stride: stride) }, .any([2, 6, 2]))
    }
    for (window, stride, padding) in [
      (2, nil, .valid), (3, 1, .same), (2, 3, .valid), (3, 2, .all(1)), (1, nil, .valid),
    ] as [(Int, Int?, Padding)] {
      family.add(
        "L2Pool1D", "window \(window) stride \(stride ?? window) \(padding)",
        layer: { L2Pool1D(window: window, stride: stride, padding: padding) }, .any([2, 7, 2]))
    }
    for (window, strides, padding) in [
      (2, nil, .valid), (Triple(2, 1, 2), 1, .valid), (3, 1, .same), (3, 2, .all(1)),
      (
        2, Triple(1, 2, 1),
        .explicit(front: 1, back: 0, top: 0, bottom: 1, left: 0, right: 1)
      ),
    ] as [(Triple, Triple?, VolumePadding)] {
      family.add(
        "L2Pool3D", "window \(window.depth) \(window.height) \(window.width) \(padding)",
        layer: { L2Pool3D(window: window, strides: strides, padding: padding) },
        .any([2, 3, 4, 3, 1]))
    }
    family.add(
      "MaxPool3D", "asymmetric",
      layer: {
        MaxPool3D(
          window: 2, strides: Triple(1, 2, 1),
          padding: .explicit(front: 1, back: 0, top: 0, bottom: 1, left: 0, right: 1))
      }, .distinct([2, 2, 3, 2, 1]))
    family.add(
      "AvgPool3D", "asymmetric",
      layer: {
        AvgPool3D(
          window: 2, strides: Triple(1, 2, 1),
          padding: .explicit(front: 1, back: 0, top: 0, bottom: 1, left: 0, right: 1))
      }, .any([2, 2, 3, 2, 1]))
  }

  private static func addConvolutions(to family: inout Family) {
    let image: Sample = .any([2, 5, 4, 4])
    family.add("Conv2D", "1 by 1", layer: { Conv2D(inputs: 4, outputs: 3, kernel: 1) }, image)
    family.add(
      "Conv2D", "depthwise, stride 2",
      layer: { Conv2D(inputs: 4, outputs: 4, kernel: 3, strides: 2, padding: .all(1), groups: 4) },
      image)
    family.add(
      "Conv2D", "groups, dilation, left-over rows",
      layer: {
        Conv2D(
          inputs: 4, outputs: 2, kernel: Pair(2, 1), strides: Pair(2, 3), dilation: Pair(2, 1),
          groups: 2)
      }, image)
    family.add(
      "Conv2D", "full", layer: { Conv2D(inputs: 4, outputs: 1, kernel: 2, padding: .full) }, image)
    family.add(
      "Conv2D", "one pixel", layer: { Conv2D(inputs: 2, outputs: 2, kernel: 3, padding: .all(1)) },
      .any([2, 1, 1, 2]))
    family.add(
      "Conv2D", "no batch", layer: { Conv2D(inputs: 2, outputs: 2, kernel: 2) }, .any([0, 3, 3, 2]))
    family.add(
      "Conv1D", "asymmetric, left-over places",
      layer: {
        Conv1D(
          inputs: 2, outputs: 2, kernel: 3, stride: 2,
          padding: .explicit(top: 0, bottom: 0, left: 2, right: 1))
      }, .any([3, 6, 2]))
    family.add(
      "Conv1D", "one place", layer: { Conv1D(inputs: 3, outputs: 2, kernel: 1) }, .any([2, 1, 3]))
    family.add(
      "Conv3D", "left-over slices, groups",
      layer: { Conv3D(inputs: 2, outputs: 2, kernel: 2, strides: Triple(2, 3, 1), groups: 2) },
      .any([2, 3, 4, 2, 2]))
    for shape in [[2, 1, 3], [1, 1], [3, 2, 1, 2, 3]] as [Shape] {
      let inputs = shape[-1]
      family.add("Linear", "one output", layer: { Linear(inputs: inputs, outputs: 1) }, .any(shape))
    }
  }

  private static func addTransposed(to family: inout Family) {
    let image: Sample = .any([2, 3, 2, 4])
    family.add(
      "ConvTranspose2D", "dilation",
      layer: { ConvTranspose2D(inputs: 4, outputs: 1, kernel: 2, dilation: Pair(2, 3)) }, image)
    family.add(
      "ConvTranspose2D", "groups, other strides",
      layer: {
        ConvTranspose2D(inputs: 4, outputs: 2, kernel: Pair(3, 2), strides: Pair(1, 3), groups: 2)
      }, image)
    family.add(
      "ConvTranspose2D", "asymmetric",
      layer: {
        ConvTranspose2D(
          inputs: 4, outputs: 2, kernel: 3, strides: 2,
          padding: .explicit(top: 1, bottom: 0, left: 0, right: 2))
      }, image)
    family.add(
      "ConvTranspose2D", "one pixel",
      layer: { ConvTranspose2D(inputs: 2, outputs: 3, kernel: 2, strides: 2) }, .any([2, 1, 1, 2]))
    family.add(
      "ConvTranspose2D", "no batch",
      layer: { ConvTranspose2D(inputs: 2, outputs: 1, kernel: 2) }, .any([0, 2, 2, 2]))
    family.add(
      "ConvTranspose1D", "one place",
      layer: { ConvTranspose1D(inputs: 2, outputs: 2, kernel: 3, stride: 2) }, .any([3, 1, 2]))
    family.add(
      "ConvTranspose3D", "one voxel",
      layer: { ConvTranspose3D(inputs: 2, outputs: 1, kernel: 2, strides: Triple(1, 2, 3)) },
      .any([2, 1, 1, 1, 2]))
  }

  private static func addRearranging(to family: inout Family) {
    for shape in [[4], [2, 3], [2, 3, 2, 2], [1, 1, 2], [0, 2, 3], [3, 1, 1, 2]] as [Shape] {
      family.add("Flatten", layer: { Flatten() }, .any(shape))
    }
    for (shape, factor) in [
      ([1, 1, 1, 9], 3), ([3, 2, 1, 8], 2), ([0, 2, 2, 4], 2),
    ] as [(Shape, Int)] {
      family.add("PixelShuffle", layer: { PixelShuffle(factor: factor) }, .any(shape))
      let channels = shape[3] / factor / factor
      let large = Shape([shape[0], shape[1] * factor, shape[2] * factor, channels])
      family.add("PixelUnshuffle", layer: { PixelUnshuffle(factor: factor) }, .any(large))
      family.add(
        "ChannelShuffle", layer: { ChannelShuffle(groups: factor) },
        .any(shape.replacing(axis: -1, with: 6)))
    }
    for shape in [[24], [2, 3, 4], [1, 3, 2, 4]] as [Shape] {
      // The kept share keeps a gradient wherever some element is kept.
      family.add("Dropout", "rate 0.25", layer: { Dropout(rate: 0.25) }, .any(shape))
    }
    family.add("SpatialDropout", "rate 0.5", layer: { SpatialDropout(rate: 0.5) }, .any([6, 2, 8]))
    family.add(
      "DropPath", "rate 0.25, after a layer",
      layer: {
        Residual {
          Linear(inputs: 3, outputs: 3)
          DropPath(rate: 0.25)
        }
      }, .any([6, 3]))
    for shape in [[2, 5], [1, 1, 1, 5], [3, 2, 5]] as [Shape] {
      for size in [1, 4] {
        family.add(
          "LocalResponseNorm", "size \(size)",
          layer: { LocalResponseNorm(size: size, alpha: 0.5) }, .any(shape))
      }
    }
    addFrozen(to: &family)
  }

  private static func addFrozen(to family: inout Family) {
    family.add(
      "Frozen", "batch norm in use, by itself",
      layer: { Residual { Frozen(BatchNorm(channels: 2)) } }, .any([2, 2, 2, 2]))
    family.add(
      "Frozen", "dropout is off", layer: { Frozen(Dropout(rate: 0.5)) }, .any([3, 4]))
    family.add(
      "Frozen", "after a trained layer",
      layer: {
        Sequential {
          Linear(inputs: 3, outputs: 2)
          Tanh()
          Frozen(Linear(inputs: 2, outputs: 4))
        }
      }, .any([4, 3]))
    family.add(
      "Frozen", "inference",
      layer: {
        Sequential {
          Frozen(Conv1D(inputs: 2, outputs: 2, kernel: 2))
          BatchNorm(channels: 2)
        }
      }, .any([2, 4, 2]), running: .inference)
    family.add(
      "Residual", "of residuals",
      layer: {
        Residual {
          Linear(inputs: 3, outputs: 3)
          Residual { Tanh() }
        }
      }, .any([2, 3]))
    family.add("Residual", "of the input itself", layer: { Residual { Identity() } }, .any([2, 3]))
  }
}
