import Synchronization
import Tensors

/// Hears of every call of a module that ends while it is the current one.
final class CallObserver: Sendable {
  struct Call: Sendable {
    let frame: CallFrame
    /// The shape and dtype of the result, when it is one tensor.
    let output: (shape: Shape, dtype: DType)?
  }

  private let lock = SpinLock()
  private let noted = Box()

  /// Reached only with the lock held.
  private final class Box: @unchecked Sendable {
    var calls: [Call] = []
  }

  @TaskLocal static var current: CallObserver?

  func note(_ frame: CallFrame, _ result: Any) {
    let output = (result as? Tensor).map { ($0.shape, $0.dtype) }
    lock.withLock { noted.calls.append(Call(frame: frame, output: output)) }
  }

  /// The calls in the order in which they ended: inner ones before those they stand in.
  var calls: [Call] { lock.withLock { noted.calls } }
}
