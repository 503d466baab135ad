import Operations
import Tensors

/// A dense layer: `y = x W + b`.
///
/// Shapes: `[..., inputs]` to `[..., outputs]`; `weight` `[inputs, outputs]`, `bias` `[outputs]`. Costs
/// `inputs outputs` multiply-adds a row. Weights start as `lecunNormal`, the bias at zero. Stops when
/// the last axis of the input is not `inputs`.
public struct Linear: Layer {
  public let weight: Parameter
  public let bias: Parameter?

  public init(
    inputs: Int, outputs: Int, bias: Bool = true, initializer: Initializer = .lecunNormal,
    biasInitializer: Initializer = .zeros
  ) {
    requirePositive("Linear", ["inputs": inputs, "outputs": outputs])
    let fan = Initializer.Fan(inputs: Double(inputs), outputs: Double(outputs))
    weight = Parameter(initializer([inputs, outputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
  }

  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank >= 1, x.shape[-1] == weight.shape[0] else {
      fail(
        "linear",
        "weight \(weight.shape) wants \(weight.shape[0]) features, input \(x.shape) has "
          + "\(x.rank > 0 ? String(x.shape[-1]) : "none")"
          + (x.rank == 4 ? "; put Flatten() or GlobalAvgPool() before it" : ""))
    }
    if x.rank == 1 { return forward(x.expanded(at: 0)).squeezed(axis: 0) }
    let y = matmul(x, weight.value)
    return bias.map { y + $0.value } ?? y
  }
}
