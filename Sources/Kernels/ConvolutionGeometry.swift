/// The sizes of a convolution on channels-last data: input `[batch, inputHeight, inputWidth,
/// inputChannels]`, kernel `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`,
/// output `[batch, outputHeight, outputWidth, outputChannels]`.
///
/// Output position (oy, ox) meets, at kernel position (i, j), the input pixel
/// (oy strideHeight + i dilationHeight - paddingTop, ox strideWidth + j dilationWidth -
/// paddingLeft); a pixel outside the input counts as zero, so padding at the bottom and the right
/// follows from the output's size. Group g of the output channels sees group g of the input's.
package struct ConvolutionGeometry: Sendable, Hashable {
  package var batch: Int
  package var inputHeight: Int
  package var inputWidth: Int
  package var inputChannels: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var outputChannels: Int
  package var kernelHeight: Int
  package var kernelWidth: Int
  package var strideHeight: Int
  package var strideWidth: Int
  package var paddingTop: Int
  package var paddingLeft: Int
  package var dilationHeight: Int
  package var dilationWidth: Int
  package var groups: Int

  package init(
    batch: Int, inputHeight: Int, inputWidth: Int, inputChannels: Int, outputHeight: Int,
    outputWidth: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
    strideHeight: Int = 1, strideWidth: Int = 1, paddingTop: Int = 0, paddingLeft: Int = 0,
    dilationHeight: Int = 1, dilationWidth: Int = 1, groups: Int = 1
  ) {
    self.batch = batch
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.inputChannels = inputChannels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.paddingTop = paddingTop
    self.paddingLeft = paddingLeft
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.groups = groups
  }

  /// Input channels that one output channel sees.
  package var groupInputs: Int { inputChannels / groups }
  /// Output channels of one group.
  package var groupOutputs: Int { outputChannels / groups }
  /// Pixels of one output image.
  package var outputPixels: Int { outputHeight * outputWidth }

  package var inputCount: Int { batch * inputHeight * inputWidth * inputChannels }
  package var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
  package var kernelCount: Int { kernelHeight * kernelWidth * groupInputs * outputChannels }

  /// Multiply-adds of the direct method.
  package var multiplyAdds: Int {
    outputCount * kernelHeight * kernelWidth * groupInputs
  }

  /// Whether it is a matrix product of pixels by channels as it stands.
  var isMatrixProduct: Bool {
    kernelHeight == 1 && kernelWidth == 1 && strideHeight == 1 && strideWidth == 1
      && paddingTop == 0 && paddingLeft == 0 && groups == 1 && inputHeight == outputHeight
      && inputWidth == outputWidth
  }

  /// Whether it is one of every so many pixels by channels.
  var isMatrixProductOfPixels: Bool {
    kernelHeight == 1 && kernelWidth == 1 && paddingTop == 0 && paddingLeft == 0 && groups == 1
      && (outputHeight - 1) * strideHeight < inputHeight
      && (outputWidth - 1) * strideWidth < inputWidth
  }

  /// Whether each channel is filtered on its own.
  var isDepthwise: Bool {
    groups > 1 && inputChannels == groups && outputChannels == groups
  }
}
