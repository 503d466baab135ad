import Autodiff
import Kernels
import Layers
import Operations
import Tensors
import Testing

/// Bits never depend on when work is done, on who looks, or on how many threads do it.
@Suite(.serialized) struct SameBitsTests {
  /// A small residual network in plain operations; `look` sees every intermediate value.
  private struct Network: Module {
    let first: Parameter
    let second: Parameter
    let scale: Parameter
    let offset: Parameter
    let head: Parameter

    init(_ dtype: DType) {
      first = Parameter(waves([3, 3, 3, 8], phase: 1, scale: 0.3, dtype: dtype))
      second = Parameter(waves([3, 3, 8, 8], phase: 2, scale: 0.2, dtype: dtype))
      scale = Parameter(waves([8], phase: 3, dtype: dtype))
      offset = Parameter(waves([8], phase: 4, scale: 0.1, dtype: dtype))
      head = Parameter(waves([8, 5], phase: 5, dtype: dtype))
    }

    func normalised(_ x: Tensor, _ look: (Tensor) -> Tensor) -> Tensor {
      let (mean, variance) = moments(x)
      let centred = look(x - look(mean))
      let scaled = look(centred * look(rsqrt(look(variance) + 1e-5)))
      return look(look(scaled * scale.value) + offset.value)
    }

    func callAsFunction(_ x: Tensor, _ look: (Tensor) -> Tensor) -> Tensor {
      let a = look(relu(normalised(look(conv2D(x, first.value, padding: .same)), look)))
      let b = normalised(look(conv2D(a, second.value, padding: .same)), look)
      let joined = look(relu(look(b + a)))
      let squashed = look(look(joined * sigmoid(joined)) - look(tanh(joined) * 0.5))
      let pooled = look(maxPool2D(squashed, window: 2))
      return look(matmul(look(pooled.mean(axes: [1, 2])), head.value))
    }
  }

  private func run(
    _ network: Network, _ x: Tensor, _ labels: Tensor, look: @escaping (Tensor) -> Tensor
  ) -> [Tensor] {
    let result = valueAndGradient(of: network, at: [x]) { inputs -> (Tensor, Tensor) in
      let logits = network(inputs[0], look)
      let loss = look(crossEntropy(logits, labels, smoothing: 0.1))
      return (loss, logits)
    }
    let gradients = network.parameters.map { result.gradients[$0.box]! }
    return [result.value, result.auxiliary] + gradients + result.inputGradients
  }

  private func expectSameBits(
    _ a: [Tensor], _ b: [Tensor], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(a.count == b.count)
    for (index, pair) in zip(a, b).enumerated() {
      #expect(
        pair.0.hasSameBits(as: pair.1), "\(what): result \(index)", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [DType.float32, .float64])
  func readingEveryIntermediateChangesNoBit(_ dtype: DType) {
    let network = Network(dtype)
    let x = waves([6, 10, 12, 3], phase: 7, dtype: dtype)
    let labels = Tensor([Int32(0), 4, 2, 1, 3, 2])
    let plain = run(network, x, labels) { $0 }
    #expect(plain.allSatisfy { $0.scalars(of: Double.self).allSatisfy { $0.isFinite } })
    expectSameBits(run(network, x, labels) { $0 }, plain, "a second run")
    expectSameBits(run(network, x, labels) { $0.evaluated() }, plain, "reading everything")
    let eager = withoutDeferral { run(network, x, labels) { $0 } }
    expectSameBits(eager, plain, "without deferral")
    // Reading only some of them, in an irregular pattern.
    for seed in 1...5 {
      var count = seed
      let some = run(network, x, labels) { value in
        count = (count * 75 + 74) % 65537
        return count % 3 == 0 ? value.evaluated() : value
      }
      expectSameBits(some, plain, "reading some, \(seed)")
    }
  }

  @Test(arguments: [DType.float32, .float64])
  func theNumberOfThreadsChangesNoBit(_ dtype: DType) {
    let before = Threads.count
    defer { Threads.count = before }
    let network = Network(dtype)
    // Large enough that the work is split.
    let x = waves([8, 40, 48, 3], phase: 7, dtype: dtype)
    let labels = Tensor([Int32(0), 4, 2, 1, 3, 2, 0, 1])
    Threads.count = 1
    let one = run(network, x, labels) { $0 }
    for threads in [2, 3] {
      Threads.count = threads
      expectSameBits(run(network, x, labels) { $0 }, one, "\(threads) threads")
      expectSameBits(run(network, x, labels) { $0.evaluated() }, one, "\(threads) threads, read")
    }
  }

  /// Second derivatives too.
  @Test func readingChangesNoBitOfSecondDerivatives() {
    let x = waves([3, 4], phase: 1)
    let w = waves([4, 2], phase: 2)
    func second(_ look: @escaping (Tensor) -> Tensor) -> Tensor {
      gradient(at: w) { w in
        let slope = look(gradient(at: x) { x in look(softplus(look(matmul(x, w)))).sum() })
        return look(slope * slope).sum()
      }
    }
    let plain = second { $0 }
    #expect(second { $0.evaluated() }.hasSameBits(as: plain))
    #expect(withoutDeferral { second { $0 } }.hasSameBits(as: plain))
  }

  @Test func twoBackwardPassesGiveTheSameBits() {
    let x = waves([5, 7], phase: 1, dtype: .float32)
    let (_, pullback) = pullback(at: x) { softmax(tanh($0 * 3)) * sigmoid($0) }
    let cotangent = waves([5, 7], phase: 2, dtype: .float32)
    let once = pullback(cotangent)
    #expect(pullback(cotangent).hasSameBits(as: once))
  }
}
