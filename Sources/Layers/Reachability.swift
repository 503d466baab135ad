import Tensors

/// Which parameters a model can reach, remembered from step to step.
///
/// A walk by reflection costs some microseconds a layer, in every step the same. What it found holds as
/// long as the model's bytes are the same, if everything they lead to is a value: the copy that is kept
/// here makes sure that no array or box behind them is changed in place or replaced by another at the
/// same address. A model that holds a class, or whose parts say themselves what they consist of, is
/// walked each time.
struct Reachability: Sendable {
  let parameters: Set<ObjectIdentifier>
  /// Parameters that are reached but take no gradient.
  let untrained: Set<ObjectIdentifier>

  private struct Entry: Sendable {
    let model: any Module
    let bytes: [UInt8]
    let reachability: Reachability
  }

  /// The models of the last steps, the latest first. Reached only with the lock held.
  private final class Memory: @unchecked Sendable {
    let lock = SpinLock()
    var entries: [Entry] = []
  }

  private static let memory = Memory()
  private static let mostEntries = 4

  static func of<Model: Module>(_ model: Model) -> Reachability {
    let type = ObjectIdentifier(Model.self)
    let found = withUnsafeBytes(of: model) { bytes in
      memory.lock.withLock {
        memory.entries.first { entry in
          ObjectIdentifier(Swift.type(of: entry.model as Any)) == type
            && entry.bytes.elementsEqual(bytes)
        }?.reachability
      }
    }
    if let found { return found }
    let inventory = Inventory(of: model)
    let result = Reachability(
      parameters: Set(inventory.parameters.map { ObjectIdentifier($0.box) }),
      untrained: inventory.untrained)
    if inventory.isValue { remember(model, result) }
    return result
  }

  private static func remember<Model: Module>(_ model: Model, _ reachability: Reachability) {
    let bytes = withUnsafeBytes(of: model) { Array($0) }
    let entry = Entry(model: model, bytes: bytes, reachability: reachability)
    let dropped = memory.lock.withLock {
      let before = memory.entries
      memory.entries = [entry] + before.prefix(mostEntries - 1)
      return before
    }
    withExtendedLifetime(dropped) {}
  }

  /// Forgets all models. A new parameter means that a model is being built: one that it replaces must
  /// not be kept alive here.
  static func forget() {
    let dropped = memory.lock.withLock {
      let before = memory.entries
      memory.entries = []
      return before
    }
    withExtendedLifetime(dropped) {}
  }
}
