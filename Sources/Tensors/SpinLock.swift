import Synchronization

/// A lock for sections of a few instructions.
///
/// `Synchronization.Mutex` gives false reports under the thread sanitizer when contended; this does
/// not.
package final class SpinLock: Sendable {
  private let held = Atomic<Bool>(false)

  package init() {}

  package func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    while held.exchange(true, ordering: .acquiring) {
      while held.load(ordering: .relaxed) {}
    }
    defer { held.store(false, ordering: .releasing) }
    return try body()
  }
}
