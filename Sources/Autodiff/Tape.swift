import Synchronization
import Tensors

/// The operations of one computation in the order in which they ran (a Wengert list).
///
/// There is one tape for each outermost `gradient` or `valueAndGradient`; nested calls mark a place
/// on it. Backward is a loop from the last entry to the mark: no sorting, no recursion, one order in
/// which cotangents are added.
public final class Tape: @unchecked Sendable {
  /// One recorded operation.
  package struct Entry {
    package let primitive: Primitive
    package let shape: Shape
    package let dtype: DType
    /// Multiply-adds of a contraction; 0 for everything else.
    package let multiplyAdds: Int
    /// The module call it happened in.
    package let frame: CallFrame?
    package fileprivate(set) var links: [Link]
    package fileprivate(set) var output: Storage?
    /// The entries its inputs were made by, kept for printing after the rules are gone.
    package let parents: [Int]
  }

  private static let lastIdentifier = Atomic(0)

  package let identifier: Int
  package private(set) var entries: [Entry] = []
  private(set) var scopes: [Scope] = []
  private let lock = SpinLock()
  /// Values that rules keep for certain: batch norm's input, which its statistics' rule needs.
  private var kept: Set<ObjectIdentifier> = []

  init() {
    identifier = Tape.lastIdentifier.wrappingAdd(1, ordering: .relaxed).newValue
    entries.reserveCapacity(256)
  }

  /// The tape that records, if one does.
  package static var current: Tape? {
    guard let tape = Surroundings.current.tape else { return nil }
    return unsafeDowncast(tape, to: Tape.self)
  }

  /// Appends an operation; its result's ticket.
  func append(
    _ primitive: Primitive, shape: Shape, dtype: DType, multiplyAdds: Int = 0, links: [Link],
    output: Storage
  ) -> Ticket {
    let entry = Entry(
      primitive: primitive, shape: shape, dtype: dtype, multiplyAdds: multiplyAdds,
      frame: CallFrame.current, links: links,
      output: links.contains { $0.needsOutput } ? output : nil,
      parents: links.map(\.parent.entry))
    return lock.withLock {
      entries.append(entry)
      return Ticket(tape: identifier, entry: entries.count - 1)
    }
  }

  /// A new variable on the tape: `value`, and a link to where it came from if that is traced.
  func variable(_ value: Tensor) -> Tensor {
    let origin = Link(
      parent: value.ticket, shape: value.shape, dtype: value.dtype, rule: .plain { $0 })
    let links = value.ticket.tape == identifier ? [origin] : []
    let ticket = append(
      .variable, shape: value.shape, dtype: value.dtype, links: links, output: value.storage)
    return value.with(ticket: ticket)
  }

  /// Says that a rule on this tape keeps a value.
  package func keeps(_ value: Storage) {
    lock.withLock { _ = kept.insert(ObjectIdentifier(value)) }
  }

  /// Whether some rule is known to keep a value, so that another that keeps it costs no memory.
  package func isKept(_ value: Storage) -> Bool {
    lock.withLock { kept.contains(ObjectIdentifier(value)) }
  }

  // MARK: - Scopes

  /// One call of a differentiating function: where on the tape it began, and the parameters read
  /// since.
  package final class Scope: @unchecked Sendable {
    let mark: Int
    let tracesVariables: Bool
    package private(set) var boxes: [any AnyObject & Sendable] = []
    private var tickets: [ObjectIdentifier: Ticket] = [:]

    init(mark: Int, tracesVariables: Bool) {
      self.mark = mark
      self.tracesVariables = tracesVariables
    }

    package func ticket(of box: any AnyObject & Sendable) -> Ticket? {
      tickets[ObjectIdentifier(box)]
    }

    fileprivate func adopt(_ box: any AnyObject & Sendable, _ ticket: Ticket) {
      boxes.append(box)
      tickets[ObjectIdentifier(box)] = ticket
    }
  }

  func enter(tracesVariables: Bool) -> Scope {
    let scope = Scope(mark: entries.count, tracesVariables: tracesVariables)
    scopes.append(scope)
    return scope
  }

  func leave() { scopes.removeLast() }

  /// How many recording scopes are open.
  package var depth: Int { scopes.count }

  /// The value of a parameter as the recording scopes see it: each scope that differentiates with
  /// respect to parameters, outermost first, has its own variable for it.
  ///
  /// Scopes outside `depth` take the value as it is: it was put in the parameter's place inside them,
  /// and gradients flow into whatever it was made of.
  package func traced(
    _ box: any AnyObject & Sendable, _ value: Tensor, from depth: Int = 0
  ) -> Tensor {
    var value = value
    for scope in scopes.dropFirst(depth) where scope.tracesVariables {
      if let ticket = scope.ticket(of: box) {
        value = value.with(ticket: ticket)
      } else {
        value = variable(value)
        scope.adopt(box, value.ticket)
      }
    }
    return value
  }

  // MARK: - The walk

  /// Carries the cotangent of entry `output` back to the entries from `mark` on, and returns what
  /// arrived at each variable.
  ///
  /// With `releasing`, an entry lets go of its rules and everything they captured as the walk passes:
  /// the memory of the forward pass shrinks while the backward pass runs.
  func walk(
    from output: Int, cotangent: Tensor, downTo mark: Int, releasing: Bool
  ) -> [Int: Tensor] {
    guard output >= mark else { return [:] }
    var cotangents = [Tensor?](repeating: nil, count: output - mark + 1)
    var arrived: [Int: Tensor] = [:]
    cotangents[output - mark] = cotangent
    for index in stride(from: output, through: mark, by: -1) {
      var entry = entries[index]
      if releasing {
        entries[index].links = []
        entries[index].output = nil
      }
      guard let dy = cotangents[index - mark] else { continue }
      cotangents[index - mark] = nil
      if entry.primitive == .variable { arrived[index] = dy }
      // Each rule goes, with what it captured, before the next is called.
      var links = ContiguousArray(entry.links.reversed())
      entry.links = []
      while let link = links.popLast() {
        guard link.parent.entry >= mark else { continue }
        let part = carry(dy, over: link, of: entry, at: index)
        let parent = link.parent.entry - mark
        cotangents[parent] = cotangents[parent].map { accumulate($0, part) } ?? part
      }
    }
    return arrived
  }

  private func carry(_ dy: Tensor, over link: Link, of entry: Entry, at index: Int) -> Tensor {
    let part: Tensor
    switch link.rule {
    case .plain(let rule): part = rule(dy)
    case .savingOutput(let rule):
      let ticket = Ticket(tape: identifier, entry: index)
      part = rule(dy, Tensor(entry.output!, shape: entry.shape, ticket: ticket))
    }
    guard part.dtype == link.dtype else {
      fail(
        "\(entry.primitive)",
        "its rule gave a cotangent of \(part.dtype) for an input of \(link.dtype)")
    }
    return part.shape == link.shape ? part : part.summed(to: link.shape, for: entry.primitive)
  }
}
