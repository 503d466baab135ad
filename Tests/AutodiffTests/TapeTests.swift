import Autodiff
import Layers
import Operations
import Tensors
import Testing

private struct Net: Layer {
  let conv = Conv2D(inputs: 1, outputs: 4, kernel: 3, padding: .same, bias: false)
  func forward(_ x: Tensor) -> Tensor { relu(conv(x)).mean() }
}

@Suite struct TapeTests {
  private let x = Tensor([1.0, 2.0], dtype: .float64)

  @Test func countsOperations() {
    let tape = recordedTape(at: [x, x]) { ($0[0] * $0[1] + $0[0]).sum() }
    #expect(
      tape.operationCounts == ["variable": 2, "multiply": 1, "add": 1, "sum": 1, "reshape": 1])
    #expect(tape.count == 6)
  }

  @Test func printsOneLineAnEntry() {
    let tape = recordedTape(at: [x]) { exp($0[0] * 2) }
    #expect(
      tape.description == """
        %0 = variable(): float64 [2]
        %1 = multiply(%0): float64 [2]
        %2 = exp(%1): float64 [2]
        """)
  }

  @Test func namesTheModuleOfEachEntry() {
    let net = Net()
    let tape = recordedTape(at: []) { _ in net(Tensor.ones([1, 4, 4, 1])) }
    #expect(tape.description.contains("correlate"))
    #expect(tape.description.contains("Net.conv (Conv2D)"), "\(tape)")
  }

  @Test func countsMultiplyAdds() {
    let a = Tensor.ones([3, 4])
    let b = Tensor.ones([4, 5])
    #expect(recordedTape(at: [a, b]) { matmul($0[0], $0[1]) }.multiplyAdds == 3 * 4 * 5)
    let net = Net()
    // 16 pixels, 9 weights, 1 channel in, 4 out
    let tape = recordedTape(at: []) { _ in net(Tensor.ones([1, 4, 4, 1])) }
    #expect(tape.multiplyAdds == 16 * 9 * 4)
  }

  @Test func untracedOperationsAreNotRecorded() {
    let constant = Tensor([3.0, 4.0], dtype: .float64)
    let tape = recordedTape(at: [x]) { inputs in
      _ = exp(constant) * constant
      return inputs[0] + sin(constant)
    }
    #expect(tape.operationCounts == ["variable": 1, "add": 1])
  }

  /// A nested gradient's walk stands on the same tape.
  @Test func nestedWalksAreRecorded() {
    let tape = recordedTape(at: [x]) { inputs in gradient(at: inputs[0]) { exp($0).sum() } }
    #expect(tape.operationCounts["exp"] == 1)
    #expect(tape.operationCounts["multiply"] == 1, "\(tape)")
    #expect(tape.operationCounts["variable"] == 2)
  }

  @Test func everyPrimitiveIsEitherCheckedOrListed() {
    #expect(Primitive.withoutDerivative.isDisjoint(with: Primitive.bookkeeping))
    #expect(Primitive.bookkeeping == [.variable, .custom, .hook, .checkpoint])
    #expect(Set(Primitive.allCases.map(\.rawValue)).count == Primitive.allCases.count)
  }

  @Test func noTapeIsInForceOutside() {
    #expect(Tape.current == nil)
    _ = gradient(at: x) { x in
      #expect(Tape.current != nil)
      withoutRecording { #expect(Tape.current == nil) }
      return x.sum()
    }
    #expect(Tape.current == nil)
  }

  /// The memory of a step goes with it: what a gradient captured is released when it ends.
  @Test func aFinishedTapeHoldsNothing() {
    weak var memory: Storage?
    let slope = gradient(at: x) { x in
      let large = Tensor.ones([1000], dtype: .float64).evaluated()
      memory = large.storage
      return (x.sum() * large).sum()
    }
    #expect(slope.scalars(of: Double.self) == [1000, 1000])
    #expect(memory == nil)
  }
}
