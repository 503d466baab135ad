import Autodiff
import Operations
import Tensors
import Testing

@Suite(.serialized) struct LongChainTests {
  /// y -> y * c, `length` times: the gradient is c^length.
  private func chain(_ length: Int, factor: Double) -> Tensor {
    gradient(at: Tensor(1.0, dtype: .float64)) { x in
      var y = x
      for _ in 0..<length { y = y * factor }
      return y
    }
  }

  @Test func aHundredThousandOperationsNeedNoStack() {
    let factor = 1 + 0x1p-20
    let slope = chain(100_000, factor: factor).item
    var expected = 1.0
    for _ in 0..<100_000 { expected *= factor }
    // The walk multiplies in the same order, from the other end: equal factors, equal bits.
    #expect(slope == expected)
  }

  @Test func chainsOfDependentSumsAndBroadcasts() {
    // Each link is a reduction of a broadcast: deferral across domains must not grow with it.
    let slope = gradient(at: Tensor([1.0, 2.0, 3.0], dtype: .float64)) { x in
      var y = x
      for _ in 0..<5_000 { y = x + y.mean(axis: 0, keepsAxes: true) * 0.5 }
      return y.sum()
    }
    // y = x + 0.5 mean(y) in the limit: mean(y) = 2 mean(x); d sum(y) / dx_i = 2.
    for value in slope.scalars(of: Double.self) { #expect(abs(value - 2) < 1e-12) }
  }

  @Test func oneInputWithTenThousandUses() {
    let slope = gradient(at: Tensor([1.0, 2.0], dtype: .float64)) { x in
      var sum = x
      for _ in 1..<10_000 { sum = sum + x }
      return sum.sum()
    }
    #expect(slope.scalars(of: Double.self) == [10_000, 10_000])
  }

  @Test func aChainThatNobodyDifferentiates() {
    var y = Tensor([1.0, -1.0], dtype: .float64)
    for _ in 0..<100_000 { y = y + 1 }
    #expect(y.scalars(of: Double.self) == [100_001, 99_999])
  }

  /// Eight times the length takes about eight times as long; quadratic growth would take 64 times.
  @Test func timeGrowsWithTheLength() {
    let clock = ContinuousClock()
    func time(_ length: Int) -> Double {
      (0..<3).map { _ in
        let elapsed = clock.measure { _ = chain(length, factor: 1.0000001) }
        return Double(elapsed.components.attoseconds) * 1e-18 + Double(elapsed.components.seconds)
      }.min()!
    }
    _ = time(1000)
    let ratio = time(80_000) / time(10_000)
    #expect(ratio < 30, "\(ratio)")
  }
}
