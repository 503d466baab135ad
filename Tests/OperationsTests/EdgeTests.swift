import Autodiff
import Operations
import Tensors
import Testing

/// What the documentation of each function says about the edges of its domain: value and gradient there.
@Suite struct EdgeTests {
  private struct Edge: Sendable {
    let name: String
    let x: Double
    let value: Double
    let slope: Double
    let function: @Sendable (Tensor) -> Tensor

    init(
      _ name: String, at x: Double, _ value: Double, slope: Double,
      _ function: @escaping @Sendable (Tensor) -> Tensor
    ) {
      (self.name, self.x, self.value, self.slope, self.function) = (name, x, value, slope, function)
    }
  }

  /// Values and slopes that are 0, whole, infinite or NaN, so that they are exact: the limits of the
  /// formulas, by hand.
  private static let edges: [Edge] = [
    Edge("exp", at: 710, .infinity, slope: .infinity) { exp($0) },
    Edge("exp", at: -.infinity, 0, slope: 0) { exp($0) },
    Edge("log", at: 0, -.infinity, slope: .infinity) { log($0) },
    Edge("sqrt", at: 0, 0, slope: .infinity) { sqrt($0) },
    Edge("sqrt", at: -1, .nan, slope: .nan) { sqrt($0) },
    Edge("reciprocal", at: 0, .infinity, slope: -.infinity) { reciprocal($0) },
    Edge("rsqrt", at: 0, .infinity, slope: -.infinity) { rsqrt($0) },
    Edge("rsqrt", at: -1, .nan, slope: .nan) { rsqrt($0) },
    Edge("logit", at: 0, -.infinity, slope: .infinity) { logit($0) },
    Edge("logit", at: 1, .infinity, slope: .infinity) { logit($0) },
    Edge("log1p", at: -1, -.infinity, slope: .infinity) { log1p($0) },
    Edge("expm1", at: 710, .infinity, slope: .infinity) { expm1($0) },
    Edge("expm1", at: -.infinity, -1, slope: 0) { expm1($0) },
    Edge("abs", at: 0, 0, slope: 0) { abs($0) },
    Edge("tanh", at: 20, 1, slope: 0) { tanh($0) },
    Edge("tanh", at: -20, -1, slope: 0) { tanh($0) },
    Edge("sigmoid", at: 38, 1, slope: 0) { sigmoid($0) },
    Edge("erf", at: .infinity, 1, slope: 0) { erf($0) },
    Edge("sin", at: .infinity, .nan, slope: .nan) { sin($0) },
    Edge("cos", at: .infinity, .nan, slope: .nan) { cos($0) },
    Edge("asin", at: 2, .nan, slope: .nan) { asin($0) },
    Edge("acos", at: 1, 0, slope: -.infinity) { acos($0) },
    Edge("acosh", at: 1, 0, slope: .infinity) { acosh($0) },
    Edge("acosh", at: 0, .nan, slope: .nan) { acosh($0) },
    Edge("atanh", at: 1, .infinity, slope: .infinity) { atanh($0) },
    Edge("atanh", at: -1, -.infinity, slope: .infinity) { atanh($0) },
    Edge("sinh", at: 711, .infinity, slope: .infinity) { sinh($0) },
    Edge("cosh", at: -711, .infinity, slope: -.infinity) { cosh($0) },
    Edge("floor", at: -0.5, -1, slope: 0) { floor($0) },
    Edge("ceil", at: 0.5, 1, slope: 0) { ceil($0) },
    Edge("round", at: 2.5, 2, slope: 0) { round($0) },
    Edge("sign", at: -3, -1, slope: 0) { sign($0) },
    Edge("power 0", at: 0, 1, slope: 0) { pow($0, 0) },
    Edge("power 1", at: 0, 0, slope: 1) { pow($0, 1) },
    Edge("power 3", at: 0, 0, slope: 0) { pow($0, 3) },
    Edge("power 1/2", at: 0, 0, slope: .infinity) { pow($0, 0.5) },
    Edge("power of a tensor", at: 0, 1, slope: 0) { pow($0, Tensor(0.0, dtype: .float64)) },
    Edge("power of itself", at: 0, 1, slope: 0) { pow($0, $0) },
    Edge("maximum", at: 2, 2, slope: 0) { maximum($0, 2) },
    Edge("maximum of itself", at: 2, 2, slope: 1) { maximum($0, $0) },
    Edge("minimum", at: 2, 2, slope: 0) { minimum($0, 2) },
    Edge("clamp", at: 1, 1, slope: 0) { clamp($0, from: 0, through: 1) },
    Edge("relu6", at: 6, 6, slope: 0) { relu6($0) },
    Edge("hardShrink", at: 0.5, 0, slope: 0) { hardShrink($0) },
    Edge("softShrink", at: 0.5, 0, slope: 0) { softShrink($0) },
    Edge("softShrink", at: -0.5, 0, slope: 0) { softShrink($0) },
    Edge("softShrink", at: 2, 1.5, slope: 1) { softShrink($0) },
    Edge("softShrink", at: -2, -1.5, slope: 1) { softShrink($0) },
    Edge("threshold", at: 1, -7, slope: 0) { threshold($0, above: 1, otherwise: -7) },
    Edge("threshold", at: .nan, -7, slope: 0) { threshold($0, above: 1, otherwise: -7) },
    Edge("hardSigmoid", at: 3, 1, slope: 0) { hardSigmoid($0) },
    Edge("hardSwish", at: -3, 0, slope: 0) { hardSwish($0) },
    Edge("hardSwish", at: 3, 3, slope: 1) { hardSwish($0) },
    Edge("softplus", at: 1000, 1000, slope: 1) { softplus($0) },
    Edge("softplus", at: -1000, 0, slope: 0) { softplus($0) },
    Edge("elu", at: 1000, 1000, slope: 1) { elu($0) },
    Edge("celu", at: 0, 0, slope: 1) { celu($0, alpha: 3) },
  ]

  @Test func valuesAndSlopesAreThoseDocumented() {
    for edge in Self.edges {
      let x = Tensor(edge.x, dtype: .float64)
      let value = edge.function(x).item
      let slope = gradient(at: x) { edge.function($0) }.item
      #expect(isSame(value, edge.value), "\(edge.name) at \(edge.x): \(value)")
      #expect(isSame(slope, edge.slope), "\(edge.name) at \(edge.x): slope \(slope)")
    }
  }

  private func isSame(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }

  @Test func theFirstNaNIsLargestAndSmallest() {
    let x = Tensor([1, .nan, 7, .nan, -3], dtype: .float64)
    #expect(x.argmax().scalars(of: Int.self) == [1])
    #expect(x.argmin().scalars(of: Int.self) == [1])
    #expect(x.max().item.isNaN && x.min().item.isNaN)
  }

  /// Half the square up to delta: the second derivative is 1 inside, at 0 and at the joints too.
  @Test func huberHasItsSecondDerivativeAtZero() {
    func second(_ x: Double) -> Double {
      let zero = Tensor(0.0, dtype: .float64)
      return gradient(at: Tensor(x, dtype: .float64)) { x in
        gradient(at: x) { huberLoss($0, zero, delta: 0.5) }
      }.item
    }
    #expect([0, -0.0, 0.25, 0.5, -0.5, 2].map(second) == [1, 1, 1, 1, 1, 0])
  }

  /// d/dx x^e = e x^(e-1): where both are 0 the power is 1 whatever x, and 0 times infinity is no slope.
  @Test func powersOfZeroToATensor() {
    let x = Tensor([0.0, 0, 0, -0.0], dtype: .float64)
    let exponents = Tensor([0.0, 1, 2, 3], dtype: .float64)
    #expect(pow(x, exponents).numbers == [1, 0, 0, 0])
    #expect(gradient(at: x) { pow($0, exponents).sum() }.numbers == [0, 1, 0, 0])
    let second = gradient(at: x) { x in gradient(at: x) { pow($0, exponents).sum() }.sum() }
    #expect(second.numbers == [0, 0, 2, 0])
    #expect(gradient(at: exponents) { pow(x, $0).sum() }.numbers == [0, 0, 0, 0])
  }
}
