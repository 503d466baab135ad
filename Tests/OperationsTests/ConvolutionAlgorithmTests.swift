import Autodiff
import Operations
import Tensors
import Testing

@Suite struct ConvolutionAlgorithmTests {
  private let x = waves([2, 7, 6, 5])
  private let kernel = waves([3, 3, 5, 4], phase: 1)

  /// The output and both gradients, with a cotangent that is not all ones.
  private func results() -> [[Double]] {
    let weights = waves([2, 7, 6, 4], phase: 2)
    let (dx, dk) = gradient(at: x, kernel) { x, kernel in
      (conv2D(x, kernel, padding: .same) * weights).sum()
    }
    return [conv2D(x, kernel, padding: .same), dx, dk].map(\.numbers)
  }

  @Test(arguments: [ConvolutionAlgorithm.winograd2, .winograd4])
  func givesTheSameUpToRounding(algorithm: ConvolutionAlgorithm) {
    let direct = withConvolutionAlgorithm(.direct) { results() }
    let filtered = withConvolutionAlgorithm(algorithm) { results() }
    for (a, b) in zip(direct, filtered) {
      // Another algorithm did run, or no digit would differ.
      #expect(a != b)
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test func theInnermostSettingHolds() {
    let direct = withConvolutionAlgorithm(.direct) { results() }
    withConvolutionAlgorithm(.winograd4) {
      #expect(withConvolutionAlgorithm(.direct) { results() } == direct)
      #expect(results() != direct)
      // float64 is computed directly unless told otherwise.
      #expect(withConvolutionAlgorithm(.automatic) { results() } == direct)
    }
    #expect(results() == direct)
  }
}
