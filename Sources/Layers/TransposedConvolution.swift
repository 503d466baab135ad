import Operations
import Tensors

/// Transposed convolution: each pixel is spread over a window; with stride s the image grows s times.
///
/// Shapes: `[n, h, w, inputs]` to `[n, h', w', outputs]`, sizes as for `convTransposed2D`; `weight`
/// `[kernel height, kernel width, outputs / groups, inputs]`, the kernel of the convolution that this
/// is the adjoint of. Kernels start as `kaimingNormal`, where the fan counts the products that meet
/// in one output pixel: `inputs / groups` times the window's area over the stride's. Stops when the
/// input's channels are not `inputs`.
public struct ConvTranspose2D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let strides: Pair
  public let padding: Padding
  public let outputPadding: Pair
  public let dilation: Pair
  public let groups: Int

  public init(
    inputs: Int, outputs: Int, kernel: Pair, strides: Pair = 1, padding: Padding = .valid,
    outputPadding: Pair = 0, dilation: Pair = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .kaimingNormal(), biasInitializer: Initializer = .zeros
  ) {
    requirePositive(
      "ConvTranspose2D",
      [
        "inputs": inputs, "outputs": outputs, "kernel height": kernel.height,
        "kernel width": kernel.width, "vertical stride": strides.height,
        "horizontal stride": strides.width, "vertical dilation": dilation.height,
        "horizontal dilation": dilation.width, "groups": groups,
      ])
    requireGroups("ConvTranspose2D", groups, inputs: inputs, outputs: outputs)
    requirePadding("ConvTranspose2D", padding)
    requireOutputPadding(
      "ConvTranspose2D", [outputPadding.height, outputPadding.width],
      strides: [strides.height, strides.width], dilation: [dilation.height, dilation.width])
    let area = Double(kernel.height * kernel.width)
    let fan = Initializer.Fan(
      inputs: max(area / Double(strides.height * strides.width), 1) * Double(inputs / groups),
      outputs: area * Double(outputs / groups))
    weight = Parameter(
      initializer([kernel.height, kernel.width, outputs / groups, inputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
    self.strides = strides
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = convTransposed2D(
      x, weight.value, strides: strides, padding: padding, outputPadding: outputPadding,
      dilation: dilation, groups: groups)
    return bias.map { y + $0.value } ?? y
  }
}
