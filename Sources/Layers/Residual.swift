import Operations
import Tensors

/// The input added to what layers make of it: `y = body(x) + shortcut(x)`.
///
/// Without a `shortcut` the input itself is added. Stops when the two shapes differ. Source: He et
/// al., 2015.
public struct Residual: Layer {
  public let body: Sequential
  public let shortcut: (any Layer)?

  public init(shortcut: (any Layer)? = nil, @LayerBuilder _ body: () -> [any Layer]) {
    self.body = Sequential(body)
    self.shortcut = shortcut
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = body(x)
    let passed = shortcut.map { $0(x) } ?? x
    guard y.shape == passed.shape else {
      fail(
        "residual",
        "the body made \(y.shape) of \(x.shape), the shortcut \(passed.shape); "
          + (shortcut == nil
            ? "give a shortcut, such as a 1x1 Conv2D with the body's strides and outputs"
            : "let both have the same strides and outputs"))
    }
    return y + passed
  }
}
