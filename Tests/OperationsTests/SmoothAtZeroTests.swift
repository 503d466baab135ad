import Autodiff
import Operations
import Tensors
import Testing

/// Functions made of pieces that meet at 0 smoothly have their derivative there, not a sum of subgradients.
/// Random inputs of a gradient check never are exactly 0; a head that starts at zero gives nothing else.
@Suite struct SmoothAtZeroTests {
  private let zeros = Tensor([0.0, -0.0], dtype: .float64)

  private func slopes(_ function: (Tensor) -> Tensor) -> [Double] {
    gradient(at: zeros) { function($0).sum() }.numbers
  }

  @Test func softplusHasOneHalf() {
    #expect(slopes { softplus($0) } == [0.5, 0.5])
  }

  @Test func eluHasAlpha() {
    #expect(slopes { elu($0) } == [1, 1])
    #expect(slopes { elu($0, alpha: 0.25) } == [0.25, 0.25])
  }

  /// d/dx (softplus(x) - t x) = sigmoid(x) - t, at 0 for targets 0 and 1.
  @Test func binaryCrossEntropyOfZeroLogits() {
    let targets = Tensor([0.0, 1.0], dtype: .float64)
    #expect(slopes { binaryCrossEntropy(logits: $0, targets, reduction: .sum) } == [0.5, -0.5])
  }
}
