import Operations
import Tensors

/// One-dimensional transposed convolution: with stride s a sequence grows s times.
///
/// Shapes: `[n, w, inputs]` to `[n, w', outputs]`, sizes as for `convTransposed1D`; `weight`
/// `[kernel, outputs / groups, inputs]`. Otherwise as `ConvTranspose2D`; an explicit padding's left and
/// right are used.
public struct ConvTranspose1D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let stride: Int
  public let padding: Padding
  public let outputPadding: Int
  public let dilation: Int
  public let groups: Int

  public init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid,
    outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .kaimingNormal(), biasInitializer: Initializer = .zeros
  ) {
    requirePositive(
      "ConvTranspose1D",
      [
        "inputs": inputs, "outputs": outputs, "kernel": kernel, "stride": stride,
        "dilation": dilation, "groups": groups,
      ])
    requireGroups("ConvTranspose1D", groups, inputs: inputs, outputs: outputs)
    requirePadding("ConvTranspose1D", padding)
    requireOutputPadding(
      "ConvTranspose1D", [outputPadding], strides: [stride], dilation: [dilation])
    let fan = Initializer.Fan(
      inputs: max(Double(kernel) / Double(stride), 1) * Double(inputs / groups),
      outputs: Double(kernel * outputs / groups))
    weight = Parameter(initializer([kernel, outputs / groups, inputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = convTransposed1D(
      x, weight.value, stride: stride, padding: padding, outputPadding: outputPadding,
      dilation: dilation, groups: groups)
    return bias.map { y + $0.value } ?? y
  }
}
