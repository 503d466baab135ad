import Autodiff
import Operations
import Tensors
import Testing

@Suite struct PoolingTests {
  private let block = Tensor(
    [1.0, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4], shape: [1, 4, 4, 1], dtype: .float64)

  /// The lectures' block: the largest of each quarter, and the gradient to those only.
  @Test func theLecturesBlock() {
    #expect(maxPool2D(block, window: 2).numbers == [6, 8, 3, 4])
    let slope = gradient(at: block) { maxPool2D($0, window: 2).sum() }
    #expect(slope.numbers == [0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1])
    #expect(avgPool2D(block, window: 2).numbers == [3.25, 5.25, 2, 2])
  }

  private func pooled(
    _ x: Tensor, window: Pair, strides: Pair, top: Int, left: Int, dilation: Pair, to shape: Shape,
    _ combine: ([Double]) -> Double
  ) -> Tensor {
    tensor(shape) { place in
      var seen: [Double] = []
      for i in 0..<window.height {
        for j in 0..<window.width {
          let row = place[1] * strides.height + i * dilation.height - top
          let column = place[2] * strides.width + j * dilation.width - left
          if row >= 0, row < x.shape[1], column >= 0, column < x.shape[2] {
            seen.append(x.at([place[0], row, column, place[3]]))
          }
        }
      }
      return combine(seen)
    }
  }

  @Test func agreesWithTheDefinition() {
    let x = waves([2, 7, 6, 3])
    for window in [Pair(2), Pair(3, 2), Pair(1)] {
      for strides in [Pair(1), Pair(2), Pair(3, 1)] {
        for (padding, top, left) in [
          (Padding.valid, 0, 0), (.explicit(top: 1, bottom: 0, left: 0, right: 1), 1, 0),
        ] where window.height > top {
          for rounds in [false, true] {
            let y = maxPool2D(
              x, window: window, strides: strides, padding: padding, roundsUp: rounds)
            expectClose(
              y,
              pooled(
                x, window: window, strides: strides, top: top, left: left, dilation: 1, to: y.shape
              ) { $0.max() ?? -.infinity })
          }
          let count = Double(window.height * window.width)
          let whole = avgPool2D(x, window: window, strides: strides, padding: padding)
          let part = avgPool2D(
            x, window: window, strides: strides, padding: padding, countsPadding: false)
          expectClose(
            whole,
            pooled(
              x, window: window, strides: strides, top: top, left: left, dilation: 1,
              to: whole.shape
            ) { $0.reduce(0, +) / count })
          expectClose(
            part,
            pooled(
              x, window: window, strides: strides, top: top, left: left, dilation: 1, to: part.shape
            ) { $0.reduce(0, +) / Double($0.count) })
        }
      }
    }
  }

  @Test func dilatedWindows() {
    let x = waves([1, 7, 8, 2])
    let y = maxPool2D(x, window: 2, strides: 1, dilation: Pair(3, 2))
    #expect(y.shape == [1, 4, 6, 2])
    expectClose(
      y,
      pooled(x, window: 2, strides: 1, top: 0, left: 0, dilation: Pair(3, 2), to: y.shape) {
        $0.max()!
      })
  }

  @Test func paddingNeverWins() {
    let x = Tensor.full([1, 2, 2, 1], -5.0, dtype: .float64)
    #expect(maxPool2D(x, window: 2, padding: .all(1)).numbers == [-5, -5, -5, -5])
  }

  @Test func theFirstAmongEqualsTakesTheGradient() {
    let slope = gradient(at: Tensor.ones([1, 2, 2, 1], dtype: .float64)) {
      maxPool2D($0, window: 2).sum()
    }
    #expect(slope.numbers == [1, 0, 0, 0])
  }

  @Test func nanWins() {
    let x = Tensor([1.0, .nan, 3, 4], shape: [1, 2, 2, 1], dtype: .float64)
    #expect(maxPool2D(x, window: 2).item.isNaN)
  }

  /// A shift by less than the window leaves most of a pooled map as it is.
  @Test func smallShiftsInsideAWindowChangeNothing() {
    var values = [Double](repeating: 0, count: 64)
    values[9] = 1
    let x = Tensor(values, shape: [1, 8, 8, 1], dtype: .float64)
    values.swapAt(9, 8)
    let shifted = Tensor(values, shape: [1, 8, 8, 1], dtype: .float64)
    #expect(maxPool2D(x, window: 2).numbers == maxPool2D(shifted, window: 2).numbers)
  }

  @Test func adaptiveCells() {
    let x = Tensor.range(to: 6, dtype: .float64).reshaped(to: [1, 1, 6, 1])
    #expect(adaptiveAvgPool2D(x, height: 1, width: 3).numbers == [0.5, 2.5, 4.5])
    // Cells 0-1, 1-3 (overlapping), 3-4 of five.
    let five = Tensor.range(to: 5, dtype: .float64).reshaped(to: [1, 1, 5, 1])
    #expect(adaptiveAvgPool2D(five, height: 1, width: 3).numbers == [0.5, 2, 3.5])
    #expect(adaptiveAvgPool2D(block, height: 1, width: 1).item == block.mean().item)
  }

  @Test func aWindowOfPaddingAloneStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = maxPool2D(Tensor.zeros([1, 4, 4, 1]), window: 2, padding: .all(2))
    }
    #expect(text(result).contains("is as large as the window"))
  }
}
