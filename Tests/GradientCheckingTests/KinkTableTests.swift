import Autodiff
import Operations
import Tensors
import Testing

/// The table of chosen subgradients in the guide 'Kinks and tolerances'.
@Suite struct KinkTableTests {
  private func slopes(_ x: [Double], _ function: (Tensor) -> Tensor) -> [Double] {
    gradient(at: Tensor(x, dtype: .float64)) { function($0).sum() }.scalars(of: Double.self)
  }

  @Test func aLimitGivesNothing() {
    #expect(slopes([0]) { relu($0) } == [0])
    #expect(slopes([1]) { maximum($0, 1) } == [0])
    #expect(slopes([-1, 2]) { clamp($0, from: -1, through: 2) } == [0, 0])
    #expect(slopes([0, 6]) { relu6($0) } == [0, 0])
    #expect(slopes([-3, 3]) { hardSigmoid($0) } == [0, 0])
    #expect(slopes([0]) { abs($0) } == [0])
    #expect(slopes([0, 0]) { $0.norm(.l1) } == [0, 0])
    #expect(slopes([0, 0]) { $0.norm(.l2) } == [0, 0])
    #expect(slopes([-0.5, 0.5]) { hardShrink($0, limit: 0.5) } == [0, 0])
    #expect(slopes([-0.5, 0.5]) { softShrink($0, limit: 0.5) } == [0, 0])
    #expect(slopes([0.5]) { threshold($0, above: 0.5) } == [0])
  }

  @Test func tiesAreShared() {
    let one = Tensor([1.0], dtype: .float64)
    #expect(slopes([1]) { maximum($0, one) } == [0.5])
    #expect(slopes([1]) { minimum($0, one) } == [0.5])
    #expect(slopes([3, 1, 3]) { $0.max() } == [0.5, 0, 0.5])
    #expect(slopes([1, 3, 1, 1]) { $0.min() }.map { ($0 * 3).rounded() } == [1, 0, 1, 1])
    #expect(slopes([3, 1, 3]) { $0.norm(.max) } == [0.5, 0, 0.5])
  }

  @Test func theFirstIsTaken() {
    #expect(slopes([3, 3, 1]) { $0.topK(1, axis: 0, largest: true).values } == [1, 0, 0])
    #expect(slopes([2, 2, 1]) { $0.median(axis: 0) } == [1, 0, 0])
    #expect(
      slopes([5, 5, 5, 5]) { maxPool2D($0.reshaped(to: [1, 2, 2, 1]), window: 2) } == [1, 0, 0, 0])
  }

  @Test func theLeftSlopeIsTaken() {
    #expect(slopes([0]) { leakyReLU($0, slope: 0.25) } == [0.25])
    let slope = Tensor([0.25], dtype: .float64)
    #expect(slopes([0]) { prelu($0, slope: slope) } == [0.25])
    #expect(slopes([0]) { elu($0, alpha: 0.5) } == [0.5])
    #expect(abs(slopes([0]) { selu($0) }[0] - 1.7580993408473766) < 1e-15)
  }
}
