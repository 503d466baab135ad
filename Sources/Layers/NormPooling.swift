import Operations
import Tensors

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
