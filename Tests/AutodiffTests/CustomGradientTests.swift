import Autodiff
import Operations
import Tensors
import Testing

@Suite struct CustomGradientTests {
  private let x = Tensor([0.5, -1.0, 2.0], dtype: .float64)

  @Test func theRuleIsTheUsersOwn() {
    // A straight-through estimator: rounds forward, passes the cotangent backward.
    let slope = gradient(at: x) { x in
      let rounded = customGradient(at: [x]) {
        round($0[0])
      } pullback: { dy, _, _ in
        [dy]
      }
      return (rounded * 3).sum()
    }
    #expect(slope.scalars(of: Double.self) == [3, 3, 3])
  }

  @Test func onePullbackServesAllInputs() {
    final class Counter { var calls = 0 }
    let counter = Counter()
    let (a, b) = gradient(at: x, x) { a, b in
      customGradient(at: [a, b]) {
        $0[0] * $0[1]
      } pullback: { dy, inputs, _ in
        counter.calls += 1
        return [dy * inputs[1], dy * inputs[0] * 10]
      }.sum()
    }
    #expect(a.scalars(of: Double.self) == [0.5, -1, 2])
    #expect(b.scalars(of: Double.self) == [5, -10, 20])
    #expect(counter.calls == 1)
  }

  @Test func rulesInTensorOperationsHaveDerivativesThemselves() {
    func cube(_ x: Tensor) -> Tensor {
      customGradient(at: [x]) {
        $0[0] * $0[0] * $0[0]
      } pullback: { dy, inputs, _ in
        [dy * inputs[0] * inputs[0] * 3]
      }
    }
    let third = gradient(at: x) { x in
      gradient(at: x) { x in gradient(at: x) { cube($0).sum() }.sum() }.sum()
    }
    #expect(third.scalars(of: Double.self) == [6, 6, 6])
  }

  @Test func theOutputHandedToTheRuleIsTraced() {
    // exp by a rule in terms of its output: all derivatives are exp.
    func exponential(_ x: Tensor) -> Tensor {
      customGradient(at: [x]) {
        exp($0[0])
      } pullback: { dy, _, y in
        [dy * y]
      }
    }
    let second = gradient(at: x) { x in gradient(at: x) { exponential($0).sum() }.sum() }
    let expected = exp(x)
    for (one, two) in zip(second.scalars(of: Double.self), expected.scalars(of: Double.self)) {
      #expect(abs(one - two) < 1e-15 * two)
    }
  }

  @Test func theForwardPassIsNotRecorded() {
    let tape = recordedTape(at: [x]) { inputs in
      customGradient(at: inputs) {
        exp(sin(cos($0[0])))
      } pullback: { dy, _, _ in
        [dy]
      }
    }
    #expect(tape.operationCounts == ["variable": 1, "custom": 1])
  }

  @Test func theWrongNumberOfCotangentsStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gradient(at: Tensor([1.0]), Tensor([2.0])) { a, b in
        customGradient(at: [a, b]) {
          $0[0] * $0[1]
        } pullback: { dy, _, _ in
          [dy]
        }.sum()
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("2 inputs want as many cotangents, the pullback returned 1"), "\(text)")
  }

  @Test func anUnrecordedPullbackDoesNotCutTheRecordedOneAfterIt() {
    // d/dx of cos x, whichever call of the pullback came first.
    let ones = Tensor.ones(like: x)
    let slope = gradient(at: x) { x in
      let (_, pullback) = pullback(at: x) { x in
        customGradient(at: [x]) {
          sin($0[0])
        } pullback: { dy, inputs, _ in
          [dy * cos(inputs[0])]
        }
      }
      _ = withoutRecording { pullback(ones) }
      return pullback(ones).sum()
    }
    for (one, two) in zip(slope.scalars(of: Double.self), x.scalars(of: Double.self)) {
      #expect(abs(one + sin(Tensor(two, dtype: .float64)).scalars(of: Double.self)[0]) < 1e-15)
    }
  }
}
