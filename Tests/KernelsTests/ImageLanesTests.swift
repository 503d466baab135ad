import Kernels
import Testing

/// Convolutions of few channels on many images, which are computed with an image in each lane.
@Suite(.serialized) struct ImageLanesTests {
  static let shapes: [ConvolutionGeometry] = [
    ConvolutionTests.same(batch: 33, size: 11, from: 1, to: 6, kernel: 5),
    ConvolutionTests.same(batch: 17, size: 9, from: 5, to: 3),
    ConvolutionTests.same(batch: 23, size: 9, from: 3, to: 4),
    ConvolutionTests.same(batch: 16, size: 30, from: 1, to: 1, kernel: 7),
    ConvolutionTests.same(batch: 24, size: 3, from: 2, to: 5, kernel: 5),
    ConvolutionTests.strided(batch: 40, size: 13, from: 3, to: 5, kernel: 3, padding: 1),
    // Without padding: the input's gradient has a rim that few outputs meet.
    ConvolutionGeometry(
      batch: 18, inputHeight: 12, inputWidth: 10, inputChannels: 6, outputHeight: 8,
      outputWidth: 6, outputChannels: 5, kernelHeight: 5, kernelWidth: 5),
    // Dilated and padded unevenly.
    ConvolutionGeometry(
      batch: 32, inputHeight: 9, inputWidth: 8, inputChannels: 2, outputHeight: 8, outputWidth: 9,
      outputChannels: 7, kernelHeight: 3, kernelWidth: 2, paddingTop: 3, paddingLeft: 1,
      dilationHeight: 2, dilationWidth: 2),
    // A row longer than one stretch of positions.
    ConvolutionGeometry(
      batch: 16, inputHeight: 2, inputWidth: 333, inputChannels: 1, outputHeight: 2,
      outputWidth: 333, outputChannels: 2, kernelHeight: 1, kernelWidth: 3, paddingLeft: 1),
  ]

  @Test(arguments: shapes) func `equals the loops`(g: ConvolutionGeometry) {
    for (dtype, set) in combinations {
      Processor.withInstructionSet(set) {
        for f in ConvolutionTests.Function.allCases {
          ConvolutionTests().check(f, g, dtype, seed: 5)
        }
      }
    }
  }

  /// One image at a time has its channels in the lanes: each element's sum has the same terms in the
  /// same order.
  @Test(arguments: shapes)
  func `an image has the same bits alone and among others`(g: ConvolutionGeometry) {
    for (dtype, set) in combinations {
      Processor.withInstructionSet(set) {
        var numbers = Numbers(seed: 3)
        let kernel = Buffer(dtype, numbers.values(g.kernelCount))
        let input = Buffer(dtype, numbers.values(g.inputCount))
        let cotangent = Buffer(dtype, numbers.values(g.outputCount))
        var one = g
        one.batch = 1
        func results(_ g: ConvolutionGeometry, from first: Int) -> [[Double]] {
          let output = Buffer(dtype, count: g.outputCount)
          let gradient = Buffer(dtype, count: g.inputCount)
          ConvolutionAlgorithm.with(.direct) {
            correlate(
              dtype, g, input: input.pointer + first * one.inputCount * dtype.byteWidth,
              kernel: kernel.pointer, into: output.pointer)
            correlateTransposed(
              dtype, g, cotangent: cotangent.pointer + first * one.outputCount * dtype.byteWidth,
              kernel: kernel.pointer, into: gradient.pointer)
          }
          #expect(output.marginsAreIntact && gradient.marginsAreIntact, "\(g)")
          return [output.values, gradient.values]
        }
        let together = results(g, from: 0)
        for image in 0..<g.batch {
          let alone = results(one, from: image)
          for (all, own) in zip(together, alone) {
            let part = all[image * own.count..<(image + 1) * own.count]
            #expect(Array(part) == own, "image \(image) of \(g) in \(dtype) on \(set)")
          }
        }
      }
    }
  }

  @Test func `is chosen for few channels and many images`() {
    guard Processor.available.contains(.avx512) else { return }
    Processor.withInstructionSet(.avx512) {
      for g in Self.shapes { #expect(hasImagesInLanes(.float32, g), "\(g)") }
      var few = Self.shapes[0]
      few.batch = 2
      #expect(!hasImagesInLanes(.float32, few))
      var many = Self.shapes[0]
      many.outputChannels = 32
      #expect(!hasImagesInLanes(.float32, many))
    }
  }
}
