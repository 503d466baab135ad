import Kernels
import Testing

/// Every algorithm against sums in float64.
///
/// The bound held here: no element is further off than `factor` units in the last place of the
/// largest sum of magnitudes, sum |a b|, among all elements of the result. A tile mixes all its
/// pixels, so an element's own magnitudes say less. Factors: 8 for F(2x2), 40 for F(4x4) and for the
/// automatic choice, which may take it, about twice the largest seen when they were set (most stayed
/// below 2 and 5); 4 for direct sums.
@Suite(.serialized) struct WinogradTests {
  private typealias Case = ConvolutionCase
  typealias Function = ConvolutionCase.Function

  static let algorithms: [(algorithm: ConvolutionAlgorithm, factor: Double)] = [
    (.direct, 4), (.winograd2, 8), (.winograd4, 40), (.automatic, 40),
  ]

  /// A random 3 x 3 geometry: odd sizes, uneven channels, no or much padding. Or one that is cut into
  /// pieces: larger or uneven kernels, strides, dilation, groups.
  private func geometry(_ numbers: inout Numbers, pieces: Bool = false) -> ConvolutionGeometry {
    if pieces {
      let few = [1, 2, 3, 5, 8, 16, 17, 33]
      let groups = numbers.pick([1, 1, 1, 2, 3])
      let kernel = (numbers.pick([2, 3, 4, 5, 7]), numbers.pick([2, 3, 5, 6]))
      let stride = (numbers.pick([1, 1, 2, 3]), numbers.pick([1, 1, 2, 3]))
      let dilation = (numbers.pick([1, 1, 1, 2, 3]), numbers.pick([1, 1, 2]))
      let reach = (dilation.0 * (kernel.0 - 1), dilation.1 * (kernel.1 - 1))
      let padding = (numbers.pick(0...min(4, reach.0)), numbers.pick(0...min(4, reach.1)))
      let output = (numbers.pick(1...6), numbers.pick(1...7))
      let rows = max((output.0 - 1) * stride.0 + reach.0 + 1 - 2 * padding.0, 1)
      let columns = max((output.1 - 1) * stride.1 + reach.1 + 1 - 2 * padding.1, 1)
      return ConvolutionGeometry(
        batch: numbers.pick([1, 2]), inputHeight: rows + numbers.pick(0...2),
        inputWidth: columns, inputChannels: groups * numbers.pick(few),
        outputHeight: output.0, outputWidth: output.1, outputChannels: groups * numbers.pick(few),
        kernelHeight: kernel.0, kernelWidth: kernel.1, strideHeight: stride.0,
        strideWidth: stride.1, paddingTop: padding.0, paddingLeft: padding.1,
        dilationHeight: dilation.0, dilationWidth: dilation.1, groups: groups)
    }
    let channels = [1, 3, 7, 8, 15, 16, 17, 20, 31, 32, 33, 40, 48, 65]
    let before = (numbers.pick(0...3), numbers.pick(0...3))
    let after = (numbers.pick(0...3), numbers.pick(0...3))
    let height = max(numbers.pick(1...9), 3 - before.0 - after.0)
    let width = max(numbers.pick(1...13), 3 - before.1 - after.1)
    return ConvolutionGeometry(
      batch: numbers.pick([1, 1, 2, 3]), inputHeight: height, inputWidth: width,
      inputChannels: numbers.pick(channels), outputHeight: height + before.0 + after.0 - 2,
      outputWidth: width + before.1 + after.1 - 2, outputChannels: numbers.pick(channels),
      kernelHeight: 3, kernelWidth: 3, paddingTop: before.0, paddingLeft: before.1)
  }

  /// The largest error in units of the last place of the largest sum of magnitudes.
  private func error(_ expected: Sums, _ values: [Double], _ dtype: DType) -> Double {
    let unit = dtype == .float32 ? 0x1p-24 : 0x1p-53
    let scale = max(expected.magnitudes.max() ?? 0, .leastNormalMagnitude) * unit
    var largest = 0.0
    for (value, truth) in zip(values, expected.values) {
      guard value.isFinite else { return .infinity }
      largest = max(largest, (value - truth).magnitude / scale)
    }
    return largest
  }

  private func check(_ g: ConvolutionGeometry, seed: UInt64) {
    for function in Function.allCases {
      let c = Case(function, g, seed: seed)
      let expected = c.expected()
      for (dtype, set) in combinations {
        Processor.withInstructionSet(set) {
          for (algorithm, factor) in Self.algorithms {
            let result = c.result(dtype, algorithm)
            #expect(result.marginsAreIntact, "\(function) \(set) \(dtype) \(algorithm) \(g)")
            let error = error(expected, result.values, dtype)
            #expect(
              error <= factor, "\(function) \(set) \(dtype) \(algorithm): \(error) at \(g)")
          }
        }
      }
    }
  }

  @Test(arguments: 0..<4) func `keeps its bound on random shapes`(quarter: Int) {
    var numbers = Numbers(seed: UInt64(quarter) + 20)
    for round in 0..<80 { check(geometry(&numbers), seed: UInt64(round)) }
  }

  @Test(arguments: 0..<3) func `keeps its bound where a kernel is cut into pieces`(third: Int) {
    var numbers = Numbers(seed: UInt64(third) + 40)
    for round in 0..<60 { check(geometry(&numbers, pieces: true), seed: UInt64(round)) }
  }

  /// Shapes of networks, made small; the last take the orders of work for many channels.
  static let shapes: [ConvolutionGeometry] = [
    ConvolutionTests.same(batch: 2, size: 28, from: 16, to: 16),
    ConvolutionTests.same(batch: 2, size: 14, from: 32, to: 32),
    ConvolutionTests.same(batch: 3, size: 7, from: 64, to: 64),
    ConvolutionTests.same(batch: 1, size: 16, from: 64, to: 32),
    ConvolutionTests.same(batch: 2, size: 4, from: 200, to: 300),
    ConvolutionTests.same(batch: 2, size: 2, from: 512, to: 256),
    ConvolutionTests.same(batch: 1, size: 6, from: 264, to: 520),
  ]

  @Test(arguments: shapes) func `keeps its bound on shapes of networks`(g: ConvolutionGeometry) {
    check(g, seed: 3)
  }

  /// The error of sums over many tiles, beside that of direct sums over as many pixels.
  @Test func `stays within a few times the error of direct sums`() {
    let g = ConvolutionTests.same(batch: 24, size: 32, from: 16, to: 16)
    for function in Function.allCases {
      let c = Case(function, g, seed: 5)
      let truth = c.expected().values
      func deviation(_ algorithm: ConvolutionAlgorithm) -> Double {
        let values = c.result(.float32, algorithm).values
        var squares = (error: 0.0, truth: 0.0)
        for (value, truth) in zip(values, truth) {
          squares.error += (value - truth) * (value - truth)
          squares.truth += truth * truth
        }
        return (squares.error / squares.truth).squareRoot()
      }
      #expect(deviation(.direct) < 6e-7)
      #expect(deviation(.winograd2) < 3 * deviation(.direct))
      #expect(deviation(.winograd4) < 6 * deviation(.direct))
    }
  }

  @Test(arguments: Function.allCases)
  func `the bits do not depend on the number of threads`(function: Function) {
    let cases: [(ConvolutionGeometry, [DType])] = [
      (ConvolutionTests.same(batch: 16, size: 30, from: 16, to: 16), [.float32, .float64]),
      (ConvolutionTests.same(batch: 3, size: 33, from: 64, to: 72), [.float32, .float64]),
      (ConvolutionTests.same(batch: 8, size: 5, from: 200, to: 260), [.float32, .float64]),
      (ConvolutionTests.same(batch: 2, size: 8, from: 512, to: 320), [.float32]),
      (ConvolutionTests.same(batch: 4, size: 17, from: 40, to: 48, kernel: 5), [.float32]),
      // More tiles than one chunk of the kernel's gradient holds.
      (ConvolutionTests.same(batch: 10, size: 32, from: 256, to: 200), [.float32]),
      // Groups and phases that are computed side by side, and groups in turn.
      (parts(batch: 5, size: 6, from: 80, to: 68, dilation: 1, groups: 4), [.float32, .float64]),
      (parts(batch: 2, size: 19, from: 70, to: 16, dilation: 2, groups: 1), [.float32, .float64]),
      (parts(batch: 2, size: 24, from: 96, to: 96, dilation: 1, groups: 2), [.float32]),
    ]
    for (g, dtypes) in cases {
      let c = Case(function, g, seed: 9)
      for dtype in dtypes {
        for (algorithm, _) in Self.algorithms {
          var before: [Double]?
          withEachThreadCount([1, 2, 3, 8]) { threads in
            let values = c.result(dtype, algorithm).values
            #expect(before == nil || before == values, "\(algorithm) \(g), \(threads) threads")
            before = values
          }
        }
      }
    }
  }

  /// A 3 x 3 convolution that keeps the size, cut into groups and the phases of its dilation.
  private func parts(
    batch: Int, size: Int, from: Int, to: Int, dilation: Int, groups: Int
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      batch: batch, inputHeight: size, inputWidth: size, inputChannels: from, outputHeight: size,
      outputWidth: size, outputChannels: to, kernelHeight: 3, kernelWidth: 3,
      paddingTop: dilation, paddingLeft: dilation, dilationHeight: dilation,
      dilationWidth: dilation, groups: groups)
  }

  // MARK: - What is not finite

  private func strided(_ size: Int, channels: Int) -> ConvolutionGeometry {
    // Taps meet pixels 0 to 4 of 0 to 7: a valid kernel of 3 at stride 2 leaves the rest.
    ConvolutionGeometry(
      batch: 1, inputHeight: size, inputWidth: size, inputChannels: channels, outputHeight: 2,
      outputWidth: 2, outputChannels: channels, kernelHeight: 3, kernelWidth: 3, strideHeight: 2,
      strideWidth: 2)
  }

  @Test(arguments: ConvolutionAlgorithm.allCases)
  func `what no tap meets does not show`(algorithm: ConvolutionAlgorithm) {
    let g = strided(8, channels: 20)
    for function in [Function.correlate, .forKernel] {
      let c = Case(function, g, seed: 1)
      var spoilt = c
      for row in 0..<8 {
        for column in 0..<8 where row > 4 || column > 4 {
          for channel in 0..<20 { spoilt.first[(row * 8 + column) * 20 + channel] = .nan }
        }
      }
      let result = spoilt.result(.float32, algorithm).values
      #expect(result == c.result(.float32, algorithm).values, "\(function)")
    }
  }

  @Test(arguments: Function.allCases)
  func `direct sums keep what is not finite to those who meet it`(function: Function) {
    var g = ConvolutionTests.same(batch: 1, size: 6, from: 32, to: 32)
    g.groups = 16
    let c = Case(function, g, seed: 1)
    var spoilt = c
    spoilt.first[0] = .nan
    let result = spoilt.result(.float32, .direct).values
    let expected = spoilt.expected().values
    for (value, truth) in zip(result, expected) { #expect(value.isNaN == truth.isNaN) }
    #expect(expected.contains { $0.isNaN } && expected.contains { !$0.isNaN })
  }

  // MARK: - The choice

  private func values(
    _ g: ConvolutionGeometry, _ dtype: DType, _ algorithm: ConvolutionAlgorithm,
    _ function: Function = .correlate
  ) -> [Double] {
    Case(function, g, seed: 2).result(dtype, algorithm).values
  }

  @Test func `the automatic choice is by shape and dtype`() {
    let wide = ConvolutionTests.same(batch: 2, size: 16, from: 64, to: 64)
    for function in Function.allCases {
      #expect(
        values(wide, .float32, .automatic, function) == values(wide, .float32, .winograd4, function)
      )
      #expect(
        values(wide, .float64, .automatic, function) == values(wide, .float64, .direct, function))
    }
    #expect(values(wide, .float32, .winograd4) != values(wide, .float32, .direct))
    // One tile of 4 x 4 would be three quarters empty.
    let small = ConvolutionTests.same(batch: 16, size: 2, from: 64, to: 64)
    #expect(values(small, .float32, .automatic) == values(small, .float32, .winograd2))
    // Transforms of three channels would cost more than they save.
    let thin = ConvolutionTests.same(batch: 2, size: 16, from: 3, to: 32)
    #expect(values(thin, .float32, .automatic) == values(thin, .float32, .direct))
  }

  @Test func `what minimal filtering cannot compute is computed directly`() {
    let strided = ConvolutionTests.strided(
      batch: 2, size: 12, from: 16, to: 16, kernel: 1, padding: 0)
    let plain = ConvolutionTests.same(batch: 1, size: 12, from: 16, to: 16, kernel: 1)
    var flat = ConvolutionTests.same(batch: 1, size: 12, from: 16, to: 16)
    (flat.kernelHeight, flat.outputHeight) = (1, 14)
    var depthwise = ConvolutionTests.same(batch: 1, size: 12, from: 16, to: 16)
    depthwise.groups = 16
    for g in [strided, plain, flat, depthwise] {
      for function in Function.allCases {
        #expect(
          values(g, .float32, .winograd4, function) == values(g, .float32, .direct, function))
      }
    }
  }

  @Test func `empty axes give zeros or nothing`() {
    for axis in 0..<4 {
      var g = ConvolutionTests.same(batch: 2, size: 5, from: 3, to: 4)
      switch axis {
      case 0: g.batch = 0
      case 1: g.inputChannels = 0
      case 2: g.outputChannels = 0
      default: (g.inputHeight, g.outputHeight) = (0, 0)
      }
      for function in Function.allCases {
        #expect(values(g, .float32, .winograd4, function).allSatisfy { $0 == 0 })
      }
    }
  }
}
