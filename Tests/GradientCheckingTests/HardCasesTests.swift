import Autodiff
import GradientChecking
import Operations
import Tensors
import Testing

/// Wrong rules that something larger hides, and right ones where measuring is hard.
@Suite struct HardCasesTests {
  private func vector(_ values: [Double]) -> Tensor { Tensor(values, dtype: .float64) }

  private func normal(_ shape: Shape) -> Tensor {
    withRandomSource(RandomSource(seed: 7)) { .normal(shape, dtype: .float64) }
  }

  private func custom(
    _ x: Tensor, _ function: @escaping (Tensor) -> Tensor,
    rule: @escaping (_ dy: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor
  ) -> Tensor {
    customGradient(at: [x]) {
      function($0[0])
    } pullback: { dy, inputs, y in
      [rule(dy, inputs[0], y)]
    }
  }

  // MARK: - Wrong

  @Test(arguments: [CheckMode.projection, .full])
  func aSlowResultBesideAFastOne(mode: CheckMode) {
    let report = checkGradients(at: normal([5]), mode: mode) { x in
      let fast = sin(x) * 1e7
      let slow = custom(x, { cos($0) }) { dy, x, _ in dy * sin(x) }
      return concatenate([fast, fast * 0.5, slow], axis: 0)
    }
    #expect(report.verdict == .wrong, "\(report)")
  }

  @Test func aFlatElementBesideASteepOne() {
    let mask = vector([1, 2, 1, 1])
    let report = checkGradients(at: vector([15, 0.5, -0.25, 0.125])) {
      custom($0, { exp($0) }) { dy, _, y in dy * y * mask }
    }
    #expect(report.verdict == .wrong, "\(report)")
    #expect(report.findings.first?.index == [1])
  }

  @Test(arguments: [5.0, 1e9, -3, .nan])
  func aSlopeFarOutsideOfBothSidesOfAKink(factor: Double) {
    let report = checkGradients(at: vector([1, 0, -2])) {
      custom($0, { relu($0) }) { dy, x, _ in
        select(x .== 0, dy * factor, select(x .> 0, dy, 0))
      }
    }
    #expect(report.verdict == .wrong, "\(report)")
    #expect(report.findings.first?.index == [1])
  }

  @Test func oneElementAmongMany() {
    var factors = [Double](repeating: 1, count: 100_000)
    factors[61_803] = 2
    let mask = vector(factors)
    let options = GradientCheckOptions(secondOrder: false, locatesFaults: false)
    let report = checkGradients(at: normal([100_000]), options: options) {
      custom($0, { sin($0) }) { dy, x, _ in dy * cos(x) * mask }
    }
    #expect(report.verdict == .wrong, "\(report)")
    #expect(report.findings.first?.index == [61_803])
    #expect(report.evaluations < 2000)
  }

  // MARK: - Right, but hard to measure

  @Test func rectifiersOfAHundredThousandNumbers() {
    let options = GradientCheckOptions(secondOrder: false)
    let report = checkGradients(at: normal([100_000]), options: options) { relu($0) }
    #expect(report.verdict == .right || report.verdict == .kink, "\(report)")
    #expect(report.evaluations < 2000)
  }

  @Test func differencesThatRoundingSwallows() {
    for offset in [1e10, 1e12] {
      let sum = checkGradients(at: vector([0.3, 0.7])) { (exp($0) + offset).sum() }
      #expect(sum.verdict != .wrong, "\(sum)")
      let each = checkGradients(at: vector([0.3, 0.7])) { $0 * 1.1 + offset }
      #expect(each.verdict != .wrong, "\(each)")
    }
  }

  @Test func anOscillationInPhaseWithTheSteps() {
    let report = checkGradients(at: vector([10, 500.25, 1000.75])) { sin($0 * (Double.pi * 32)) }
    #expect(report.verdict != .wrong, "\(report)")
  }

  @Test func cancellationInsideTheFunction() {
    let report = checkGradients(at: vector([1e-5, 1])) { (1 - cos($0)) / ($0 * $0) }
    #expect(report.verdict != .wrong, "\(report)")
  }

  @Test func elementsOfDifferentSizes() {
    for report in [
      checkGradients(at: vector([1e6, 1, 1e-3])) { log($0) },
      checkGradients(at: vector([1e4, 1e-4])) { sqrt($0) },
      checkGradients(at: vector([1e3, 1e-2, 1])) { 1 / $0 },
    ] {
      #expect(report.verdict == .right, "\(report)")
    }
  }

  @Test func aPartInSinglePrecision() {
    for seed in 0..<4 {
      let options = GradientCheckOptions(seed: UInt64(seed))
      let report = checkGradients(at: normal([6]), options: options) {
        sin($0.cast(to: .float32)).cast(to: .float64)
      }
      #expect(report.verdict == .right || report.verdict == .illConditioned, "\(report)")
      #expect("\(report)".contains("float32"))
      let wrong = checkGradients(at: normal([6]), options: options) { x in
        custom(x, { sin($0.cast(to: .float32)).cast(to: .float64) }) { dy, x, _ in
          dy * cos(x) * 1.5
        }
      }
      #expect(wrong.verdict == .wrong, "\(wrong)")
    }
  }

  @Test func aKinkBesideTheEdgeOfADomain() {
    let report = checkGradients(at: vector([0, 1]), vector([1e-3, 2e-3])) { relu($0) + log($1) }
    #expect(report.passes, "\(report)")
    #expect(report.verdict == .kink)
  }
}
