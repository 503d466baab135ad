import Operations
import Tensors

/// Two-dimensional convolution with a kernel and, if wanted, a bias for each output channel.
///
/// Shapes: `[n, h, w, inputs]` to `[n, h', w', outputs]`, sizes as for `conv2D`; `weight`
/// `[kernel height, kernel width, inputs / groups, outputs]`, `bias` `[outputs]`. Kernels start as
/// `kaimingNormal`, the bias at zero. With batch norm after it the bias does nothing: leave it out.
/// Stops when the input's channels are not `inputs` or the kernel does not fit.
public struct Conv2D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let strides: Pair
  public let padding: Padding
  public let dilation: Pair
  public let groups: Int

  public init(
    inputs: Int, outputs: Int, kernel: Pair, strides: Pair = 1, padding: Padding = .valid,
    dilation: Pair = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .kaimingNormal(), biasInitializer: Initializer = .zeros
  ) {
    requirePositive(
      "Conv2D",
      [
        "inputs": inputs, "outputs": outputs, "kernel height": kernel.height,
        "kernel width": kernel.width, "vertical stride": strides.height,
        "horizontal stride": strides.width, "vertical dilation": dilation.height,
        "horizontal dilation": dilation.width, "groups": groups,
      ])
    requireGroups("Conv2D", groups, inputs: inputs, outputs: outputs)
    requirePadding("Conv2D", padding)
    let area = kernel.height * kernel.width
    let fan = Initializer.Fan(
      inputs: Double(area * inputs / groups), outputs: Double(area * outputs / groups))
    weight = Parameter(
      initializer([kernel.height, kernel.width, inputs / groups, outputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
    self.strides = strides
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = conv2D(
      x, weight.value, strides: strides, padding: padding, dilation: dilation, groups: groups)
    return bias.map { y + $0.value } ?? y
  }
}

/// One-dimensional convolution, for signals and sequences.
///
/// Shapes: `[n, w, inputs]` to `[n, w', outputs]`; `weight` `[kernel, inputs / groups, outputs]`.
/// Otherwise as `Conv2D`; an explicit padding's left and right are used.
public struct Conv1D: Layer {
  public let weight: Parameter
  public let bias: Parameter?
  public let stride: Int
  public let padding: Padding
  public let dilation: Int
  public let groups: Int

  public init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true,
    initializer: Initializer = .kaimingNormal(), biasInitializer: Initializer = .zeros
  ) {
    requirePositive(
      "Conv1D",
      [
        "inputs": inputs, "outputs": outputs, "kernel": kernel, "stride": stride,
        "dilation": dilation, "groups": groups,
      ])
    requireGroups("Conv1D", groups, inputs: inputs, outputs: outputs)
    requirePadding("Conv1D", padding)
    let fan = Initializer.Fan(
      inputs: Double(kernel * inputs / groups), outputs: Double(kernel * outputs / groups))
    weight = Parameter(initializer([kernel, inputs / groups, outputs], fan: fan))
    self.bias = bias ? Parameter(biasInitializer([outputs], fan: fan)) : nil
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func forward(_ x: Tensor) -> Tensor {
    let y = conv1D(
      x, weight.value, stride: stride, padding: padding, dilation: dilation, groups: groups)
    return bias.map { y + $0.value } ?? y
  }
}
