import Operations
import Tensors
import Testing

/// Operations whose operands are still being computed when they begin: the last of two that are evaluated
/// one after the other is in flight, and computed slowly.
///
/// In a process of its own: other tests' jobs would take the pool, and everything would be computed at once.
@Suite struct FlightTests {
  private struct Case: Sendable {
    let name: String
    let x: Shape
    let kernel: Shape
    let apply: @Sendable (Tensor, Tensor) -> Tensor
  }

  private static func convolution(
    _ name: String, _ x: Shape, _ kernel: Shape, strides: Pair = 1, dilation: Pair = 1,
    groups: Int = 1
  ) -> Case {
    Case(name: name, x: x, kernel: kernel) {
      conv2D($0, $1, strides: strides, padding: .same, dilation: dilation, groups: groups)
    }
  }

  /// Kernels of 65,536 elements and more, so that threads share the work on them.
  private static let cases = [
    convolution("minimal filtering", [8, 24, 24, 64], [3, 3, 64, 128]),
    convolution("minimal filtering by panels", [1, 8, 8, 128], [3, 3, 128, 128]),
    convolution("dilated", [2, 24, 24, 64], [3, 3, 64, 128], dilation: 2),
    convolution("strided", [4, 24, 24, 64], [3, 3, 64, 128], strides: 2),
    convolution("one by one", [4, 24, 24, 256], [1, 1, 256, 256]),
    convolution("one by one, strided", [4, 24, 24, 256], [1, 1, 256, 256], strides: 2),
    convolution("sums over lanes", [1, 12, 12, 2048], [3, 3, 2048, 4]),
    convolution("images in lanes", [32, 8, 8, 1024], [3, 3, 1024, 8]),
    convolution("depthwise", [2, 6, 6, 8192], [3, 3, 1, 8192], groups: 8192),
    convolution("small groups", [2, 6, 6, 4096], [3, 3, 2, 4096], groups: 2048),
    Case(name: "transposed", x: [2, 8, 8, 128], kernel: [3, 3, 64, 128]) {
      convTransposed2D($0, $1, strides: 2, padding: .same)
    },
    Case(name: "depthwise, transposed", x: [1, 4, 4, 8192], kernel: [3, 3, 1, 8192]) {
      convTransposed2D($0, $1, padding: .same, groups: 8192)
    },
    Case(name: "matrix product", x: [300, 300], kernel: [300, 300]) { matmul($0, $1) },
    Case(name: "concatenate", x: [300, 300], kernel: [300, 300]) {
      concatenate([$0, $1], axis: 1)
    },
    Case(name: "slice", x: [2], kernel: [400, 300]) { $1.sliced(axis: 1, from: 7, count: 50) },
    Case(name: "transpose", x: [2], kernel: [400, 300]) { $1.transposed([1, 0]) * 1 },
    Case(name: "pool", x: [2], kernel: [4, 32, 32, 32]) { maxPool2D($1, window: 2) },
    Case(name: "moments", x: [2], kernel: [40_000, 3]) {
      let (mean, variance) = moments($1)
      return concatenate([mean, variance])
    },
    Case(name: "sum", x: [2], kernel: [300, 300]) { $1.sum() },
    Case(name: "largest", x: [2], kernel: [300, 300]) { $1.max() },
    Case(name: "softmax", x: [2], kernel: [300, 300]) { softmax($1) },
  ]

  /// A value that waits to be computed, and takes a while.
  private static func slow(_ shape: Shape, phase: Double) -> Tensor {
    pow(abs(waves(shape, phase: phase, dtype: .float32)) + 0.25, 1.1)
  }

  private static func run() {
    for aCase in cases {
      func result(of x: Tensor, _ kernel: Tensor) -> [UInt32] {
        aCase.apply(x, kernel).scalars(of: Float.self).map(\.bitPattern)
      }
      let expected = result(
        of: slow(aCase.x, phase: 1).evaluated(), slow(aCase.kernel, phase: 2).evaluated())
      for round in 0..<5 {
        let found = result(of: slow(aCase.x, phase: 1), slow(aCase.kernel, phase: 2))
        precondition(found == expected, "\(aCase.name), round \(round)")
      }
    }
  }

  @Test(.timeLimit(.minutes(2))) func `operations wait for operands in flight`() async {
    await #expect(processExitsWith: .success) {
      for count in [2, 3] {
        threadCount = count
        FlightTests.run()
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `another thread waits for a value in flight`() async {
    await #expect(processExitsWith: .success) {
      threadCount = 2
      let expected = FlightTests.slow([300, 300], phase: 3).scalars(of: Float.self)
      for _ in 0..<20 {
        let value = FlightTests.slow([300, 300], phase: 3)
        // Evaluates `value` and leaves it in flight.
        let copy = concatenate([value, value])
        let task = Task.detached { (value * 1).scalars(of: Float.self) }
        let own = value.scalars(of: Float.self)
        let other = await task.value
        precondition(other == expected && own == expected)
        withExtendedLifetime(copy) {}
      }
    }
  }
}
