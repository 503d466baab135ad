import Autodiff
import GradientChecking
import Operations
import Tensors
import Testing

@Suite struct VerdictTests {
  private func vector(_ values: [Double]) -> Tensor { Tensor(values, dtype: .float64) }

  @Test func rectifierAtZeroIsAKinkAndRightBesideIt() throws {
    let report = checkGradients(at: vector([1, 0, -0.5])) { relu($0) }
    #expect(report.verdict == .kink)
    #expect(report.passes, "\(report)")
    let kinks = report.findings.filter { $0.verdict == .kink }
    let finding = try #require(kinks.first)
    #expect(kinks.map(\.index) == [[1]])
    // Along the element the cotangent times 1 to the right and times 0 to the left.
    #expect(finding.sides.left == 0 || finding.sides.right == 0)
    #expect(report.notes.contains { $0.contains("input 0 [1]") && $0.contains("moved") })
  }

  @Test func absoluteValueAtZeroIsAKinkAlthoughCentralDifferencesAgree() {
    let report = checkGradients(at: vector([0.5, 0])) { abs($0) }
    #expect(report.verdict == .kink)
    #expect(report.passes, "\(report)")
  }

  @Test func tiesAreKinks() {
    let ties = Tensor([[1.0, 2, 2], [3, 3, 1]], dtype: .float64)
    let report = checkGradients(at: ties) { $0.max(axes: [1]) }
    #expect(report.verdict == .kink)
    #expect(report.passes, "\(report)")
    let image = Tensor([1.0, 1, 0, 2], shape: [1, 2, 2, 1], dtype: .float64)
    #expect(checkGradients(at: image) { maxPool2D($0, window: 2) }.verdict == .right)
    let level = Tensor.ones([1, 2, 2, 1], dtype: .float64)
    let pooled = checkGradients(at: level) { maxPool2D($0, window: 2) }
    #expect(pooled.verdict == .kink)
    #expect(pooled.passes, "\(pooled)")
  }

  @Test func aKinkDoesNotHideAWrongRule() {
    let report = checkGradients(at: vector([1, 0, -0.5, 2])) { x in
      customGradient(at: [x]) {
        relu($0[0])
      } pullback: { dy, inputs, _ in
        [select(inputs[0] .> 0, dy * 1.001, 0)]
      }
    }
    #expect(report.verdict == .wrong)
  }

  @Test func aKinkNearByIsMeasuredWithSmallerSteps() {
    // 1e-5 lies between the first two steps.
    let report = checkGradients(at: vector([1e-5, -1e-5, 1])) { relu($0) }
    #expect(report.verdict == .right, "\(report)")
  }

  @Test func aSawtoothAsFineAsTheStepsIsIllConditioned() {
    let report = checkGradients(at: vector([0.3, 0.7])) { sin($0 * 1e9) }
    #expect(report.verdict == .illConditioned, "\(report)")
    #expect(!report.passes)
  }

  @Test func theEdgeOfTheDomainIsIllConditioned() {
    let report = checkGradients(at: vector([0, 1])) { sqrt($0) }
    #expect(report.verdict == .illConditioned)
  }

  @Test func anInputThatDoesNothingIsVacuous() {
    let report = checkGradients(at: vector([1, 2]), vector([3, 4])) { x, _ in x * x }
    #expect(report.isVacuous)
    #expect(!report.passes)
    #expect(report.rows.first { $0.place == "input 1" }?.verdict == .vacuous)
    #expect(report.rows.first { $0.place == "input 0" }?.verdict == .right)
  }

  @Test func aSumOfNormalisedValuesIsVacuous() {
    let x = Tensor([[1.0, 4], [2, 3], [4, 1]], dtype: .float64)
    let report = checkGradients(at: x) { x in
      let (mean, variance) = moments(x)
      return ((x - mean) * rsqrt(variance + 0.01)).sum()
    }
    #expect(report.verdict == .vacuous, "\(report)")
    #expect("\(report)".contains("a gradient of zero would pass as well"))
  }

  @Test func hugeAndTinyInputsAreMeasuredOnTheirOwnScale() {
    for scale in [1e-4, 1e4] {
      let x = vector([1, 2, -3].map { $0 * scale })
      let report = checkGradients(at: x) { sin($0 / scale) }
      #expect(report.verdict == .right, "\(scale) \(report)")
    }
  }

  @Test func randomnessIsReplayed() {
    let x = Tensor.ones([4, 6], dtype: .float64)
    let report = checkGradients(at: x) { dropout($0, rate: 0.5) * $0 }
    #expect(report.passes, "\(report)")
  }

  @Test func aRandomSourceOfItsOwnMustBeNamed() {
    let source = RandomSource(seed: 5)
    let x = Tensor.ones([4, 6], dtype: .float64)
    let unnamed = checkGradients(at: x) { dropout($0, rate: 0.5, source: source) }
    #expect(!unnamed.passes)
    #expect(unnamed.faults.contains { $0.contains("options.replays") })
    let options = GradientCheckOptions(replays: [source])
    let named = checkGradients(at: x, options: options) { dropout($0, rate: 0.5, source: source) }
    #expect(named.passes, "\(named)")
  }

  @Test func labelsAndMasksPassThrough() {
    let logits = Tensor([[0.5, -1, 2], [1, 0.25, -0.5]], dtype: .float64)
    let report = checkGradients(at: [logits, Tensor([Int32(2), 0])]) { crossEntropy($0[0], $0[1]) }
    #expect(report.passes, "\(report)")
    #expect(report.rows.count == 3, "logits in both orders, and the cotangent")
  }

  @Test func singlePrecisionInputsAreConverted() {
    let report = checkGradients(at: Tensor([0.5, 1.5], dtype: .float32)) { x in
      #expect(x.dtype == .float64)
      return exp(x)
    }
    #expect(report.passes, "\(report)")
  }

  @Test func nothingToDifferentiateIsAFault() {
    #expect(!checkGradients(at: vector([1, 2])) { $0 .> 0 }.passes)
    #expect(!checkGradients(at: Tensor([Int32(1)])) { $0.cast(to: .float64) }.passes)
  }

  @Test func emptyInputsAndResults() {
    let empty = Tensor.zeros([0, 3], dtype: .float64)
    #expect(checkGradients(at: empty) { exp($0) }.passes)
    #expect(checkGradients(at: empty, vector([1, 2, 3])) { $0.sum(axis: 0) + $1 * $1 }.passes)
  }

  @Test func fullModeMeasuresEveryElement() {
    let x = Tensor([[1.0, 2, 3], [4, 5, 6]], dtype: .float64)
    let report = checkGradients(at: x, mode: .full) { log($0) }
    #expect(report.passes)
    #expect(report.rows.map(\.elementsMeasured) == [6, 6, 6])
    #expect(checkGradients(at: x) { log($0) }.rows.map(\.elementsMeasured) == [0, 0, 0])
  }

  @Test func projectionCostsAFewCalls() {
    let x = Tensor.spaced(from: -1, through: 1, count: 100, dtype: .float64)
    let options = GradientCheckOptions(secondOrder: false)
    // Two directions, two steps, two sides; one call to compare with the first, and two to see whether
    // some results change much faster than others.
    #expect(checkGradients(at: x, options: options) { tanh($0) }.evaluations == 11)
    #expect(checkGradients(at: x, mode: .full, options: options) { tanh($0) }.evaluations >= 400)
  }

  @Test func cotangentsAreNeverAllOnesAndCoverTheExtremes() {
    final class Log { var seen: [[Double]] = [] }
    let log = Log()
    let options = GradientCheckOptions(secondOrder: false)
    _ = checkGradients(at: vector([1, 2, 3]), options: options) { x in
      customGradient(at: [x]) {
        $0[0] * 2
      } pullback: { dy, _, _ in
        log.seen.append(dy.scalars(of: Double.self))
        return [dy * 2]
      }
    }
    #expect(log.seen.allSatisfy { $0 != [1, 1, 1] })
    #expect(log.seen.contains([0, 0, 0]))
    #expect(log.seen.contains { $0.count { $0 != 0 } == 1 })
    #expect(log.seen.contains { $0.allSatisfy { abs($0) > 1e5 } })
    #expect(log.seen.contains { $0.allSatisfy { abs($0) < 1e-5 && $0 != 0 } })
    #expect(log.seen.count { $0.allSatisfy { abs($0) >= 0.25 && abs($0) <= 2 } } >= 2)
  }

  @Test func theSameSeedGivesTheSameReport() {
    let x = vector([0.5, 1, 2])
    let options = GradientCheckOptions(seed: 3)
    let reports = (0..<2).map { _ in
      checkGradients(at: x, mode: .full, options: options) { exp($0) * $0 }.description
    }
    #expect(reports[0] == reports[1])
  }
}
