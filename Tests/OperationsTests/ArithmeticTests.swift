import Operations
import Tensors
import Testing

@Suite struct ArithmeticTests {
  private let a = Tensor([6.0, -7, 0.5], dtype: .float64)
  private let b = Tensor([4.0, 2, -0.25], dtype: .float64)

  @Test func elementByElement() {
    #expect((a + b).numbers == [10, -5, 0.25])
    #expect((a - b).numbers == [2, -9, 0.75])
    #expect((a * b).numbers == [24, -14, -0.125])
    #expect((a / b).numbers == [1.5, -3.5, -2])
    #expect((-a).numbers == [-6, 7, -0.5])
    #expect(remainder(a, b).numbers == [2, -1, 0])
    #expect(maximum(a, b).numbers == [6, 2, 0.5])
    #expect(minimum(a, b).numbers == [4, -7, -0.25])
  }

  @Test func numbersTakeTheTensorsDType() {
    for dtype in [DType.float32, .float64] {
      let x = Tensor([1.0, 2], dtype: dtype)
      for y in [x + 1, 1 + x, x - 1, 1 - x, x * 2.5, x / 4, 4 / x, pow(x, 2), maximum(x, 1.5)] {
        #expect(y.dtype == dtype)
      }
    }
    let x = Tensor([1.0, 2], dtype: .float64)
    #expect((x + 1).numbers == [2, 3])
    #expect((3 - x).numbers == [2, 1])
    #expect((x - 3).numbers == [-2, -1])
    #expect((4 / x).numbers == [4, 2])
    #expect((x / 4).numbers == [0.25, 0.5])
    #expect((Float(0.5) * x).numbers == [0.5, 1])
  }

  @Test func assignment() {
    var x = a
    x += b
    x -= a
    x *= b
    x /= b
    #expect(x.numbers == b.numbers)
    #expect(a.numbers == [6, -7, 0.5])
  }

  @Test func powers() {
    let x = Tensor([4.0, 9, 0.25], dtype: .float64)
    expectClose(pow(x, 0.5), Tensor([2.0, 3, 0.5], dtype: .float64))
    expectClose(pow(x, -1), Tensor([0.25, 1.0 / 9, 4], dtype: .float64))
    #expect(pow(x, 0).numbers == [1, 1, 1])
    #expect(pow(x, 2).numbers == [16, 81, 0.0625])
    expectClose(pow(Tensor([-2.0], dtype: .float64), 3), Tensor([-8.0], dtype: .float64))
    #expect(pow(Tensor([-2.0], dtype: .float64), 0.5).numbers[0].isNaN)
    let exponents = Tensor([0.5, 1, 2], dtype: .float64)
    expectClose(pow(x, exponents), Tensor([2.0, 9, 0.0625], dtype: .float64))
  }

  @Test func nanGoesThroughComparisons() {
    let x = Tensor([Double.nan, 1, .infinity], dtype: .float64)
    #expect(maximum(x, 0).numbers[0].isNaN)
    #expect(minimum(x, 0).numbers[0].isNaN)
    #expect(maximum(x, x + 1).numbers[0].isNaN)
    #expect(relu(x).numbers[0].isNaN)
    #expect(maximum(x, 0).numbers[2] == .infinity)
  }

  @Test func clampLimits() {
    #expect(clamp(a, from: -1, through: 1).numbers == [1, -1, 0.5])
  }

  /// Every pair of shapes against indexing axis by axis.
  @Test func broadcasting() {
    let shapes: [Shape] = [
      [], [1], [3], [2, 1], [1, 3], [2, 3], [4, 1, 3], [4, 2, 1], [4, 1, 1], [1, 2, 3], [4, 2, 3],
      [5, 1, 2, 1], [5, 4, 2, 3], [1, 4, 1, 3], [5, 1, 1, 3],
    ]
    for one in shapes {
      for two in shapes {
        guard let shape = Shape.broadcast(one, two) else { continue }
        let (x, y) = (waves(one, phase: 1), waves(two, phase: 2))
        func read(_ t: Tensor, _ indices: [Int]) -> Double {
          let own = indices.suffix(t.rank)
          return t.at(zip(own, t.shape).map { $1 == 1 ? 0 : $0 })
        }
        expectClose(x - y * 2, tensor(shape) { read(x, $0) - read(y, $0) * 2 })
      }
    }
  }

  @Test func emptyTensors() {
    let empty = Tensor.zeros([0, 3], dtype: .float64)
    #expect((empty + Tensor([1.0, 2, 3], dtype: .float64)).shape == [0, 3])
    #expect((empty * 2).count == 0)
  }

  // MARK: - Mistakes stop with a message

  @Test func shapesThatDoNotBroadcast() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0, 2]) + Tensor([1.0, 2, 3])
    }
    #expect(text(result).contains("add: shapes [2] and [3] do not broadcast to one"))
  }

  @Test func dtypesThatDiffer() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0], dtype: .float32) * Tensor([1.0], dtype: .float64)
    }
    #expect(
      text(result).contains(
        "multiply: dtypes differ: float32 and float64; convert one with cast(to:)"))
  }

  @Test func wholeNumbersAreForStorage() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([Int32(1)]) + 1
    }
    #expect(
      text(result).contains("add: wants float32 or float64, given int32; convert with cast(to:)"))
  }
}
