import Synchronization

/// What was worked out for a key and is asked for again at every step: a training step has the same few
/// shapes each time.
///
/// Values follow from their keys alone, so forgetting one, or working it out twice, changes nothing.
final class Remembered<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
  /// More keys than this are forgotten together: a program with so many shapes gains nothing.
  private static var most: Int { 1024 }

  private let held = Atomic<Bool>(false)
  private var values: [Key: Value] = [:]

  /// The value of `key`: `compute()` if it is not known.
  func value(of key: Key, _ compute: () -> Value) -> Value {
    // Nobody waits: who comes second works it out.
    guard !held.exchange(true, ordering: .acquiring) else { return compute() }
    defer { held.store(false, ordering: .releasing) }
    if let known = values[key] { return known }
    if values.count >= Self.most { values.removeAll(keepingCapacity: true) }
    let value = compute()
    values[key] = value
    return value
  }
}
