import Tensors

/// Layers one after another.
///
///     let model = Sequential {
///       Conv2D(inputs: 1, outputs: 8, kernel: 3)
///       ReLU()
///       for _ in 0..<2 {
///         Residual { Conv2D(inputs: 8, outputs: 8, kernel: 3, padding: .same) }
///       }
///       GlobalAvgPool()
///       Linear(inputs: 8, outputs: 10)
///     }
///
/// Names are positions: `0.weight`, `4.bias`. Without layers it is the identity.
public struct Sequential: Layer, NameTransparent {
  public let layers: [any Layer]

  public init(_ layers: [any Layer]) { self.layers = layers }

  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  public func forward(_ x: Tensor) -> Tensor {
    var x = x
    for (position, layer) in layers.enumerated() { x = layer.called(with: x, position: position) }
    return x
  }
}

/// Lists layers line by line, with `if`, `else`, `switch` and `for`; an array stands for its elements.
@resultBuilder
public enum LayerBuilder {
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  public static func buildEither(first: [any Layer]) -> [any Layer] { first }
  public static func buildEither(second: [any Layer]) -> [any Layer] { second }
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}
