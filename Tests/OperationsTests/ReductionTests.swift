import Operations
import Tensors
import Testing

@Suite struct ReductionTests {
  private static let shapes: [Shape] = [
    [5], [3, 4], [2, 3, 4], [3, 1, 2], [2, 3, 2, 5], [1, 7], [65, 3], [3, 1030], [1030],
  ]

  /// The reduction of each group of elements that share their indices on the axes kept.
  private func reduced(
    _ x: Tensor, _ axes: [Int], keepsAxes: Bool, _ combine: ([Double]) -> Double
  ) -> Tensor {
    var groups: [[Int]: [Double]] = [:]
    for (indices, value) in zip(x.shape.allIndices, x.numbers) {
      let key = indices.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
      groups[key, default: []].append(value)
    }
    let kept = Shape(x.shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element })
    let values = kept.allIndices.map { combine(groups[$0]!) }
    let dropped = Shape(x.shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
    return Tensor(values, shape: keepsAxes ? kept : dropped, dtype: .float64)
  }

  @Test(arguments: shapes)
  func overEveryChoiceOfAxes(_ shape: Shape) {
    let x = waves(shape)
    for mask in 0..<(1 << shape.rank) {
      let axes = (0..<shape.rank).filter { mask >> $0 & 1 == 1 }
      for keeps in [true, false] {
        func check(_ result: Tensor, _ combine: ([Double]) -> Double) {
          expectClose(result, reduced(x, axes, keepsAxes: keeps, combine))
        }
        check(x.sum(axes: axes, keepsAxes: keeps)) { $0.reduce(0, +) }
        check(x.mean(axes: axes, keepsAxes: keeps)) { $0.reduce(0, +) / Double($0.count) }
        check(x.max(axes: axes, keepsAxes: keeps)) { $0.max()! }
        check(x.min(axes: axes, keepsAxes: keeps)) { $0.min()! }
        check(x.variance(axes: axes, keepsAxes: keeps)) { group in
          let mean = group.reduce(0, +) / Double(group.count)
          return group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(group.count)
        }
      }
    }
  }

  @Test func byHand() {
    let x = Tensor([[1.0, 5, 2], [4, 3, 6]], dtype: .float64)
    #expect(x.sum().item == 21)
    #expect(x.sum(axis: 0).numbers == [5, 8, 8])
    #expect(x.sum(axis: -1, keepsAxes: true).shape == [2, 1])
    #expect(x.mean().item == 3.5)
    #expect(x.max().item == 6)
    #expect(x.min(axes: [1]).numbers == [1, 3])
    // Distances from the mean 3.5: squares 6.25 + 2.25 + 2.25 + 0.25 + 0.25 + 6.25 = 17.5
    #expect(x.variance().item == 17.5 / 6)
    #expect(x.variance(correction: 1).item == 3.5)
    #expect(x.argmax().scalars(of: Int.self) == [1, 2])
    #expect(x.argmax(axis: 0).scalars(of: Int.self) == [1, 0, 1])
    #expect(x.argmin(axis: 1, keepsAxes: true).shape == [2, 1])
    #expect(x.argmin(axis: 1).dtype == .int32)
    #expect(Tensor([2.0, 7, 7]).argmax().item == 1)
  }

  @Test func nothingToSum() {
    let empty = Tensor.zeros([0, 3], dtype: .float64)
    #expect(empty.sum(axis: 0).numbers == [0, 0, 0])
    #expect(empty.sum().item == 0)
    #expect(empty.sum(axis: 1).shape == [0])
    #expect(empty.mean(axis: 0).numbers.allSatisfy { $0.isNaN })
    #expect(Tensor.zeros([2, 0], dtype: .float64).sum(axis: 1).numbers == [0, 0])
  }

  @Test func nanWins() {
    let x = Tensor([1.0, .nan, 3], dtype: .float64)
    #expect(x.max().item.isNaN)
    #expect(x.min().item.isNaN)
    #expect(x.sum().item.isNaN)
  }

  /// A million times 0.1 in float32: adding one by one is off by 1 %, blocks in double precision are not.
  @Test func longSumsKeepTheirDigits() {
    let x = Tensor.full([1_000_000], 0.1, dtype: .float32)
    let exact = Double(Float(0.1)) * 1_000_000
    #expect(abs(x.sum().item - exact) / exact < 1e-6)
    let y = Tensor.full([1000, 1000], 0.1, dtype: .float32).sum(axis: 0)
    #expect(y.numbers.allSatisfy { abs($0 - exact / 1000) / exact < 1e-8 })
  }

  @Test func momentsOfEachChannel() {
    for shape in [[5, 3], [2, 3, 4], [2, 3, 3, 2], [7, 1], [4], [300, 17]] as [Shape] {
      let x = waves(shape)
      let axes = Array(0..<(shape.rank - 1))
      let (mean, variance) = moments(x)
      #expect(mean.shape == [shape[-1]])
      expectClose(mean, x.mean(axes: axes))
      expectClose(variance, x.variance(axes: axes))
    }
  }

  /// A large mean must not swallow the variance: here 1/12 beside the square of 10^4.
  @Test func momentsAreStable() {
    let x = Tensor.spaced(from: 0, through: 1, count: 4096, dtype: .float64) + 1e4
    let (mean, variance) = moments(x.cast(to: .float32).reshaped(to: [4096, 1]))
    #expect(abs(mean.item - 10_000.5) < 1e-2)
    #expect(abs(variance.item - 1.0 / 12) < 1e-3)
  }

  @Test func logSumExpByHand() {
    let x = Tensor([[0.0, 0], [1000, 1000]], dtype: .float64)
    expectClose(
      logSumExp(x), Tensor([0.6931471805599453, 1000.6931471805599], dtype: .float64))
    #expect(logSumExp(x, axis: 0, keepsAxes: true).shape == [1, 2])
  }

  @Test func mistakesStop() async {
    let missing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0]).sum(axis: 1)
    }
    #expect(text(missing).contains("sum: axis 1 does not exist in shape [1]"))
    let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([[1.0]]).sum(axes: [0, -2])
    }
    #expect(text(twice).contains("axis 0 is named twice in [0, -2]"))
    let empty = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([0, 3]).max(axes: [0])
    }
    #expect(text(empty).contains("axis 0 of [0, 3] is empty: nothing to choose from"))
  }
}
