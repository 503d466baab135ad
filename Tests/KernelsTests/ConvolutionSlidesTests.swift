import Kernels
import Testing

/// Convolutions whose tiles slide over neighbouring pixels of a line.
@Suite(.serialized) struct ConvolutionSlidesTests {
  /// An output of so many rows and columns, whatever the kernel.
  private static func geometry(
    batch: Int = 2, _ height: Int, _ width: Int, from: Int, to: Int, kernel: (Int, Int),
    stride: Int = 1, dilation: Int = 1, padding: Int = 0, groups: Int = 1
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch,
      inputHeight: (height - 1) * stride + (kernel.0 - 1) * dilation + 1 - 2 * padding,
      inputWidth: (width - 1) * stride + (kernel.1 - 1) * dilation + 1 - 2 * padding,
      inputChannels: from * groups, outputHeight: height, outputWidth: width,
      outputChannels: to * groups, kernelHeight: kernel.0, kernelWidth: kernel.1,
      strideHeight: stride, strideWidth: stride, paddingTop: padding, paddingLeft: padding,
      dilationHeight: dilation, dilationWidth: dilation, groups: groups)
  }

  /// One vector of one instruction set or another, full or not, or a few.
  static let shapes: [ConvolutionGeometry] = [
    geometry(3, 27, from: 5, to: 16, kernel: (3, 3), padding: 1),
    geometry(2, 51, from: 3, to: 48, kernel: (2, 5), padding: 1),
    geometry(2, 51, from: 1, to: 32, kernel: (2, 5), padding: 1),
    geometry(4, 8, from: 19, to: 8, kernel: (3, 2)),
    geometry(2, 9, from: 7, to: 4, kernel: (1, 4), padding: 0),
    // More taps than a run has.
    geometry(2, 25, from: 2, to: 16, kernel: (2, 7), padding: 1),
    geometry(1, 17, from: 1, to: 24, kernel: (3, 11), padding: 1),
    // Steps over the source, taps apart, and both, by the same number and not.
    geometry(3, 23, from: 4, to: 16, kernel: (3, 3), stride: 2, padding: 1),
    geometry(3, 14, from: 4, to: 16, kernel: (5, 7), stride: 3, padding: 2),
    geometry(2, 26, from: 6, to: 16, kernel: (3, 3), dilation: 2, padding: 2),
    geometry(2, 37, from: 2, to: 12, kernel: (1, 3), dilation: 4),
    geometry(2, 19, from: 3, to: 16, kernel: (3, 4), stride: 2, dilation: 2, padding: 1),
    geometry(2, 31, from: 3, to: 16, kernel: (2, 4), stride: 2, dilation: 3, padding: 2),
    geometry(2, 25, from: 3, to: 16, kernel: (2, 5), stride: 3, dilation: 2, padding: 2),
    // A phase of the transpose has fewer taps than another, or none.
    geometry(2, 21, from: 16, to: 3, kernel: (2, 2), stride: 3),
    geometry(2, 30, from: 16, to: 5, kernel: (3, 3), stride: 2, padding: 1),
    // Groups, their pixels side by side or not.
    geometry(3, 16, from: 1, to: 16, kernel: (5, 5), padding: 2, groups: 3),
    geometry(2, 18, from: 1, to: 48, kernel: (3, 3), padding: 1, groups: 9),
    geometry(2, 18, from: 1, to: 64, kernel: (3, 3), padding: 1, groups: 9),
    geometry(2, 29, from: 2, to: 12, kernel: (3, 3), padding: 1, groups: 2),
    geometry(2, 16, from: 20, to: 18, kernel: (3, 3), dilation: 2, groups: 4),
    geometry(1, 24, from: 3, to: 16, kernel: (3, 3), stride: 2, padding: 1, groups: 2),
  ]

  @Test(arguments: shapes) func `equals the loops`(g: ConvolutionGeometry) {
    for (dtype, set) in combinations {
      Processor.withInstructionSet(set) {
        for f in ConvolutionTests.Function.allCases {
          ConvolutionTests().check(f, g, dtype, seed: 11)
        }
      }
    }
  }

  @Test func `is chosen where a vector of channels slides over a line`() {
    guard Processor.available.contains(.avx512) else { return }
    Processor.withInstructionSet(.avx512) {
      #expect(Self.shapes.filter { slidesOverLines(.float32, $0) }.count >= 14)
      // Two vectors, three, and pixels that meet one tap.
      let wide = Self.geometry(3, 27, from: 5, to: 32, kernel: (3, 3), padding: 1)
      #expect(!slidesOverLines(.float32, wide))
      let three = Self.geometry(2, 18, from: 1, to: 48, kernel: (3, 3), padding: 1, groups: 9)
      #expect(!slidesOverLines(.float32, three))
      #expect(!slidesOverLines(.float32, Self.geometry(9, 9, from: 8, to: 16, kernel: (1, 1))))
    }
  }

  @Test func `the bits depend neither on the batch nor on the number of threads`() {
    for (from, groups, stride) in [(40, 1, 1), (1, 6, 1), (24, 1, 2)] {
      let g = Self.geometry(
        batch: 6, 24, 50, from: from, to: 16, kernel: (3, 3), stride: stride, padding: 1,
        groups: groups)
      var one = g
      one.batch = 1
      var numbers = Numbers(seed: 12)
      let kernel = Buffer(.float32, numbers.values(g.kernelCount))
      let input = Buffer(.float32, numbers.values(g.inputCount))
      func output(_ g: ConvolutionGeometry, from image: Int) -> [Double] {
        let output = Buffer(.float32, count: g.outputCount)
        ConvolutionAlgorithm.with(.direct) {
          correlate(
            .float32, g, input: input.pointer + image * one.inputCount * 4,
            kernel: kernel.pointer, into: output.pointer)
        }
        #expect(output.marginsAreIntact)
        return output.values
      }
      let cotangent = Buffer(.float32, numbers.values(g.outputCount))
      func gradient() -> [Double] {
        let gradient = Buffer(.float32, count: g.kernelCount)
        ConvolutionAlgorithm.with(.direct) {
          correlateForKernel(
            .float32, g, input: input.pointer, cotangent: cotangent.pointer,
            into: gradient.pointer)
        }
        #expect(gradient.marginsAreIntact)
        return gradient.values
      }
      let all = output(g, from: 0)
      let whole = gradient()
      withEachThreadCount([1, 2, 3, 8]) { threads in
        #expect(output(g, from: 0) == all, "\(g) with \(threads) threads")
        #expect(gradient() == whole, "kernel gradient of \(g) with \(threads) threads")
      }
      for image in 0..<g.batch {
        let part = all[image * one.outputCount..<(image + 1) * one.outputCount]
        #expect(output(one, from: image) == Array(part), "image \(image) of \(g)")
      }
    }
  }
}
