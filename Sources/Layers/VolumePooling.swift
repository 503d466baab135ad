import Operations
import Tensors

/// The largest element of each window and channel: `[n, d, h, w, c]` to `[n, d', h', w', c]`.
///
/// Strides are the window's size unless given. See `maxPool3D`.
public struct MaxPool3D: Layer {
  public let window: Triple
  public let strides: Triple
  public let padding: VolumePadding

  public init(window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid) {
    requireBox("MaxPool3D", window, strides ?? window, padding)
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
  }

  public func forward(_ x: Tensor) -> Tensor {
    maxPool3D(x, window: window, strides: strides, padding: padding)
  }
}

/// The mean of each window and channel: `[n, d, h, w, c]` to `[n, d', h', w', c]`.
///
/// Strides are the window's size unless given. With `countsPadding` zeros of the padding count as
/// elements. See `avgPool3D`.
public struct AvgPool3D: Layer {
  public let window: Triple
  public let strides: Triple
  public let padding: VolumePadding
  public let countsPadding: Bool

  public init(
    window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid,
    countsPadding: Bool = true
  ) {
    requireBox("AvgPool3D", window, strides ?? window, padding)
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
    self.countsPadding = countsPadding
  }

  public func forward(_ x: Tensor) -> Tensor {
    avgPool3D(x, window: window, strides: strides, padding: padding, countsPadding: countsPadding)
  }
}

func requireBox(
  _ layer: String, _ window: Triple, _ strides: Triple, _ padding: VolumePadding
) {
  requirePositive(
    layer,
    [
      "window depth": window.depth, "window height": window.height, "window width": window.width,
      "stride in depth": strides.depth, "vertical stride": strides.height,
      "horizontal stride": strides.width,
    ])
  requirePadding(layer, padding)
}
