import Operations
import Tensors

/// Layer normalisation over the last axes of each sample, the same in training and in inference.
///
/// Shapes: `[..., shape...]` to the same; `scale` and `offset` have the shape of the axes. See
/// `layerNorm`. `scale` starts at 1, `offset` at 0; without `affine` there is neither. Stops when the
/// input does not end in `shape`. Source: Ba et al., 2016.
public struct LayerNorm: Layer {
  public let shape: Shape
  public let scale: Parameter?
  public let offset: Parameter?
  public let epsilon: Double

  public init(shape: Shape, epsilon: Double = 1e-5, affine: Bool = true) {
    requireNormShape("LayerNorm", shape, epsilon)
    self.shape = shape
    scale = affine ? Parameter(.ones(shape)) : nil
    offset = affine ? Parameter(.zeros(shape)) : nil
    self.epsilon = epsilon
  }

  /// Over the last axis alone.
  public init(channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
    self.init(shape: [channels], epsilon: epsilon, affine: affine)
  }

  public func forward(_ x: Tensor) -> Tensor {
    requireEnd("layerNorm", x, shape)
    return layerNorm(
      x, scale: scale?.value, offset: offset?.value, axes: shape.rank, epsilon: epsilon)
  }
}

/// The last axes of each sample divided by their root mean square.
///
/// Shapes: `[..., shape...]` to the same; `scale` has the shape of the axes. See `rmsNorm`. `scale`
/// starts at 1; without `affine` there is none. Stops when the input does not end in `shape`. Source:
/// Zhang and Sennrich, 2019.
public struct RMSNorm: Layer {
  public let shape: Shape
  public let scale: Parameter?
  public let epsilon: Double

  public init(shape: Shape, epsilon: Double = 1e-5, affine: Bool = true) {
    requireNormShape("RMSNorm", shape, epsilon)
    self.shape = shape
    scale = affine ? Parameter(.ones(shape)) : nil
    self.epsilon = epsilon
  }

  /// Over the last axis alone.
  public init(channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
    self.init(shape: [channels], epsilon: epsilon, affine: affine)
  }

  public func forward(_ x: Tensor) -> Tensor {
    requireEnd("rmsNorm", x, shape)
    return rmsNorm(x, scale: scale?.value, axes: shape.rank, epsilon: epsilon)
  }
}

private func requireNormShape(_ layer: String, _ shape: Shape, _ epsilon: Double) {
  guard shape.rank > 0, shape.allSatisfy({ $0 > 0 }) else {
    fail(layer, "a shape has at least one axis and sizes of at least 1, given \(shape)")
  }
  guard epsilon >= 0 else { fail(layer, "epsilon is not negative, given \(epsilon)") }
}

private func requireEnd(_ operation: String, _ x: Tensor, _ shape: Shape) {
  guard Array(x.shape).suffix(shape.rank) == Array(shape)[...] else {
    fail(operation, "wants an input that ends in \(shape), given \(x.shape)")
  }
}
