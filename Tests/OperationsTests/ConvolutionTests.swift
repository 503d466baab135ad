import Autodiff
import Operations
import Tensors
import Testing

@Suite struct ConvolutionTests {
  /// The definition, pixel by pixel.
  private func naive(
    _ x: Tensor, _ kernel: Tensor, strides: Pair = 1, top: Int = 0, bottom: Int = 0, left: Int = 0,
    right: Int = 0, dilation: Pair = 1, groups: Int = 1
  ) -> Tensor {
    let (k, xs) = (kernel.shape, x.shape)
    let height = (xs[1] + top + bottom - dilation.height * (k[0] - 1) - 1) / strides.height + 1
    let width = (xs[2] + left + right - dilation.width * (k[1] - 1) - 1) / strides.width + 1
    let (values, weights) = (x.numbers, kernel.numbers)
    let share = k[3] / groups
    return tensor([xs[0], height, width, k[3]]) { place in
      var sum = 0.0
      for i in 0..<k[0] {
        for j in 0..<k[1] {
          let row = place[1] * strides.height + i * dilation.height - top
          let column = place[2] * strides.width + j * dilation.width - left
          guard row >= 0, row < xs[1], column >= 0, column < xs[2] else { continue }
          for c in 0..<k[2] {
            let channel = place[3] / share * k[2] + c
            let pixel = ((place[0] * xs[1] + row) * xs[2] + column) * xs[3] + channel
            sum += values[pixel] * weights[((i * k[1] + j) * k[2] + c) * k[3] + place[3]]
          }
        }
      }
      return sum
    }
  }

  @Test func agreesWithTheDefinition() {
    for (h, w, c, o) in [(5, 6, 3, 4), (7, 5, 2, 2), (8, 8, 4, 6)] {
      for (kh, kw) in [(1, 1), (3, 3), (2, 3), (1, 4)] {
        for strides in [Pair(1), Pair(2), Pair(1, 3)] {
          for dilation in [Pair(1), Pair(2, 1)] where (kh - 1) * dilation.height < h {
            for groups in [1, 2] where c % groups == 0 && o % groups == 0 {
              let x = waves([2, h, w, c], phase: 1)
              let kernel = waves([kh, kw, c / groups, o], phase: 2)
              func check(_ padding: Padding, _ t: Int, _ b: Int, _ l: Int, _ r: Int) {
                expectClose(
                  conv2D(
                    x, kernel, strides: strides, padding: padding, dilation: dilation,
                    groups: groups),
                  naive(
                    x, kernel, strides: strides, top: t, bottom: b, left: l, right: r,
                    dilation: dilation, groups: groups))
              }
              check(.valid, 0, 0, 0, 0)
              check(.all(1), 1, 1, 1, 1)
              check(.explicit(top: 2, bottom: 0, left: 1, right: 3), 2, 0, 1, 3)
              let (rows, columns) = ((kh - 1) * dilation.height, (kw - 1) * dilation.width)
              check(.full, rows, rows, columns, columns)
            }
          }
        }
      }
    }
  }

  @Test func samePaddingKeepsTheSize() {
    for size in 1...9 {
      for kernel in 1...4 {
        for stride in 1...3 {
          let y = conv2D(
            waves([1, size, size, 1]), waves([kernel, kernel, 1, 1]), strides: Pair(stride),
            padding: .same)
          #expect(y.shape == [1, (size + stride - 1) / stride, (size + stride - 1) / stride, 1])
        }
      }
    }
  }

  /// `floor((H + 2P - dilation (K - 1) - 1) / S) + 1`
  @Test func outputSizes() {
    for kernel in 1...3 {
      for stride in 1...3 {
        for padding in 0...2 {
          for dilation in 1...2 {
            let y = conv2D(
              waves([1, 9, 9, 1]), waves([kernel, kernel, 1, 1]), strides: Pair(stride),
              padding: .all(padding), dilation: Pair(dilation))
            let expected = (9 + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
            #expect(y.shape == [1, expected, expected, 1])
          }
        }
      }
    }
  }

  // MARK: - The lectures' numbers

  private let signal = Tensor([1.0, 2, 3, 2, 5, 1], shape: [1, 6, 1], dtype: .float64)
  private let pair = Tensor([1.0, 2], shape: [2, 1, 1], dtype: .float64)

  @Test func aOneDimensionalLayer() {
    #expect(conv1D(signal, pair).numbers == [5, 8, 7, 12, 7])
    #expect(conv1D(signal, pair, stride: 2).numbers == [5, 7, 7])
    #expect(conv1D(signal, pair, padding: .all(1)).numbers == [2, 5, 8, 7, 12, 7, 1])
    // Convolution in the strict sense: correlation with the kernel reversed, over the full overlap.
    let full = conv1D(signal, pair.flipped(axis: 0), padding: .full)
    #expect(full.numbers == [1, 4, 7, 8, 9, 11, 2])
  }

  private let image = Tensor(
    [
      1.0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0,
      0, 1, 0, 1, 0,
    ], shape: [1, 6, 6, 1], dtype: .float64)
  private let diagonal = Tensor(
    [1.0, -1, -1, -1, 1, -1, -1, -1, 1], shape: [3, 3, 1, 1], dtype: .float64)
  private let column = Tensor(
    [-1.0, 1, -1, -1, 1, -1, -1, 1, -1], shape: [3, 3, 1, 1], dtype: .float64)

  @Test func aBinaryImageAndTwoFilters() {
    let first: [Double] = [3, -1, -3, -1, -3, 1, 0, -3, -3, -3, 0, 1, 3, -2, -2, -1]
    let second: [Double] = [-1, -1, -1, -1, -1, -1, -2, 1, -1, -1, -2, 1, -1, 0, -4, 3]
    #expect(conv2D(image, diagonal).numbers == first)
    #expect(conv2D(image, column).numbers == second)
    #expect(conv2D(image, diagonal, strides: 3).numbers == [3, -1, 3, -1])
    #expect(conv2D(image, column, strides: 2).numbers == [-1, -1, -1, -2])
    #expect(conv2D(image, diagonal, strides: 2).numbers == [3, -3, -3, 0])
    let both = conv2D(image, concatenate([diagonal, column], axis: 3))
    #expect(both.shape == [1, 4, 4, 2])
    let pooled = maxPool2D(both, window: 2).transposed([3, 0, 1, 2])
    #expect(pooled.numbers == [3, 0, 3, 1, -1, 1, 0, 3])
  }

  @Test func shapesOfTheLectures() {
    let digits = conv2D(Tensor.zeros([1, 28, 28, 1]), Tensor.zeros([5, 5, 1, 3]))
    #expect(digits.shape == [1, 24, 24, 3])
    let deep = conv2D(
      Tensor.zeros([1, 32, 32, 16]), Tensor.zeros([3, 3, 16, 128]), padding: .same)
    #expect(deep.shape == [1, 32, 32, 128])
    // 320 x 280 with a 2 x 1 kernel: 319 x 280 results of two products each.
    let tape = recordedTape(at: [Tensor.zeros([1, 280, 320, 1])]) {
      conv2D($0[0], Tensor.zeros([1, 2, 1, 1]))
    }
    #expect(tape.multiplyAdds == 319 * 280 * 2)
  }

  /// Shifting commutes with correlation: W * g(X) = g(W * X) inside the overlap.
  @Test func equivariance() {
    let x = waves([1, 8, 8, 2])
    let kernel = waves([3, 3, 2, 2], phase: 3)
    let y = conv2D(x, kernel)
    let shifted = conv2D(x.sliced(axis: 1, from: 2, count: 6), kernel)
    expectClose(shifted, y.sliced(axis: 1, from: 2, count: 4))
  }

  @Test func strictConvolutionCommutesCorrelationDoesNot() {
    func convolve(_ a: Tensor, _ b: Tensor) -> Tensor {
      conv1D(a, b.flipped(axis: 1).reshaped(to: [b.shape[1], 1, 1]), padding: .full)
    }
    let a = waves([1, 5, 1], phase: 1)
    let b = waves([1, 3, 1], phase: 2)
    expectClose(convolve(a, b), convolve(b, a))
    func correlated(_ a: Tensor, _ b: Tensor) -> [Double] {
      conv1D(a, b.reshaped(to: [b.shape[1], 1, 1]), padding: .full).numbers
    }
    #expect(correlated(a, b) != correlated(b, a))
  }

  // MARK: - The adjoint

  /// `<conv(x), y> = <x, convTransposed(y)>`
  @Test func transposedConvolutionIsTheAdjoint() {
    for strides in [Pair(1), Pair(2), Pair(2, 3)] {
      for padding in [Padding.valid, .all(1), .explicit(top: 1, bottom: 0, left: 0, right: 2)] {
        for groups in [1, 2] {
          let x = waves([2, 7, 8, 4], phase: 1)
          let kernel = waves([3, 3, 4 / groups, 6], phase: 2)
          let y = conv2D(x, kernel, strides: strides, padding: padding, groups: groups)
          let z = waves(y.shape, phase: 3)
          for extra in [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2)] {
            let back = convTransposed2D(
              z, kernel, strides: strides, padding: padding,
              outputPadding: Pair(
                Swift.min(extra.0, strides.height - 1), Swift.min(extra.1, strides.width - 1)),
              groups: groups)
            guard back.shape == x.shape else { continue }
            expectClose((y * z).sum(), (x * back).sum())
          }
        }
      }
    }
  }

  @Test func transposedConvolutionByHand() {
    // Each pixel times the kernel, two apart.
    let x = Tensor([1.0, 2, 3, 4], shape: [1, 2, 2, 1], dtype: .float64)
    let kernel = Tensor([1.0, 10, 100, 1000], shape: [2, 2, 1, 1], dtype: .float64)
    let y = convTransposed2D(x, kernel, strides: 2)
    #expect(y.shape == [1, 4, 4, 1])
    #expect(
      y.numbers == [
        1, 10, 2, 20, 100, 1000, 200, 2000, 3, 30, 4, 40, 300, 3000, 400, 4000,
      ])
    #expect(convTransposed2D(x, kernel).shape == [1, 3, 3, 1])
    #expect(convTransposed2D(x, kernel).numbers == [1, 12, 20, 103, 1234, 2040, 300, 3400, 4000])
    #expect(convTransposed2D(x, kernel, strides: 2, outputPadding: 1).shape == [1, 5, 5, 1])
  }

  // MARK: - Mistakes stop with a message

  @Test func channelsThatDoNotFit() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv2D(Tensor.zeros([2, 32, 32, 128]), Tensor.zeros([3, 3, 64, 8]))
    }
    #expect(
      text(result).contains(
        "conv2D: kernel [3, 3, 64, 8] wants 64 channels, input [2, 32, 32, 128] has 128"))
  }

  @Test func aKernelLargerThanTheImage() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv2D(Tensor.zeros([1, 4, 4, 1]), Tensor.zeros([3, 3, 1, 1]), dilation: 2)
    }
    #expect(
      text(result).contains("a window of 5 is larger than axis 1 of [1, 4, 4, 1] with 0 + 0"))
  }

  @Test func groupsThatDoNotDivide() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv2D(Tensor.zeros([1, 4, 4, 4]), Tensor.zeros([3, 3, 2, 3]), groups: 2)
    }
    #expect(text(result).contains("2 groups do not divide the 3 channels of kernel [3, 3, 2, 3]"))
  }

  @Test func ranksThatDoNotFit() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv2D(Tensor.zeros([4, 4, 1]), Tensor.zeros([3, 3, 1, 1]))
    }
    #expect(text(result).contains("conv2D: wants an image batch [n, h, w, c], given [4, 4, 1]"))
  }
}
