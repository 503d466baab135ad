import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A lock for sections of a few instructions.
///
/// `Synchronization.Mutex` gives false reports under the thread sanitizer when contended; this does
/// not.
package final class SpinLock: Sendable {
  private let held = Atomic<Bool>(false)

  package init() {}

  package func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    while held.exchange(true, ordering: .acquiring) {
      var looks = 0
      while held.load(ordering: .relaxed) {
        looks += 1
        // Its holder may be waiting for this very processor.
        if looks > 100 { sched_yield() }
      }
    }
    defer { held.store(false, ordering: .releasing) }
    return try body()
  }
}
