import Operations
import Tensors

/// Three-dimensional convolution with a kernel and, if wanted, a bias for each output channel.
///
/// Shapes: `[n, d, h, w, inputs]` to `[n, d', h', w', outputs]`, sizes as for `conv3D`; `weight`
/// `[kernel depth, kernel height, kernel width, inputs / groups, outputs]`, `bias` `[outputs]`. Kernels
/// start as `kaimingNormal`, the bias at zero. Stops when the input's channels are not `inputs` or the
/// kernel does not fit.
public struct Conv3D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let strides: Triple
  public let padding: VolumePadding
  public let dilation: Triple
  public let groups: Int

  public init(
    inputs: Int, outputs: Int, kernel: Triple, strides: Triple = 1,
    padding: VolumePadding = .valid, dilation: Triple = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .kaimingNormal(), biasInitializer: Initializer = .zeros
  ) {
    requireVolumeSizes("Conv3D", inputs, outputs, kernel, strides, dilation, groups)
    requirePadding("Conv3D", padding)
    let volume = kernel.depth * kernel.height * kernel.width
    let fan = Initializer.Fan(
      inputs: Double(volume * inputs / groups), outputs: Double(volume * outputs / groups))
    weight = Parameter(
      initializer(
        [kernel.depth, kernel.height, kernel.width, inputs / groups, outputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
    self.strides = strides
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = conv3D(
      x, weight.value, strides: strides, padding: padding, dilation: dilation, groups: groups)
    return bias.map { y + $0.value } ?? y
  }
}

/// Three-dimensional transposed convolution: with stride s a volume grows s times along each axis.
///
/// Shapes: `[n, d, h, w, inputs]` to `[n, d', h', w', outputs]`, sizes as for `convTransposed3D`;
/// `weight` `[kernel depth, kernel height, kernel width, outputs / groups, inputs]`. Kernels start as
/// `kaimingNormal`, with the fan of `ConvTranspose2D`. Stops when the input's channels are not `inputs`.
public struct ConvTranspose3D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let strides: Triple
  public let padding: VolumePadding
  public let outputPadding: Triple
  public let dilation: Triple
  public let groups: Int

  public init(
    inputs: Int, outputs: Int, kernel: Triple, strides: Triple = 1,
    padding: VolumePadding = .valid, outputPadding: Triple = 0, dilation: Triple = 1,
    groups: Int = 1, bias: Bool = true, initializer: Initializer = .kaimingNormal(),
    biasInitializer: Initializer = .zeros
  ) {
    requireVolumeSizes("ConvTranspose3D", inputs, outputs, kernel, strides, dilation, groups)
    requirePadding("ConvTranspose3D", padding)
    requireOutputPadding(
      "ConvTranspose3D", [outputPadding.depth, outputPadding.height, outputPadding.width],
      strides: [strides.depth, strides.height, strides.width],
      dilation: [dilation.depth, dilation.height, dilation.width])
    let volume = Double(kernel.depth * kernel.height * kernel.width)
    let steps = Double(strides.depth * strides.height * strides.width)
    let fan = Initializer.Fan(
      inputs: max(volume / steps, 1) * Double(inputs / groups),
      outputs: volume * Double(outputs / groups))
    weight = Parameter(
      initializer(
        [kernel.depth, kernel.height, kernel.width, outputs / groups, inputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
    self.strides = strides
    self.padding = padding
    self.outputPadding = outputPadding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = convTransposed3D(
      x, weight.value, strides: strides, padding: padding, outputPadding: outputPadding,
      dilation: dilation, groups: groups)
    return bias.map { y + $0.value } ?? y
  }
}

private func requireVolumeSizes(
  _ layer: String, _ inputs: Int, _ outputs: Int, _ kernel: Triple, _ strides: Triple,
  _ dilation: Triple, _ groups: Int
) {
  requirePositive(
    layer,
    [
      "inputs": inputs, "outputs": outputs, "kernel depth": kernel.depth,
      "kernel height": kernel.height, "kernel width": kernel.width,
      "stride in depth": strides.depth, "vertical stride": strides.height,
      "horizontal stride": strides.width, "dilation in depth": dilation.depth,
      "vertical dilation": dilation.height, "horizontal dilation": dilation.width,
      "groups": groups,
    ])
  requireGroups(layer, groups, inputs: inputs, outputs: outputs)
}
