import Autodiff
import Kernels
import Layers
import Operations
import Tensors
import Testing

/// What batch norm and ReLU, written as plain operations, read and write: the passes over memory that
/// deferral promises, counted in tensors as large as the input.
///
/// Each case runs in a process of its own, because the count is the whole process's.
@Suite struct MemoryTrafficTests {
  /// Forward: the statistics read the input; the result reads it again and is written. Backward: the two
  /// sums read cotangent and input (the mask is formed again from the input), the input's gradient reads
  /// both and is written.
  @Test func batchNormAndReLU() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      measure { norm, x, _ in relu(norm(x)) }
    }
    #expect(text(result) == "forward 2 read, 1 written; backward 4 read, 1 written")
  }

  /// The mask comes from the result, which is read as often as the branch would be. The cotangent of the
  /// branch is one more result.
  @Test func batchNormReLUAndResidual() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      measure(inputs: 2) { norm, x, branch in relu(norm(x) + branch) }
    }
    #expect(text(result) == "forward 3 read, 1 written; backward 8 read, 2 written")
  }

  /// Two blocks with residuals. The second reads cotangent, result and input for its sums and again for its
  /// input's gradient, which is written. Where the branches' cotangents join, the first reads three streams,
  /// its own result and input, and writes the joint cotangent in the same pass; its input's gradient reads that
  /// and the input and is written. The branch's gradient is the joint cotangent: nothing more is moved.
  @Test func residualBranchesJoinOnce() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      let weight = Tensor.full([64, 64], 0.015625)
      measure(inputs: 2) { norm, x, branch in
        let y = relu(norm(x) + branch)
        let contracted = matmul(y.reshaped(to: [-1, 64]), weight).reshaped(to: Array(y.shape))
        return relu(norm(contracted) + y)
      }
    }
    #expect(text(result) == "forward 6 read, 2 written; backward 13 read, 3 written")
  }

  /// In a longer chain each further block reads 6 and writes 2: the joint cotangent is written once, and its
  /// input's gradient.
  @Test(arguments: [
    (3, "9 read, 3 written; backward 19 read, 5"), (5, "15 read, 5 written; backward 31 read, 9"),
  ])
  func chainsOfResidualBlocks(blocks: Int, expected: String) async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) { [blocks] in
      let weight = Tensor.full([64, 64], 0.015625)
      measure(inputs: 2) { norm, x, branch in
        var y = relu(norm(x) + branch)
        for _ in 1..<blocks {
          let contracted = matmul(y.reshaped(to: [-1, 64]), weight).reshaped(to: Array(y.shape))
          y = relu(norm(contracted) + y)
        }
        return y
      }
    }
    #expect(text(result) == "forward \(expected) written")
  }

  /// A hand-written activation: what is dear to form again is formed in the first pass that needs it.
  @Test func handWrittenActivation() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      measure { norm, x, _ in
        let y = norm(x)
        return y * tanh(log(exp(y) + 1))
      }
    }
    #expect(text(result) == "forward 2 read, 1 written; backward 4 read, 2 written")
  }

  /// With nothing deferred every operation is a pass of its own: the count is real.
  @Test func withoutDeferralEveryOperationIsAPass() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      withoutDeferral { measure { norm, x, _ in relu(norm(x)) } }
    }
    // Statistics 1; difference, product, offset and ReLU read 1 and write 1 each.
    #expect(text(result).hasPrefix("forward 5 read, 4 written"))
  }
}

/// What a process wrote.
private func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
}

/// Prints the traffic of a function of a norm, its input and a second tensor, forward and backward.
private func measure(
  inputs count: Int = 1,
  _ function: @escaping (BatchNorm, Tensor, Tensor) -> Tensor
) {
  let shape: Shape = [4, 16, 16, 64]
  func waves(_ phase: Float) -> Tensor {
    Tensor(
      (0..<shape.elementCount).map { index in
        let t = (12.9898 * Float(index % 4093) + phase) / 6.2831853
        return 4 * abs(t - t.rounded(.down) - 0.5) - 1
      }, shape: shape)
  }
  let norm = BatchNorm(channels: 64)
  let inputs = (0..<count).map { waves(Float($0)) }
  let cotangent = waves(3)
  func passes(since before: MemoryTraffic) -> String {
    let moved = MemoryTraffic.total - before
    let tensor = 4 * shape.elementCount
    return "\(moved.read / tensor) read, \(moved.written / tensor) written"
  }
  var before = MemoryTraffic.total
  let result = withMode(.training) {
    pullback(of: norm, at: inputs) { function(norm, $0[0], $0.last!) }
  }
  result.value.evaluated()
  let forward = passes(since: before)
  before = MemoryTraffic.total
  _ = result.pullback(cotangent)
  print("forward \(forward); backward \(passes(since: before))", terminator: "")
}
