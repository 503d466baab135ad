import Autodiff
import GradientChecking
import Layers
import Operations
import Tensors
import Testing

/// The places where gradient checkers are known to give the wrong verdict, each with the right one.
@Suite struct KnownTrapsTests {
  private func vector(_ values: [Double]) -> Tensor { Tensor(values, dtype: .float64) }

  @Test func rectifierAtZero() {
    let report = checkGradients(at: vector([1, 0, -1])) { relu($0) }
    #expect(report.verdict == .kink && report.passes, "\(report)")
  }

  @Test func absoluteValueAtZero() {
    let report = checkGradients(at: vector([0, 2])) { abs($0) }
    #expect(report.verdict == .kink && report.passes, "\(report)")
  }

  /// Smooth at 0, though both parts have a kink there: their subgradients add up to 0 and not to 1/2.
  @Test func aSumOfSubgradients() {
    let softplus = { (x: Tensor) in relu(x) + log1p(exp(-abs(x))) }
    #expect(checkGradients(at: vector([1, -2, 0.5]), of: softplus).verdict == .right)
    let report = checkGradients(at: vector([0, -0.0, 0.5]), of: softplus)
    #expect(report.verdict == .wrong && !report.passes, "\(report)")
    let places = report.findings.filter { $0.order == 1 && $0.verdict == .wrong }.map(\.index)
    #expect(places == [[0], [1]])
  }

  /// Smooth at 0, and so is its slope: but |x| has no second derivative there.
  @Test func aSquareOfAnAbsoluteValue() {
    let square = { (x: Tensor) in abs(x) * abs(x) }
    let report = checkGradients(at: vector([0, 2]), of: square)
    #expect(report.verdict == .wrong, "\(report)")
    #expect(report.rows.allSatisfy { $0.order == 2 || $0.verdict == .right }, "\(report)")
  }

  @Test func tiesOfAPool() {
    let x = Tensor([3.0, 3, 1, 2], shape: [1, 2, 2, 1], dtype: .float64)
    let report = checkGradients(at: x) { maxPool2D($0, window: 2) }
    #expect(report.verdict == .kink && report.passes, "\(report)")
  }

  @Test func batchNormUnderASum() {
    let x = Tensor([[1.0, 4], [2, 3], [4, 1]], dtype: .float64)
    let report = checkGradients(of: BatchNorm(channels: 2), at: [x]) { $0($1[0]).sum() }
    #expect(report.verdict == .vacuous && !report.passes, "\(report)")
    #expect(report.rows.first { $0.place == "input 0" }?.verdict == .vacuous)
  }

  @Test func dropout() {
    let x = Tensor.ones([5, 7], dtype: .float64)
    let report = checkGradients(of: Dropout(rate: 0.5), at: x)
    #expect(report.verdict == .right && report.passes, "\(report)")
  }

  private struct Twice: Layer {
    let weight = Parameter(Tensor([[0.5, -0.25], [1.5, 0.75]]))
    /// Whether the second use is hidden from the gradient.
    var forgetsOne = false
    func forward(_ x: Tensor) -> Tensor {
      let second = forgetsOne ? weight.value.detached : weight.value
      return matmul(tanh(matmul(x, weight.value)), second)
    }
  }

  @Test func aParameterUsedTwice() throws {
    let x = Tensor([[1.0, -0.5], [0.25, 2]], dtype: .float64)
    #expect(checkGradients(of: Twice(), at: x).passes)
    let report = checkGradients(of: Twice(forgetsOne: true), at: x)
    #expect(report.verdict == .wrong)
    #expect(report.rows.first { $0.verdict == .wrong }?.place == "parameter weight")
  }

  private struct Hidden: Layer {
    private static let secret = Parameter(Tensor([1.0, 2.0], dtype: .float64))
    func forward(_ x: Tensor) -> Tensor { x * Hidden.secret.value }
  }

  @Test func aHiddenParameter() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = checkGradients(of: Hidden(), at: Tensor([[1.0, 2.0]], dtype: .float64))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("that Hidden cannot reach"), "\(text)")
  }

  @Test func aRuleThatCapturedItsOwnOutput() {
    let report = checkGradients(at: vector([0.5, -1, 0.25])) { x in
      customGradient(at: [x]) {
        exp($0[0])
      } pullback: { dy, _, y in
        [dy * y.detached]
      }
    }
    #expect(report.verdict == .wrong)
    #expect(report.rows.filter { $0.order == 1 }.allSatisfy { $0.verdict == .right })
  }

  /// First and second order through 100,000 operations: no stack overflow, and time that grows with the
  /// length, which the test of long chains of `Autodiff` measures.
  @Test func aChainOfAHundredThousandOperations() {
    let options = GradientCheckOptions(randomCotangents: 1, directions: 1)
    let report = checkGradients(at: vector([0.5, -0.25]), options: options) { x in
      var y = x
      for _ in 0..<50_000 { y = y * 0.99999 + x * 1e-6 }
      return y * y
    }
    #expect(report.passes, "\(report)")
  }

  // MARK: - The third opinion

  /// Results near 1e8 round to 1.5e-8: at the sweep's steps that is more than the tolerance, and only the
  /// extrapolation from large steps can tell right from wrong.
  @Test(arguments: [(1.1, true), (1.2, false)])
  func aThirdOpinionSettlesWhatRoundingHides(slope: Double, isRight: Bool) {
    let options = GradientCheckOptions(secondOrder: false)
    let report = checkGradients(at: vector([0.5, 1.25, 0.3]), mode: .full, options: options) { x in
      customGradient(at: [x]) {
        $0[0] * 1.1 + 1e8
      } pullback: { dy, _, _ in
        [dy * slope]
      }
    }
    #expect(report.passes == isRight, "\(report)")
    if !isRight { #expect(report.verdict == .wrong, "\(report)") }
  }

  @Test func aThirdOpinionStandsInTheReport() throws {
    let report = checkGradients(at: vector([0.5, 1.25])) { x in
      customGradient(at: [x]) {
        sin($0[0])
      } pullback: { dy, inputs, _ in
        [dy * cos(inputs[0]) * 1.5]
      }
    }
    #expect(report.verdict == .wrong)
    let finding = try #require(report.findings.first)
    let third = try #require(finding.thirdOpinion)
    #expect(abs(third - finding.numeric) < 1e-6 * abs(third))
    #expect("\(report)".contains("third opinion"))
  }

  // MARK: - The rule at fault

  private struct Planted: Layer {
    let weight = Parameter(Tensor([0.5, -1.5]))
    func forward(_ x: Tensor) -> Tensor {
      let y = customGradient(at: [weight.value, tanh(x)]) {
        $0[0] * $0[1]
      } pullback: { dy, inputs, _ in
        [(dy * inputs[1]).sum(axis: 0), dy * inputs[0] * 1.01]
      }
      return exp(y * 0.5)
    }
  }

  @Test func theRuleAtFaultIsFoundInsideAComposition() throws {
    let x = Tensor([[1.0, -0.5], [0.25, 2], [0.75, -1.5]], dtype: .float64)
    let report = checkGradients(
      of: Sequential {
        Planted(); Tanh()
      }, at: x)
    #expect(report.verdict == .wrong)
    let rule = try #require(report.ruleAtFault)
    #expect(rule.hasPrefix("custom for its input 1"), "\(report)")
    #expect(rule.contains("Planted"), "\(report)")
    #expect("\(report)".contains("rule at fault: custom for its input 1"))
  }

  /// Each primitive of a chain broken in turn is the one that is named.
  @Test(arguments: [Primitive.exp, .tanh, .matmul, .add, .sum])
  func theBrokenPrimitiveIsNamed(primitive: Primitive) throws {
    let w = Tensor([[0.5, -0.25], [1.5, 0.75]], dtype: .float64)
    let x = Tensor([[1.0, -0.5], [0.25, 0.5]], dtype: .float64)
    var probe = WalkProbe()
    probe.mutation = Mutation(.init(primitive, input: 0), .scaled)
    let report = probe.watching {
      checkGradients(at: x, w) { x, w in (exp(tanh(matmul(x, w))) + x).sum(axis: 0) }
    }
    #expect(report.verdict == .wrong)
    #expect(report.ruleAtFault?.hasPrefix("\(primitive) for its input 0") ?? false, "\(report)")
  }

  @Test func aRightGradientHasNoRuleAtFault() {
    #expect(checkGradients(at: vector([1, 2])) { exp($0) }.ruleAtFault == nil)
  }
}
