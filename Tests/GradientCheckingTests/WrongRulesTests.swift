import Autodiff
import GradientChecking
import Operations
import Tensors
import Testing

/// Rules that are wrong on purpose: the checker must say so, and why.
@Suite struct WrongRulesTests {
  private let matrix = Tensor(
    [[0.5, -1.25, 0.75], [1.5, 0.25, -0.5], [-0.75, 1.0, 0.375]], dtype: .float64)

  /// `sin`, with the right rule changed by `mutate`.
  private func planted(_ x: Tensor, _ mutate: @escaping (Tensor) -> Tensor) -> Tensor {
    customGradient(at: [x]) {
      sin($0[0])
    } pullback: { dy, inputs, _ in
      [mutate(dy * cos(inputs[0]))]
    }
  }

  private func expectWrong(
    _ report: GradientReport, cause: String?, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(!report.passes, sourceLocation: sourceLocation)
    #expect(report.verdict == .wrong, "\(report)", sourceLocation: sourceLocation)
    if let cause {
      let row = report.rows.first { $0.verdict == .wrong }
      #expect(row?.cause?.contains(cause) ?? false, "\(report)", sourceLocation: sourceLocation)
    }
  }

  @Test func theRightRulePasses() {
    for mode in [CheckMode.projection, .full] {
      let report = checkGradients(at: matrix, mode: mode) { self.planted($0) { $0 } }
      #expect(report.passes, "\(report)")
      #expect(report.verdict == .right)
    }
  }

  @Test func scaledByAThousandth() {
    expectWrong(
      checkGradients(at: matrix) { self.planted($0) { $0 * 1.001 } },
      cause: "factor: analytic is 1.001")
  }

  @Test func negated() {
    expectWrong(checkGradients(at: matrix) { self.planted($0) { -$0 } }, cause: "sign")
  }

  @Test func zeroed() {
    expectWrong(checkGradients(at: matrix) { self.planted($0) { $0 * 0 } }, cause: "zero")
  }

  @Test func transposed() {
    expectWrong(
      checkGradients(at: matrix) { self.planted($0) { $0.transposed } },
      cause: "transpose: analytic is numeric with axes 0 and 1 exchanged")
  }

  @Test func rolled() {
    expectWrong(
      checkGradients(at: matrix) { self.planted($0) { concatenate([$0[1..<3], $0[0..<1]]) } },
      cause: "shift: analytic is numeric moved by one along axis 0")
  }

  @Test func flipped() {
    expectWrong(
      checkGradients(at: matrix) { self.planted($0) { $0.flipped(axis: 1) } },
      cause: "flip: analytic is numeric reversed along axis 1")
  }

  @Test func aTermForgotten() {
    let report = checkGradients(at: matrix) { x in
      customGradient(at: [x]) {
        $0[0] * $0[0] + $0[0]
      } pullback: { dy, inputs, _ in
        [dy * inputs[0] * 2]
      }
    }
    expectWrong(
      report, cause: "forgotten term: numeric minus analytic is proportional to the cotangent")
  }

  @Test func halfOfTheElementsForgotten() {
    let mask = Tensor([[true, false, true], [false, true, true], [true, true, false]])
    expectWrong(
      checkGradients(at: matrix) { self.planted($0) { select(mask, $0, 0) } },
      cause: "forgotten term: 3 of 9 elements get nothing")
  }

  @Test func theSumOverARepeatedAxisMissing() {
    let bias = Tensor([0.5, -1, 2], dtype: .float64)
    func biased(_ rule: @escaping (Tensor) -> Tensor) -> GradientReport {
      checkGradients(at: matrix, bias) { x, b in
        customGradient(at: [x, b]) {
          $0[0] + $0[1]
        } pullback: { dy, _, _ in
          [dy, rule(dy)]
        }
      }
    }
    #expect(biased { $0.sum(axis: 0) }.passes)
    expectWrong(biased { $0[0] }, cause: "missing sum over broadcast axes: only index 0 of axis 0")
    expectWrong(biased { $0.mean(axis: 0) }, cause: "factor 1/3")
  }

  @Test func oneElementOfMany() {
    let x = Tensor.spaced(from: -1, through: 1, count: 200, dtype: .float64)
    let one = Tensor.oneHot(Tensor(Int32(77)), classes: 200, dtype: .float64)
    let report = checkGradients(at: x) { self.planted($0) { $0 + $0 * one * 0.25 } }
    expectWrong(report, cause: nil)
    let wrong = report.findings.filter { $0.verdict == .wrong && $0.order == 1 }
    #expect(wrong.map(\.index) == [[77]])
  }

  @Test func aRuleThatIgnoresItsCotangent() {
    expectWrong(
      checkGradients(at: matrix) { x in
        customGradient(at: [x]) {
          sin($0[0]).sum()
        } pullback: { _, inputs, _ in
          [cos(inputs[0])]
        }
      }, cause: nil)
  }

  @Test func aRuleThatIsNotLinearInItsCotangent() {
    expectWrong(checkGradients(at: matrix) { self.planted($0) { $0 * abs($0) } }, cause: nil)
  }

  @Test func aRuleThatCapturedItsOwnOutputLosesTheSecondDerivative() {
    let report = checkGradients(at: matrix) { x in
      customGradient(at: [x]) {
        exp($0[0])
      } pullback: { dy, _, y in
        [dy * y.detached]
      }
    }
    expectWrong(report, cause: "zero: the path is cut".replacing("zero: ", with: ""))
    #expect(report.rows.filter { $0.order == 1 }.allSatisfy { $0.verdict == .right }, "\(report)")
    #expect(report.rows.first { $0.verdict == .wrong }?.order == 2)
  }

  @Test func firstOrderAloneDoesNotSeeTheSecond() {
    let report = checkGradients(at: matrix, options: GradientCheckOptions(secondOrder: false)) {
      x in
      customGradient(at: [x]) {
        exp($0[0])
      } pullback: { dy, _, y in
        [dy * y.detached]
      }
    }
    #expect(report.passes)
  }

  @Test func everyMistakeIsAlsoFoundElementByElement() {
    let mistakes: [(Tensor) -> Tensor] = [
      { $0 * 1.001 }, { -$0 }, { $0 * 0 }, { $0.transposed }, { $0.flipped(axis: 0) },
      { $0 + 0.001 },
    ]
    for mistake in mistakes {
      let report = checkGradients(at: matrix, mode: .full) { self.planted($0, mistake) }
      #expect(report.verdict == .wrong)
    }
  }

  @Test func theReportNamesElementValuesStepAndPrimitive() throws {
    let report = checkGradients(at: matrix) { self.planted($0) { -$0 } }
    let finding = try #require(report.findings.first)
    #expect(finding.place == "input 0")
    #expect(finding.index?.count == 2)
    #expect(finding.primitive == "custom")
    #expect(abs(finding.relativeError - 2) < 1e-3)
    #expect(finding.step > 0)
    let text = report.description
    for part in [
      "gradients fail: wrong", "input 0 [3, 3], first order: wrong, 9 of 9 elements amiss",
      "relative error 2.0e+00", "best step", "read by custom", "usual cause: sign",
    ] { #expect(text.contains(part), "\(text)") }
  }

  // MARK: - Causes that are not

  /// A rule for `forward` of its own.
  private func ruled(
    _ x: Tensor, _ forward: @escaping (Tensor) -> Tensor,
    _ rule: @escaping (_ dy: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor
  ) -> Tensor {
    customGradient(at: [x]) {
      forward($0[0])
    } pullback: { dy, inputs, y in
      [rule(dy, inputs[0], y)]
    }
  }

  private func cause(_ report: GradientReport) -> String? {
    report.rows.first { $0.verdict == .wrong }?.cause
  }

  @Test func theCauseIsLookedForUnderTheCotangentThatFailed() {
    let report = checkGradients(at: matrix) { x in
      self.ruled(x, { $0.sum() }) { dy, x, _ in
        Tensor.ones(like: x) * (abs(dy.scalars(of: Double.self)[0]) > 1e5 ? dy * 2 : dy)
      }
    }
    expectWrong(report, cause: "factor")
    // Huge cotangents alone are doubled, and the operation is named with one.
    #expect(report.ruleAtFault?.hasPrefix("custom for its input 0") ?? false, "\(report)")
    #expect(report.ruleAtFault?.hasSuffix("(cotangent huge)") ?? false, "\(report)")
  }

  @Test func oneSmallElementDoubledBesideALargeOne() {
    let x = Tensor([15, 0.5, -0.25, 0.125], dtype: .float64)
    let mask = Tensor([1, 2, 1, 1], dtype: .float64)
    let report = checkGradients(at: x, mode: .full) { x in
      self.ruled(x, { exp($0) }) { dy, _, y in dy * y * mask }
    }
    expectWrong(report, cause: "factor: 1 of 4 elements get 2")
  }

  @Test func aRuleThatGivesNaN() {
    let x = Tensor([[0.5, -1.25], [1.5, 0.25]], dtype: .float64)
    let report = checkGradients(at: x) { x in
      self.ruled(x, { $0 * $0 }) { dy, x, _ in dy * 2 * x * ((x - 1.5) / (x - 1.5)) }
    }
    expectWrong(report, cause: "the rule gives NaN for 1 of 4 elements")
  }

  @Test func aFlatFunctionWithAStraightThroughRule() {
    let x = Tensor([0.3, 1.2, -0.7], dtype: .float64)
    let report = checkGradients(at: x) { x in
      self.ruled(x, { round($0 * 4) / 4 }) { dy, _, _ in dy }
    }
    expectWrong(report, cause: "the function is flat here")
  }

  @Test func aRuleThatIsNotZeroForACotangentOfZero() {
    let report = checkGradients(at: matrix) { x in
      self.ruled(x, { sin($0) }) { dy, x, _ in select(dy .== 0, 1, dy * cos(x)) }
    }
    expectWrong(report, cause: "not linear: the rule gives something for a cotangent of zero")
  }

  @Test func aConstantGradientIsNoTransposeOfItself() {
    // Every permutation maps the measured gradient to itself: none explains a thing.
    let noise = Tensor([1e-4, -1e-4, 0], dtype: .float64)
    let ones = Tensor([1, 1, 1], dtype: .float64)
    let report = checkGradients(at: ones, mode: .full) { x in
      self.ruled(x, { $0.sum() }) { dy, x, _ in (Tensor.ones(like: x) + noise) * dy }
    }
    #expect(report.verdict == .wrong)
    #expect(cause(report) == nil, "\(report)")
    let small = Tensor([2e-5, -2e-5, 0], dtype: .float64)
    let close = checkGradients(at: ones, mode: .full) { x in
      self.ruled(x, { $0.sum() }) { dy, x, _ in (Tensor.ones(like: x) + small) * dy }
    }
    #expect(close.verdict == .wrong)
    #expect(cause(close) == nil, "\(close)")
  }

  // MARK: - The rule at fault

  @Test func theScaleOfAnEntryDoesNotMakeItsReaderGuilty() {
    let x = Tensor([0.5, 1.25, 0.3], dtype: .float64)
    let report = checkGradients(at: x) { x in
      tanh((self.planted(x) { $0 * 2 } * 1e-7) * 1e7)
    }
    #expect(report.verdict == .wrong)
    #expect(report.ruleAtFault?.hasPrefix("custom for its input 0") ?? false, "\(report)")
  }

  @Test func nobodyIsNamedBehindWhatCannotBeMeasured() {
    // The sine is at fault, or what stands before it: neither float32 result can be displaced.
    let x = Tensor([0.5, 1.25, 0.3], dtype: .float64)
    let report = checkGradients(at: x) { x in
      tanh(self.planted(x.cast(to: .float32)) { $0 * 2 }.cast(to: .float64))
    }
    #expect(report.verdict == .wrong, "\(report)")
    #expect(report.ruleAtFault == nil, "\(report)")
  }
}
