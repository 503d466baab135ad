import Operations
import Tensors

/// The largest element of each window and channel: `[n, w, c]` to `[n, w', c]`.
///
/// The stride is the window's size unless given. See `maxPool1D`.
public struct MaxPool1D: Layer {
  public let window: Int
  public let stride: Int
  public let padding: Padding

  public init(window: Int, stride: Int? = nil, padding: Padding = .valid) {
    requirePositive("MaxPool1D", ["window": window, "stride": stride ?? window])
    requirePadding("MaxPool1D", padding)
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  public func forward(_ x: Tensor) -> Tensor {
    maxPool1D(x, window: window, stride: stride, padding: padding)
  }
}

/// The mean of each window and channel: `[n, w, c]` to `[n, w', c]`.
///
/// The stride is the window's size unless given. With `countsPadding` zeros of the padding count as
/// elements. See `avgPool1D`.
public struct AvgPool1D: Layer {
  public let window: Int
  public let stride: Int
  public let padding: Padding
  public let countsPadding: Bool

  public init(
    window: Int, stride: Int? = nil, padding: Padding = .valid, countsPadding: Bool = true
  ) {
    requirePositive("AvgPool1D", ["window": window, "stride": stride ?? window])
    requirePadding("AvgPool1D", padding)
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
    self.countsPadding = countsPadding
  }

  public func forward(_ x: Tensor) -> Tensor {
    avgPool1D(x, window: window, stride: stride, padding: padding, countsPadding: countsPadding)
  }
}
