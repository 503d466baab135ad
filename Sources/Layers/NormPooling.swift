import Operations
import Tensors

/// The Euclidean norm of each window and channel of a sequence: `[n, w, c]` to `[n, w', c]`.
///
/// The stride is the window's size unless given. See `l2Pool1D`.
public struct L2Pool1D: Layer {
  public let window: Int
  public let stride: Int
  public let padding: Padding

  public init(window: Int, stride: Int? = nil, padding: Padding = .valid) {
    let stride = stride ?? window
    requirePositive("L2Pool1D", ["window": window, "stride": stride])
    requirePadding("L2Pool1D", padding)
    self.window = window
    self.stride = stride
    self.padding = padding
  }

  public func forward(_ x: Tensor) -> Tensor {
    l2Pool1D(x, window: window, stride: stride, padding: padding)
  }
}

/// The Euclidean norm of each window and channel: `[n, h, w, c]` to `[n, h', w', c]`.
///
/// Strides are the window's size unless given. See `l2Pool2D`.
public struct L2Pool2D: Layer {
  public let window: Pair
  public let strides: Pair
  public let padding: Padding

  public init(window: Pair, strides: Pair? = nil, padding: Padding = .valid) {
    let strides = strides ?? window
    requirePositive(
      "L2Pool2D",
      [
        "window height": window.height, "window width": window.width,
        "vertical stride": strides.height, "horizontal stride": strides.width,
      ])
    requirePadding("L2Pool2D", padding)
    self.window = window
    self.strides = strides
    self.padding = padding
  }

  public func forward(_ x: Tensor) -> Tensor {
    l2Pool2D(x, window: window, strides: strides, padding: padding)
  }
}

/// The Euclidean norm of each window and channel of a volume: `[n, d, h, w, c]` to `[n, d', h', w', c]`.
///
/// Strides are the window's size unless given. See `l2Pool3D`.
public struct L2Pool3D: Layer {
  public let window: Triple
  public let strides: Triple
  public let padding: VolumePadding

  public init(window: Triple, strides: Triple? = nil, padding: VolumePadding = .valid) {
    let strides = strides ?? window
    requireBox("L2Pool3D", window, strides, padding)
    self.window = window
    self.strides = strides
    self.padding = padding
  }

  public func forward(_ x: Tensor) -> Tensor {
    l2Pool3D(x, window: window, strides: strides, padding: padding)
  }
}
