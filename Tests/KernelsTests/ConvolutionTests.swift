import Kernels
import Testing

/// The direct method; `WinogradTests` has the others.
@Suite(.serialized) struct ConvolutionTests {
  typealias Function = ConvolutionCase.Function

  /// A random geometry, from harmless to odd.
  private func geometry(_ numbers: inout Numbers) -> ConvolutionGeometry {
    let groups = numbers.pick([1, 1, 1, 2, 3])
    let channels = [1, 1, 2, 3, 4, 5, 8, 16, 17, 20, 33]
    let depthwise = numbers.pick(0...5) == 0
    let inputs = depthwise ? numbers.pick([2, 3, 16, 19, 33]) : groups * numbers.pick(channels)
    let outputs = depthwise ? inputs : groups * numbers.pick(channels)
    let kernel = (numbers.pick(1...4), numbers.pick(1...4))
    let stride = (numbers.pick([1, 1, 1, 2, 3]), numbers.pick([1, 1, 1, 2, 3]))
    let dilation = (numbers.pick([1, 1, 1, 2]), numbers.pick([1, 1, 1, 2]))
    let before = (numbers.pick(0...3), numbers.pick(0...3))
    let after = (numbers.pick(0...3), numbers.pick(0...3))
    let reach = ((kernel.0 - 1) * dilation.0 + 1, (kernel.1 - 1) * dilation.1 + 1)
    let height = max(numbers.pick(1...11), reach.0 - before.0 - after.0)
    let width = max(numbers.pick(1...19), reach.1 - before.1 - after.1)
    return ConvolutionGeometry(
      batch: numbers.pick([1, 1, 2, 5]), inputHeight: height, inputWidth: width,
      inputChannels: inputs, outputHeight: (height + before.0 + after.0 - reach.0) / stride.0 + 1,
      outputWidth: (width + before.1 + after.1 - reach.1) / stride.1 + 1, outputChannels: outputs,
      kernelHeight: kernel.0, kernelWidth: kernel.1, strideHeight: stride.0, strideWidth: stride.1,
      paddingTop: before.0, paddingLeft: before.1, dilationHeight: dilation.0,
      dilationWidth: dilation.1, groups: depthwise ? inputs : groups)
  }

  func check(_ f: Function, _ g: ConvolutionGeometry, _ dtype: DType, seed: UInt64) {
    let c = ConvolutionCase(f, g, seed: seed)
    let result = c.result(dtype, .direct)
    #expect(result.marginsAreIntact, "\(f) \(g)")
    let wrong = c.expected().firstBeyond(result.values, dtype)
    #expect(wrong == nil, "\(f) \(dtype) \(g)")
  }

  /// So large that the result is written past the caches, from rows that are no whole cache lines.
  @Test func `equals the naive sums where no cache holds the result`() {
    let sizes: [(inputs: Int, outputs: Int, kernel: Int, stride: Int)] = [
      (1, 201, 1, 2), (200, 1, 1, 2), (1, 202, 2, 1), (2, 101, 1, 2),
    ]
    for (inputs, outputs, kernel, stride) in sizes {
      let g = ConvolutionGeometry(
        batch: 4, inputHeight: 90, inputWidth: 175 * stride + kernel - 1, inputChannels: inputs,
        outputHeight: 90, outputWidth: 175, outputChannels: outputs, kernelHeight: 1,
        kernelWidth: kernel, strideWidth: stride)
      check(.correlate, g, .float32, seed: 8)
    }
    // Its gradient's lines are written in two goes each.
    let strided = ConvolutionGeometry(
      batch: 2, inputHeight: 181, inputWidth: 361, inputChannels: 90, outputHeight: 91,
      outputWidth: 181, outputChannels: 1, kernelHeight: 3, kernelWidth: 3, strideHeight: 2,
      strideWidth: 2, paddingTop: 1, paddingLeft: 1)
    check(.transposed, strided, .float32, seed: 9)
    // So few lines that the phases of one are computed apart.
    let wide = ConvolutionGeometry(
      batch: 1, inputHeight: 2, inputWidth: 340_001, inputChannels: 16, outputHeight: 2,
      outputWidth: 170_001, outputChannels: 1, kernelHeight: 1, kernelWidth: 3, strideWidth: 2,
      paddingLeft: 1)
    check(.transposed, wide, .float32, seed: 12)
  }

  /// A transpose of as many phases as the stride has pixels, of which some have a line more than others
  /// and all go through one block of lines after the other.
  static let phases = ConvolutionGeometry(
    batch: 1, inputHeight: 200, inputWidth: 119, inputChannels: 20, outputHeight: 67,
    outputWidth: 40, outputChannels: 24, kernelHeight: 4, kernelWidth: 4, strideHeight: 3,
    strideWidth: 3, paddingTop: 2, paddingLeft: 1)

  @Test(arguments: combinations)
  func `equals the naive sums where phases share blocks`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) { check(.transposed, Self.phases, dtype, seed: 10) }
  }

  /// Many weights and few pixels that meet the source with the same taps: blocks are as large as their
  /// cache allows.
  @Test(arguments: [Function.correlate, .transposed])
  func `equals the naive sums where blocks read many weights`(f: Function) {
    let g = ConvolutionGeometry(
      batch: 24, inputHeight: 7, inputWidth: 7, inputChannels: 60, outputHeight: 7, outputWidth: 7,
      outputChannels: 90, kernelHeight: 5, kernelWidth: 5, paddingTop: 4, paddingLeft: 4,
      dilationHeight: 2, dilationWidth: 2)
    check(f, g, .float32, seed: 11)
  }

  /// Short sums, of which the next block's pixels are asked for ahead.
  @Test(arguments: [DType.float32, .float64])
  func `equals the naive sums where short sums ask ahead`(dtype: DType) {
    let g = ConvolutionGeometry(
      batch: 1, inputHeight: 20, inputWidth: 40, inputChannels: 72, outputHeight: 20,
      outputWidth: 40, outputChannels: 170, kernelHeight: 1, kernelWidth: 1, groups: 2)
    check(.correlate, g, dtype, seed: 13)
  }

  /// Groups that are computed several at a time.
  @Test(arguments: Function.allCases) func `equals the naive sums in many small groups`(f: Function)
  {
    let few = [(8, 1, 2), (6, 3, 1), (9, 1, 2), (4, 4, 4), (10, 2, 7)]
    // Too many outputs to be merged: a group's pixels are copied side by side.
    let wide = [(4, 1, 48), (4, 1, 16), (3, 1, 30), (3, 2, 17), (2, 5, 33), (2, 15, 40)]
    for (groups, inputs, outputs) in few + wide {
      let g = ConvolutionGeometry(
        batch: 2, inputHeight: 7, inputWidth: 9, inputChannels: groups * inputs, outputHeight: 7,
        outputWidth: 9, outputChannels: groups * outputs, kernelHeight: 3, kernelWidth: 3,
        paddingTop: 1, paddingLeft: 1, groups: groups)
      for dtype in [DType.float32, .float64] { check(f, g, dtype, seed: 6) }
    }
  }

  /// One channel, whose positions lie side by side: the gradient takes all taps together where what lies
  /// above and below the image is copied, not where rows alone are padded. Lines of several stretches.
  @Test(arguments: combinations)
  func `equals the naive sums of one channel`(dtype: DType, set: InstructionSet) {
    for (outputs, height, width, before, beside) in [
      (24, 9, 300, 1, 1), (24, 9, 300, 2, 0), (13, 20, 31, 0, 0), (40, 12, 12, 2, 1),
    ] {
      let g = ConvolutionGeometry(
        batch: 3, inputHeight: height, inputWidth: width, inputChannels: 1,
        outputHeight: height + before - 4, outputWidth: width + 2 * beside - 2,
        outputChannels: outputs, kernelHeight: 5, kernelWidth: 3, paddingTop: before,
        paddingLeft: beside)
      Processor.withInstructionSet(set) { check(.forKernel, g, dtype, seed: 16) }
    }
  }

  /// Groups of short sums: fewer columns than a vector, several panels, and rows left over.
  @Test(arguments: combinations)
  func `equals the naive sums in groups of short sums`(dtype: DType, set: InstructionSet) {
    let sizes: [(groups: Int, inputs: Int, outputs: Int, kernel: Int)] = [
      (8, 2, 13, 1), (4, 1, 48, 3), (3, 2, 17, 3), (2, 3, 100, 1), (5, 7, 9, 2),
    ]
    for (groups, inputs, outputs, kernel) in sizes {
      let g = ConvolutionGeometry(
        batch: 3, inputHeight: 9, inputWidth: 11, inputChannels: groups * inputs,
        outputHeight: 10 - kernel, outputWidth: 12 - kernel, outputChannels: groups * outputs,
        kernelHeight: kernel, kernelWidth: kernel, groups: groups)
      Processor.withInstructionSet(set) {
        for f in Function.allCases { check(f, g, dtype, seed: 14) }
      }
    }
  }

  /// Channels that are filtered each on its own, in lines long enough to be read where they lie, and of
  /// which blocks hold several rows; phases of a gradient whose rows and columns are not as many.
  @Test(arguments: combinations)
  func `equals the naive sums in long depthwise lines`(dtype: DType, set: InstructionSet) {
    for (channels, kernel, stride) in [(19, 3, 1), (64, 3, 2), (3, 5, 3), (16, 4, 2), (40, 5, 1)] {
      let size = (height: 37, width: 79)
      let padding = kernel / 2
      let g = ConvolutionGeometry(
        batch: 3, inputHeight: size.height, inputWidth: size.width, inputChannels: channels,
        outputHeight: (size.height + 2 * padding - kernel) / stride + 1,
        outputWidth: (size.width + 2 * padding - kernel) / stride + 1, outputChannels: channels,
        kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride, strideWidth: stride,
        paddingTop: padding, paddingLeft: padding, groups: channels)
      Processor.withInstructionSet(set) {
        for f in Function.allCases { check(f, g, dtype, seed: 15) }
      }
    }
  }

  @Test(arguments: combinations)
  func `equals the loops on random geometries`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) {
      var numbers = Numbers(seed: 7)
      for round in 0..<80 {
        let g = geometry(&numbers)
        for f in Function.allCases { check(f, g, dtype, seed: UInt64(round)) }
      }
    }
  }

  /// Shapes from the networks this is for, small enough for the loops.
  static let shapes: [ConvolutionGeometry] = [
    same(batch: 3, size: 16, from: 1, to: 32), same(batch: 2, size: 20, from: 3, to: 16),
    same(batch: 2, size: 32, from: 16, to: 16), same(batch: 2, size: 9, from: 32, to: 64),
    same(batch: 5, size: 4, from: 64, to: 48), same(batch: 2, size: 8, from: 32, to: 10, kernel: 1),
    same(batch: 1, size: 40, from: 8, to: 2, kernel: 5),
    strided(batch: 2, size: 16, from: 16, to: 32, kernel: 3, padding: 1),
    strided(batch: 2, size: 16, from: 16, to: 32, kernel: 1, padding: 0),
    strided(batch: 1, size: 21, from: 3, to: 8, kernel: 7, padding: 3),
    strided(batch: 2, size: 12, from: 24, to: 40, kernel: 2, padding: 0),
    // One wide row, more than one stretch of positions long.
    ConvolutionGeometry(
      batch: 1, inputHeight: 2, inputWidth: 700, inputChannels: 4, outputHeight: 2,
      outputWidth: 700, outputChannels: 5, kernelHeight: 1, kernelWidth: 3, paddingLeft: 1),
    // Sums so long that a dozen channels are better than a vector that they do not fill.
    lines(from: 70, to: 9), lines(from: 200, to: 12),
    // Sums so short that all channels of some pixels are computed together.
    lines(from: 3, to: 85), strided(batch: 2, size: 12, from: 6, to: 70, kernel: 1, padding: 0),
    // Channels that put pixels a page apart.
    same(batch: 1, size: 4, from: 1024, to: 8), same(batch: 1, size: 4, from: 8, to: 1024),
  ]

  static func same(
    batch: Int, size: Int, from: Int, to: Int, kernel: Int = 3
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, inputHeight: size, inputWidth: size, inputChannels: from, outputHeight: size,
      outputWidth: size, outputChannels: to, kernelHeight: kernel, kernelWidth: kernel,
      paddingTop: kernel / 2, paddingLeft: kernel / 2)
  }

  /// Kernels of one row, which are always computed directly.
  static func lines(from: Int, to: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: 1, inputHeight: 5, inputWidth: 11, inputChannels: from, outputHeight: 5,
      outputWidth: 11, outputChannels: to, kernelHeight: 1, kernelWidth: 3, paddingLeft: 1)
  }

  static func strided(
    batch: Int, size: Int, from: Int, to: Int, kernel: Int, padding: Int
  ) -> ConvolutionGeometry {
    let output = (size + 2 * padding - kernel) / 2 + 1
    return ConvolutionGeometry(
      batch: batch, inputHeight: size, inputWidth: size, inputChannels: from,
      outputHeight: output, outputWidth: output, outputChannels: to, kernelHeight: kernel,
      kernelWidth: kernel, strideHeight: 2, strideWidth: 2, paddingTop: padding,
      paddingLeft: padding)
  }

  @Test(arguments: shapes) func `equals the loops on shapes of networks`(g: ConvolutionGeometry) {
    for (dtype, set) in combinations {
      Processor.withInstructionSet(set) {
        for f in Function.allCases { check(f, g, dtype, seed: 1) }
      }
    }
  }

  @Test func `empty axes give zeros or nothing`() {
    for axis in 0..<5 {
      var g = Self.same(batch: 2, size: 5, from: 3, to: 4)
      switch axis {
      case 0: g.batch = 0
      case 1: g.inputChannels = 0
      case 2: g.outputChannels = 0
      case 3: (g.inputHeight, g.outputHeight) = (0, 0)
      default: (g.kernelHeight, g.outputHeight) = (0, 6)
      }
      for f in Function.allCases { check(f, g, .float32, seed: 2) }
    }
  }

  @Test(arguments: Function.allCases)
  func `the bits do not depend on the number of threads`(f: Function) {
    let cases =
      [
        Self.same(batch: 32, size: 16, from: 16, to: 16),
        Self.same(batch: 1, size: 64, from: 8, to: 40),
        Self.same(batch: 4, size: 4, from: 128, to: 160),
        Self.strided(batch: 8, size: 32, from: 16, to: 32, kernel: 3, padding: 1), Self.phases,
      ]
      + [(6, 24), (12, 24), (12, 12)].map { groups, outputs in
        var g = Self.same(batch: 4, size: 24, from: 12, to: outputs)
        g.groups = groups
        return g
      }
    for g in cases {
      let c = ConvolutionCase(f, g, seed: 9)
      for dtype in [DType.float32, .float64] {
        var before: [Double]?
        withEachThreadCount([1, 2, 3, 8]) { threads in
          let values = c.result(dtype, .direct).values
          #expect(before == nil || before == values, "\(g) with \(threads) threads")
          before = values
        }
      }
    }
  }
}
