import Synchronization

/// How convolutions are computed whose kernels are larger than one pixel both ways and mix channels.
///
/// Minimal filtering takes kernels of up to 3 x 3; larger ones are cut into such pieces, and where a
/// kernel steps over its source, or its taps lie apart, every so many pixels are an image of their own.
///
/// Errors against exact arithmetic, relative to the root mean square of the result, for inputs and
/// kernels of independent elements in float32: direct 2e-7 to 4e-7, `winograd2` 2e-7 to 1e-6,
/// `winograd4` 5e-7 to 3e-6 (it grows with the square root of the channels). The tests hold each to a
/// bound element by element: see `WinogradTests`.
public enum ConvolutionAlgorithm: String, Sendable, CaseIterable, Codable {
  /// By shape, from a model compiled in: nothing is tried out at run time, which would change bits.
  case automatic
  /// As sums over the taps. An element then depends on the pixels its taps meet and on nothing else.
  case direct
  /// Minimal filtering F(2x2, 3x3): 16 multiplications for 4 results where direct sums need 36.
  case winograd2
  /// Minimal filtering F(4x4, 3x3): 36 multiplications for 16 results where direct sums need 144.
  case winograd4

  @TaskLocal private static var selected = ConvolutionAlgorithm.automatic
  /// How many scopes select now, in all tasks. While it is zero nobody pays for the task-local.
  private static let selecting = Atomic<Int>(0)

  /// What is selected in this task. A kernel reads it on its caller's thread, before it hands
  /// blocks to other threads: task-local values do not reach those.
  package static var current: ConvolutionAlgorithm {
    selecting.load(ordering: .relaxed) > 0 ? selected : .automatic
  }

  /// Runs `body` with an algorithm selected. A convolution it cannot compute is computed directly.
  package static func with<Result>(
    _ algorithm: ConvolutionAlgorithm, _ body: () throws -> Result
  ) rethrows -> Result {
    selecting.add(1, ordering: .relaxed)
    defer { selecting.subtract(1, ordering: .relaxed) }
    return try $selected.withValue(algorithm, operation: body)
  }
}
