import Operations
import Tensors

/// The largest element of each window and channel: `[n, h, w, c]` to `[n, h', w', c]`.
///
/// Strides are the window's size unless given. See `maxPool2D`.
public struct MaxPool2D: Layer {
  public let window: Pair
  public let strides: Pair
  public let padding: Padding

  public init(window: Pair, strides: Pair? = nil, padding: Padding = .valid) {
    requireWindow("MaxPool2D", window, strides ?? window, padding)
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
  }

  public func forward(_ x: Tensor) -> Tensor {
    maxPool2D(x, window: window, strides: strides, padding: padding)
  }
}

/// The mean of each window and channel: `[n, h, w, c]` to `[n, h', w', c]`.
///
/// Strides are the window's size unless given. With `countsPadding` zeros of the padding count as
/// elements. See `avgPool2D`.
public struct AvgPool2D: Layer {
  public let window: Pair
  public let strides: Pair
  public let padding: Padding
  public let countsPadding: Bool

  public init(
    window: Pair, strides: Pair? = nil, padding: Padding = .valid, countsPadding: Bool = true
  ) {
    requireWindow("AvgPool2D", window, strides ?? window, padding)
    self.window = window
    self.strides = strides ?? window
    self.padding = padding
    self.countsPadding = countsPadding
  }

  public func forward(_ x: Tensor) -> Tensor {
    avgPool2D(x, window: window, strides: strides, padding: padding, countsPadding: countsPadding)
  }
}

/// The mean of each channel over the whole map: `[n, ..., c]` to `[n, c]`.
public struct GlobalAvgPool: Layer {
  public init() {}

  public func forward(_ x: Tensor) -> Tensor {
    globalAvgPool(x)
  }
}

/// The largest element of each channel over the whole map: `[n, ..., c]` to `[n, c]`. See
/// `globalMaxPool`.
public struct GlobalMaxPool: Layer {
  public init() {}

  public func forward(_ x: Tensor) -> Tensor { globalMaxPool(x) }
}

private func requireWindow(_ layer: String, _ window: Pair, _ strides: Pair, _ padding: Padding) {
  requirePositive(
    layer,
    [
      "window height": window.height, "window width": window.width,
      "vertical stride": strides.height, "horizontal stride": strides.width,
    ])
  requirePadding(layer, padding)
}
