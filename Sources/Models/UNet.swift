import Layers
import Operations
import Tensors

/// U-Net (Ronneberger et al., 2015): an encoder, a decoder, and the encoder's maps handed across.
///
/// Shapes: `[n, h, w, channels]` to logits `[n, h, w, classes]`; convolutions are padded, so the map
/// keeps its size. Each level is two 3x3 convolutions; levels have `base`, `2 base`, `4 base`...
/// channels, the bottom `base << depth`. `h` and `w` are multiples of `1 << depth`, otherwise it stops.
///
///     let model = UNet(depth: 4, base: 32, channels: 1, classes: 1)
///
/// With depth 4, base 64, one channel, two classes and no batch norm it has 31,030,658 parameters.
public struct UNet: Layer {
  public let encoder: [DoubleConv]
  public let bottom: DoubleConv
  /// The deepest level first.
  public let decoder: [UpBlock]
  public let head: Conv2D

  /// How the decoder makes a map larger.
  public enum Decoder: Sendable, Hashable {
    /// A 2x2 transposed convolution with stride 2.
    case transposed
    /// Resampling to twice the size, then a 3x3 convolution: no checkerboard patterns.
    case resampled(Resampling)
  }

  public init(
    depth: Int = 4, base: Int = 64, channels: Int = 1, classes: Int = 1, batchNorm: Bool = true,
    decoder: Decoder = .transposed
  ) {
    guard depth >= 1, depth <= 16, base >= 1 else {
      fail("UNet", "wants a depth of 1 to 16 and a base of at least 1, given \(depth) and \(base)")
    }
    encoder = (0..<depth).map { level in
      DoubleConv(
        inputs: level == 0 ? channels : base << (level - 1), outputs: base << level,
        batchNorm: batchNorm)
    }
    bottom = DoubleConv(
      inputs: base << (depth - 1), outputs: base << depth, batchNorm: batchNorm)
    self.decoder = (0..<depth).reversed().map { level in
      UpBlock(outputs: base << level, batchNorm: batchNorm, decoder: decoder)
    }
    head = Conv2D(inputs: base, outputs: classes, kernel: 1, initializer: .lecunNormal)
  }

  public func forward(_ x: Tensor) -> Tensor {
    let unit = 1 << encoder.count
    guard x.rank == 4, x.shape[1] % unit == 0, x.shape[2] % unit == 0 else {
      fail(
        "UNet",
        "wants images [n, h, w, c] whose height and width are multiples of \(unit) (depth "
          + "\(encoder.count)), given \(x.shape); pad or crop them, or take a smaller depth")
    }
    var y = x
    var skips: [Tensor] = []
    for level in encoder {
      let map = level(y)
      skips.append(map)
      y = maxPool2D(map, window: 2)
    }
    y = bottom(y)
    // Each map goes as soon as it is joined.
    for level in decoder { y = level(y, skip: skips.removeLast()) }
    return head(y)
  }
}

/// Two 3x3 convolutions, each with batch norm if wanted and ReLU.
public struct DoubleConv: Layer {
  public let conv1: Conv2D
  public let norm1: BatchNorm?
  public let conv2: Conv2D
  public let norm2: BatchNorm?

  public init(inputs: Int, outputs: Int, batchNorm: Bool = true) {
    conv1 = Conv2D(
      inputs: inputs, outputs: outputs, kernel: 3, padding: .all(1), bias: !batchNorm)
    norm1 = batchNorm ? BatchNorm(channels: outputs) : nil
    conv2 = Conv2D(
      inputs: outputs, outputs: outputs, kernel: 3, padding: .all(1), bias: !batchNorm)
    norm2 = batchNorm ? BatchNorm(channels: outputs) : nil
  }

  public func forward(_ x: Tensor) -> Tensor {
    activated(conv2, norm2, activated(conv1, norm1, x))
  }
}

/// One level of the decoder: the deeper map made larger, joined to the encoder's, two convolutions.
public struct UpBlock: Module {
  public let up: any Layer
  public let conv1: Conv2D
  public let norm1: BatchNorm?
  public let conv2: Conv2D
  public let norm2: BatchNorm?

  public init(outputs: Int, batchNorm: Bool = true, decoder: UNet.Decoder = .transposed) {
    switch decoder {
    case .transposed:
      up = ConvTranspose2D(inputs: 2 * outputs, outputs: outputs, kernel: 2, strides: 2)
    case .resampled(let method):
      up = Sequential {
        Upsample(factors: 2, method: method)
        Conv2D(inputs: 2 * outputs, outputs: outputs, kernel: 3, padding: .all(1))
      }
    }
    conv1 = Conv2D(
      inputs: 2 * outputs, outputs: outputs, kernel: 3, padding: .all(1), bias: !batchNorm)
    norm1 = batchNorm ? BatchNorm(channels: outputs) : nil
    conv2 = Conv2D(
      inputs: outputs, outputs: outputs, kernel: 3, padding: .all(1), bias: !batchNorm)
    norm2 = batchNorm ? BatchNorm(channels: outputs) : nil
  }

  public func callAsFunction(_ x: Tensor, skip: consuming Tensor) -> Tensor {
    // What was consumed is gone before the convolutions make new maps.
    let joined = join(x, consume skip)
    return inFrame { activated(conv2, norm2, activated(conv1, norm1, joined)) }
  }

  private func join(_ x: Tensor, _ skip: consuming Tensor) -> Tensor {
    let parts = [consume skip, inFrame { up(x) }]
    return inFrame { concatenate(parts, axis: -1) }
  }
}

private func activated(_ conv: Conv2D, _ norm: BatchNorm?, _ x: Tensor) -> Tensor {
  let y = conv(x)
  return relu(norm.map { $0(y) } ?? y)
}
