import Autodiff
import Operations
import Tensors

/// Runs `body` without keeping what its backward pass needs, and runs it again when a backward pass
/// gets there: more time (one more forward pass of `body`) for less memory (only what went in and came
/// out of it is kept).
///
///     let y = checkpointed { block(block(x)) }
///
/// The value has the same bits as without, and so have gradients but for one thing: what is read at
/// several places, some inside and some outside, has the parts from inside summed first, where one sum
/// runs through all otherwise. `body` may read any tensor and parameter around it. What it found around itself is put back for
/// the second run: mode, substituted and frozen parameters, the convolution algorithm, deferral, the
/// default dtype, the random source in force at its position (dropout draws the same mask), and those
/// named in `replaying`. A buffer that `body` assigned, such as a running average, keeps what the first
/// run gave it; the second one sees the values the first one saw. Nests: a checkpoint inside another is
/// run again with it, and derivatives of any order go through. Outside of a gradient it is `body()`.
///
/// `body` must do the same whenever it runs: task-local values and variables of your own are not put
/// back. Only the tensor that is returned may leave it; a recorded one that gets out in another way
/// reads as a constant. Stops when the second run gives another shape. Source: Chen et al., Training
/// Deep Nets with Sublinear Memory Cost, 2016.
public func checkpointed(
  replaying sources: [RandomSource] = [], _ body: @escaping () -> Tensor
) -> Tensor {
  let chosen = Mode.chosen
  let substitutes = Substitutes.current
  let algorithm = ConvolutionAlgorithm.current
  let seed = RandomSource.current.seed
  let position = RandomSource.current.position
  let positions = sources.map(\.position)
  let log = BufferLog()
  return recomputed({ BufferLog.recording(log, body) }) { body in
    let now = sources.map(\.position)
    for (source, position) in zip(sources, positions) { source.position = position }
    defer { for (source, position) in zip(sources, now) { source.position = position } }
    return withRandomSource(RandomSource(seed: seed, position: position)) {
      Mode.$chosen.withValue(chosen) {
        Substitutes.$current.withValue(substitutes) {
          withConvolutionAlgorithm(algorithm) { BufferLog.replaying(log, body) }
        }
      }
    }
  }
}

/// The values that buffers had before a checkpoint first assigned to them.
final class BufferLog: @unchecked Sendable {
  private let lock = SpinLock()
  private var values: [ObjectIdentifier: Tensor] = [:]

  /// A run of a checkpoint: the first, which notes in its log and in those of the checkpoints around it,
  /// or a further one, which also reads and assigns values of its own instead of the buffers'.
  private struct Run: Sendable {
    let logs: [BufferLog]
    let overlay: BufferLog?
  }

  @TaskLocal private static var run: Run?

  static func recording<Result>(_ log: BufferLog, _ body: () -> Result) -> Result {
    let next = Run(logs: (run?.logs ?? []) + [log], overlay: run?.overlay)
    return $run.withValue(next, operation: body)
  }

  static func replaying<Result>(_ log: BufferLog, _ body: () -> Result) -> Result {
    let overlay = BufferLog()
    overlay.values = log.lock.withLock { log.values }
    return $run.withValue(Run(logs: [], overlay: overlay), operation: body)
  }

  /// The value of a buffer in a further run; nil where the buffer's own holds.
  static func value(of buffer: Buffer) -> Tensor? {
    guard let overlay = run?.overlay else { return nil }
    return overlay.lock.withLock { overlay.values[ObjectIdentifier(buffer)] }
  }

  /// Notes an assignment to a buffer that held `old`; whether it was made here instead.
  static func assigns(_ value: Tensor, to buffer: Buffer, holding old: Tensor) -> Bool {
    guard let run else { return false }
    let key = ObjectIdentifier(buffer)
    for log in run.logs {
      log.lock.withLock { if log.values[key] == nil { log.values[key] = old } }
    }
    guard let overlay = run.overlay else { return false }
    overlay.lock.withLock { overlay.values[key] = value }
    return true
  }
}
