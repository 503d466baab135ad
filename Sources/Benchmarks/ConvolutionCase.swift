import TapeGrad

/// The sizes of a convolution to be timed.
struct ConvolutionCase: Hashable {
  var batch: Int
  var height: Int
  var width: Int
  var inputs: Int
  var outputs: Int
  var kernel: Int
  var stride = 1
  var padding = 0
  var dilation = 1
  var groups = 1

  private func positions(_ size: Int) -> Int {
    (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
  }
  var outputHeight: Int { positions(height) }
  var outputWidth: Int { positions(width) }

  /// Multiply-adds of the direct method, the same for each of the three functions.
  var multiplyAdds: Int {
    batch * outputHeight * outputWidth * kernel * kernel * (inputs / groups) * outputs
  }
  /// Numbers in input and output together.
  var pixels: Int {
    batch * (height * width * inputs + outputHeight * outputWidth * outputs)
  }

  /// As in `8x32x32x64 -> 128, 3x3, stride 2, padding 1`.
  var description: String {
    var text = "\(batch)x\(height)x\(width)x\(inputs) -> \(outputs), \(kernel)x\(kernel)"
    if stride > 1 { text += ", stride \(stride)" }
    if padding > 0 { text += ", padding \(padding)" }
    if dilation > 1 { text += ", dilation \(dilation)" }
    if groups > 1 { text += ", groups \(groups)" }
    return text
  }

  /// What a peer is asked to make.
  var request: JSON {
    [
      "request": "convolution", "batch": .integer(batch), "height": .integer(height),
      "width": .integer(width), "inputs": .integer(inputs), "outputs": .integer(outputs),
      "kernel": .integer(kernel), "stride": .integer(stride), "padding": .integer(padding),
      "dilation": .integer(dilation), "groups": .integer(groups),
    ]
  }
}

/// What is timed of a convolution: each function on its own, and forward with both gradients.
enum ConvolutionFunction: String, CaseIterable {
  case forward, input, kernel, total

  var title: String {
    switch self {
    case .forward: "forward"
    case .input: "input gradient"
    case .kernel: "kernel gradient"
    case .total: "total"
    }
  }
}

/// Our side of a convolution, called as a user calls it.
struct ConvolutionBenchmark {
  let sizes: ConvolutionCase
  private let x: Tensor
  private let weights: Tensor
  private let dy: Tensor
  private let towardsInput: (Tensor) -> Tensor
  private let towardsKernel: (Tensor) -> Tensor

  init(_ sizes: ConvolutionCase) {
    self.sizes = sizes
    let x = Tensor.normal([sizes.batch, sizes.height, sizes.width, sizes.inputs]).evaluated()
    let weights = Tensor.normal(
      [sizes.kernel, sizes.kernel, sizes.inputs / sizes.groups, sizes.outputs]
    ).evaluated()
    self.x = x
    self.weights = weights
    dy = Tensor.normal([sizes.batch, sizes.outputHeight, sizes.outputWidth, sizes.outputs])
      .evaluated()
    towardsInput = pullback(at: x) { Self.convolve($0, weights, sizes) }.pullback
    towardsKernel = pullback(at: weights) { Self.convolve(x, $0, sizes) }.pullback
    for function in ConvolutionFunction.allCases {
      run(function)
      run(function)
    }
  }

  private static func convolve(_ x: Tensor, _ weights: Tensor, _ sizes: ConvolutionCase) -> Tensor {
    conv2D(
      x, weights, strides: Pair(sizes.stride), padding: .all(sizes.padding),
      dilation: Pair(sizes.dilation), groups: sizes.groups)
  }

  func run(_ function: ConvolutionFunction) {
    switch function {
    case .forward: _ = Self.convolve(x, weights, sizes).evaluated()
    case .input: _ = towardsInput(dy)
    case .kernel: _ = towardsKernel(dy)
    case .total: _ = pullback(at: x, weights) { Self.convolve($0, $1, sizes) }.pullback(dy)
    }
  }
}
