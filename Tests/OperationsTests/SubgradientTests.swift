import Autodiff
import Operations
import Tensors
import Testing

/// Derivatives at 0: where a function is smooth there, the only right one; elsewhere the one chosen.
@Suite struct SubgradientTests {
  private func slope(_ function: (Tensor) -> Tensor) -> Double {
    gradient(at: Tensor(0.0, dtype: .float64)) { function($0) }.item
  }

  @Test func smoothFunctions() {
    #expect(slope { softplus($0) } == 0.5)
    #expect(slope { logSigmoid($0) } == 0.5)
    #expect(slope { elu($0) } == 1)
    #expect(slope { celu($0, alpha: 2) } == 1)
    #expect(slope { softsign($0) } == 1)
    #expect(slope { silu($0) } == 0.5)
    #expect(slope { gelu($0) } == 0.5)
    // tanh(log 2) = 0.6
    #expect(Swift.abs(slope { mish($0) } - 0.6) < 1e-15)
    #expect(slope { tanhShrink($0) } == 0)
    // A network whose last layer begins at zero must learn: 1/2 less the target.
    #expect(slope { binaryCrossEntropy(logits: $0, Tensor(1.0, dtype: .float64)) } == -0.5)
    #expect(slope { binaryCrossEntropy(logits: $0, Tensor(0.0, dtype: .float64)) } == 0.5)
    #expect(slope { logCoshLoss($0, Tensor(0.0, dtype: .float64)) } == 0)
    #expect(slope { huberLoss($0, Tensor(0.0, dtype: .float64)) } == 0)
  }

  @Test func secondDerivativesOfSmoothFunctions() {
    func second(_ function: @escaping (Tensor) -> Tensor) -> Double {
      slope { x in gradient(at: x) { function($0) } }
    }
    #expect(second { softplus($0) } == 0.25)
    #expect(second { celu($0 * $0) } == 2)
  }

  @Test func kinks() {
    #expect(slope { relu($0) } == 0)
    #expect(slope { abs($0) } == 0)
    #expect(slope { leakyReLU($0, slope: 0.2) } == 0.2)
    #expect(slope { prelu($0, slope: Tensor(0.3, dtype: .float64)) } == 0.3)
    #expect(slope { softShrink($0) } == 0)
    #expect(slope { threshold($0, above: 0) } == 0)
    #expect(slope { hingeLoss($0, Tensor(1.0, dtype: .float64), margin: 0) } == 0)
  }

  /// Norms, deviations and cosines of zeros: 0, not NaN.
  @Test func vectorsOfZeros() {
    let zero = Tensor.zeros([3], dtype: .float64)
    for norm in [VectorNorm.l1, .l2, .p(1.5), .p(3), .p(0.5), .max] {
      #expect(gradient(at: zero) { $0.norm(norm) }.numbers == [0, 0, 0], "\(norm)")
    }
    #expect(gradient(at: zero) { $0.standardDeviation() }.numbers == [0, 0, 0])
    let other = Tensor([1.0, 2, 2], dtype: .float64)
    #expect(cosineSimilarity(zero, other).item == 0)
    let slopes = gradient(at: zero) { cosineSimilarity($0, other) }.numbers
    #expect(slopes.allSatisfy { $0.isFinite })
    #expect(Tensor([.nan, 1.0], dtype: .float64).norm().item.isNaN)
    #expect(Tensor([.nan, 1.0], dtype: .float64).norm(.p(3)).item.isNaN)
  }

  @Test func logarithmsOfProbabilitiesAreBounded() {
    let p = Tensor([0.0, 1, 0.5], dtype: .float64)
    let targets = Tensor([1.0, 0, 1], dtype: .float64)
    let losses = binaryCrossEntropy(probabilities: p, targets, reduction: .none)
    expectClose(losses, Tensor([100.0, 100, 0.6931471805599453], dtype: .float64))
    let slopes = gradient(at: p) {
      binaryCrossEntropy(probabilities: $0, targets, reduction: .sum)
    }
    #expect(slopes.numbers.allSatisfy { $0.isFinite })
  }
}
