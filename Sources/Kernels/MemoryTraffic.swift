import Synchronization

/// What pointwise programs and batch statistics have read and written, in bytes of tensors as large as
/// their domain.
///
/// This is what deferral saves, so it is counted always: the guide quotes it and tests hold it.
package struct MemoryTraffic: Equatable, Sendable {
  package var read = 0
  package var written = 0

  private static let totalRead = Atomic(0)
  private static let totalWritten = Atomic(0)

  static func add(read: Int, written: Int) {
    totalRead.wrappingAdd(read, ordering: .relaxed)
    totalWritten.wrappingAdd(written, ordering: .relaxed)
  }

  /// What all threads together have moved since the process began.
  package static var total: MemoryTraffic {
    MemoryTraffic(
      read: totalRead.load(ordering: .relaxed), written: totalWritten.load(ordering: .relaxed))
  }

  package static func - (a: MemoryTraffic, b: MemoryTraffic) -> MemoryTraffic {
    MemoryTraffic(read: a.read - b.read, written: a.written - b.written)
  }
}
