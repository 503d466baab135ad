/// The sums of one recording scope that nobody has needed yet.
///
/// Batch norm's backward pass asks for three sums over the same large domain; evaluating the first
/// computes every one that is ready, in one pass over memory. The list does not keep a sum alive: one
/// that nobody holds any more is never computed.
package final class PendingSums: @unchecked Sendable {
  private struct Waiting {
    weak var sum: Storage?
  }

  private let lock = SpinLock()
  private var waiting: [Waiting] = []

  package init() {}

  func append(_ sum: Storage) {
    lock.withLock { waiting.append(Waiting(sum: sum)) }
  }

  /// All sums still wanted and not yet evaluated, oldest first; forgets the others.
  func remaining() -> [Storage] {
    lock.withLock {
      waiting.removeAll { $0.sum?.isEvaluated ?? true }
      return waiting.compactMap(\.sum)
    }
  }

  /// Evaluates what is still wanted: nothing pending outlives its step.
  package func evaluateAll() {
    for sum in remaining() { _ = sum.address }
  }
}
