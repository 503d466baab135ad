import Autodiff
import GradientChecking
import Kernels
import Layers
import Operations
import Tensors
import Testing

@Suite(.serialized) struct CheckpointTests {
  /// Convolution, batch norm, dropout: parameters, running averages and randomness.
  private struct Block: Layer {
    let conv = Conv2D(inputs: 3, outputs: 3, kernel: 3, padding: .same, bias: false)
    let norm = BatchNorm(channels: 3)
    let noise = Dropout(rate: 0.25)
    func forward(_ x: Tensor) -> Tensor { noise(relu(norm(conv(x)))) }
  }

  private struct Model: Layer {
    let first = Block()
    let second = Block()
    let head = Conv2D(inputs: 3, outputs: 2, kernel: 1)
    let isCheckpointed: Bool
    func forward(_ x: Tensor) -> Tensor {
      guard isCheckpointed else { return head(second(first(x))) }
      let y = checkpointed { first(x) }
      return head(checkpointed { second(y) })
    }
  }

  private func model(checkpointed: Bool) -> Model {
    withRandomSource(RandomSource(seed: 4)) { Model(isCheckpointed: checkpointed) }
  }

  private let x = withRandomSource(RandomSource(seed: 9)) { Tensor.normal([2, 6, 5, 3]) }

  @Test func valueGradientsBuffersAndMasksHaveTheSameBits() throws {
    let models = [model(checkpointed: false), model(checkpointed: true)]
    let results = models.map { model in
      withRandomSource(RandomSource(seed: 1)) {
        valueAndGradient(of: model, at: x) { (model($0) * model($0)).sum() }
      }
    }
    #expect(results[0].value.hasSameBits(as: results[1].value))
    #expect(results[0].inputGradient.hasSameBits(as: results[1].inputGradient))
    #expect(results[0].gradients.count == results[1].gradients.count)
    for (a, b) in zip(models[0].parameters, models[1].parameters) {
      let plain = try #require(results[0].gradients[a.box])
      let again = try #require(results[1].gradients[b.box])
      #expect(plain.hasSameBits(as: again), "\(a.name)")
    }
    for (a, b) in zip(models[0].buffers, models[1].buffers) {
      #expect(a.box.value.hasSameBits(as: b.box.value), "\(a.name)")
    }
  }

  @Test func theBodyRunsAgainInTheBackwardPass() {
    var runs = 0
    let slope = gradient(at: Tensor([1.0, 2.0])) { x in
      checkpointed {
        runs += 1
        return exp(x) * x
      }.sum()
    }
    #expect(runs == 2)
    let plain = gradient(at: Tensor([1.0, 2.0])) { (exp($0) * $0).sum() }
    #expect(slope.hasSameBits(as: plain))
  }

  @Test func outsideOfAGradientItRunsOnce() {
    var runs = 0
    let value = checkpointed {
      runs += 1
      return Tensor([1.0]) * 2
    }
    #expect(runs == 1)
    #expect(value.scalars(of: Double.self) == [2])
  }

  @Test func checkpointsNest() {
    let x = Tensor([0.5, -0.25], dtype: .float64)
    func f(_ x: Tensor) -> Tensor { sin(exp(x) * x) }
    let nested = gradient(at: x) { x in
      checkpointed {
        let y = checkpointed { f(x) }
        return f(y) * x
      }.sum()
    }
    let plain = gradient(at: x) { (f(f($0)) * $0).sum() }
    #expect(differences(nested, plain).allSatisfy { $0 <= 1e-15 })
  }

  /// What is read in several places inside and outside is summed in another order: bits may differ.
  private func differences(_ a: Tensor, _ b: Tensor) -> [Double] {
    zip(a.scalars(of: Double.self), b.scalars(of: Double.self)).map { abs($0 - $1) }
  }

  @Test func secondDerivativesGoThrough() {
    let x = Tensor([0.5, -0.25], dtype: .float64)
    let report = checkGradients(at: x) { x in checkpointed { exp(x) * sin(x) } * x }
    #expect(report.passes, "\(report)")
    let third = gradient(at: x) { x in
      gradient(at: x) { x in
        gradient(at: x) { x in checkpointed { x * x * x * x }.sum() }.sum()
      }.sum()
    }
    // (x^4)''' = 24 x
    #expect(third.scalars(of: Double.self) == [12, -6])
  }

  @Test func aCheckpointedLayerPassesTheCheck() {
    let report = checkGradients(
      of: Model(isCheckpointed: true), at: Tensor.uniform([2, 4, 3, 3], dtype: .float64))
    #expect(report.passes, "\(report)")
  }

  @Test func twoCallsOfOneLayerKeepTheirOwnBuffers() {
    // The second call changes the running averages that the first one saw.
    let layer = BatchNorm(channels: 3)
    let plain = BatchNorm(channels: 3)
    let a = valueAndGradient(of: layer, at: x) { x in
      let y = checkpointed { layer(x) }
      return (checkpointed { layer(y * 2) } * x).sum()
    }
    let b = valueAndGradient(of: plain, at: x) { x in (plain(plain(x) * 2) * x).sum() }
    #expect(a.value.hasSameBits(as: b.value))
    #expect(differences(a.inputGradient, b.inputGradient).allSatisfy { $0 <= 1e-6 })
    for (one, other) in zip(layer.buffers, plain.buffers) {
      #expect(one.box.value.hasSameBits(as: other.box.value), "\(one.name)")
    }
  }

  @Test func aSourceOfItsOwnIsReplayedWhenNamed() {
    let source = RandomSource(seed: 3)
    func mask(_ position: UInt64) -> [Double] {
      source.position = position
      return gradient(at: Tensor.ones([64])) { x in
        checkpointed(replaying: [source]) { dropout(x, rate: 0.5, source: source) }.sum()
      }.scalars(of: Double.self)
    }
    let slope = mask(0)
    source.position = 0
    let drawn = dropout(.ones([64]), rate: 0.5, source: source).scalars(of: Double.self)
    #expect(slope == drawn)
    #expect(source.position == 64)
  }

  /// What stays between forward and backward pass: only what goes in and comes out of each checkpoint.
  /// In a process of its own, because the pool counts the bytes of all threads.
  @Test func lessMemoryIsKept() async {
    await #expect(processExitsWith: .success) {
      func kept(_ wrap: @escaping (@escaping () -> Tensor) -> Tensor) -> Int {
        let x = Tensor.ones([64, 64, 64])
        let before = MemoryPool.statistics.inUse
        let (_, pullback) = pullback(at: x) { x in
          wrap {
            var y = x
            for _ in 0..<8 { y = sin(y).evaluated() }
            return y
          }
        }
        return withExtendedLifetime(pullback) { MemoryPool.statistics.inUse - before }
      }
      let plain = kept { $0() }
      let checkpoint = kept { body in checkpointed(body) }
      guard plain > 4 << 20, checkpoint * 3 < plain else {
        fatalError("\(checkpoint) bytes with checkpoints, \(plain) without")
      }
    }
  }

  @Test func aBodyThatChangesStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      final class Count { var runs = 0 }
      let count = Count()
      _ = gradient(at: Tensor([1.0, 2.0])) { x in
        checkpointed {
          count.runs += 1
          return count.runs == 1 ? x * 2 : (x * 2).sum()
        }.sum()
      }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("checkpointed: the second run gave shape"), "\(text)")
  }

  @Test func anUnrecordedPullbackDoesNotCutTheRecordedOneAfterIt() {
    let x = Tensor([0.5, -1, 2], dtype: .float64)
    let ones = Tensor.ones(like: x)
    let slope = gradient(at: x) { x in
      let (_, pullback) = pullback(at: x) { x in checkpointed { sin(x) } }
      _ = withoutRecording { pullback(ones) }
      return pullback(ones).sum()
    }
    let expected = -sin(x)
    #expect(slope.hasSameBits(as: expected), "\(slope) \(expected)")
  }
}
