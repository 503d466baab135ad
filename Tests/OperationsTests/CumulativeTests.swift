import Autodiff
import Operations
import Tensors
import Testing

@Suite struct CumulativeTests {
  @Test(arguments: [[7], [3, 4], [2, 3, 5], [2, 1, 3], [0, 3], [3, 70, 130]] as [Shape])
  func againstRunningTotals(shape: Shape) {
    let x = waves(shape, phase: 2)
    for axis in 0..<shape.rank {
      var sums = [Double](repeating: 0, count: shape.elementCount)
      var products = sums
      let inner = shape.dropFirst(axis + 1).reduce(1, *)
      let numbers = x.numbers
      for place in numbers.indices {
        let isFirst = place / inner % shape[axis] == 0
        sums[place] = numbers[place] + (isFirst ? 0 : sums[place - inner])
        products[place] = numbers[place] * (isFirst ? 1 : products[place - inner])
      }
      expectClose(
        x.cumulativeSum(axis: axis), Tensor(sums, shape: shape, dtype: .float64))
      expectClose(
        x.cumulativeProduct(axis: axis), Tensor(products, shape: shape, dtype: .float64))
      expectClose(
        x.cumulativeSum(axis: axis, reversed: true),
        x.flipped(axis: axis).cumulativeSum(axis: axis).flipped(axis: axis))
    }
  }

  /// A million terms added in float32 would be off in the third digit.
  @Test func longSumsKeepTheirDigits() {
    let x = Tensor.full([1_000_000], 0.1, dtype: .float32)
    let last = x.cumulativeSum()[999_999].item
    #expect(Swift.abs(last - 1_000_000 * Double(Float(0.1))) < 0.01)
  }

  @Test func productsByHand() {
    let x = Tensor([[1.0, 2, 3], [4, 5, 6]], dtype: .float64)
    #expect(x.product().item == 720)
    #expect(x.product(axis: 0).numbers == [4, 10, 18])
    #expect(x.product(axes: [-1], keepsAxes: true).numbers == [6, 120])
    #expect(Tensor.zeros([2, 0]).product(axis: 1).numbers == [1, 1])
    #expect(Tensor.zeros([0, 2]).product(axis: 1).shape == [0])
    // With one zero only its own gradient is left, with two none.
    let one = Tensor([2.0, 0, 5], dtype: .float64)
    #expect(gradient(at: one) { $0.product() }.numbers == [0, 10, 0])
    let two = Tensor([2.0, 0, 0], dtype: .float64)
    #expect(gradient(at: two) { $0.product() }.numbers == [0, 0, 0])
  }

  @Test(arguments: [1, 2, 3])
  func sameBitsForAnyNumberOfThreads(threads: Int) {
    let x = Tensor.normal([300, 500], source: RandomSource(seed: 3))
    let places = abs(x * 1000).cast(to: .int32)
    func results() -> [[Float]] {
      [
        x.cumulativeSum(axis: 0), x.cumulativeSum(axis: 1, reversed: true), x.cumulativeProduct(),
        x.product(axis: 0), x.sorted(axis: 0).values,
        x.added(along: 1, at: places, length: 6000),
      ].map { $0.scalars(of: Float.self) }
    }
    let before = threadCount
    defer { threadCount = before }
    threadCount = 1
    let expected = results()
    threadCount = threads
    #expect(results() == expected)
  }
}
