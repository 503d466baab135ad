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
  /// Whether the result of every entry stays, to be compared with another tape's.
  package let keepsValues: Bool
  /// Something to add to the result of one entry; only while a rule at fault is looked for.
  var displacement: (entry: Int, by: Tensor)?
  /// The entry that a checkpoint's body ended with, and the checkpoint's own, which repeats its value.
  package private(set) var replaced: [Int: Int] = [:]
  /// See `cost`.
  var measuredCost: TapeCost?
  private let lock = SpinLock()
  /// Values that rules keep for certain: batch norm's input, which its statistics' rule needs.
  private var kept: Set<ObjectIdentifier> = []

  init(keepsValues: Bool = false) {
    self.keepsValues = keepsValues
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
      output: keepsValues || links.contains { $0.needsOutput } ? output : nil,
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

    /// The entries of the parameters read so far.
    var adoptedEntries: [Int] { tickets.values.map(\.entry) }

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

  /// Runs `body` with these scopes open, as they were when something was first recorded.
  func reopening<Result>(_ scopes: [Scope], _ body: () throws -> Result) rethrows -> Result {
    let open = self.scopes
    self.scopes = scopes
    defer { self.scopes = open }
    return try body()
  }

  /// Lets go of an entry's rules, everything they captured, and its result.
  func release(_ index: Int) {
    let (links, output) = (entries[index].links, entries[index].output)
    entries[index].links = []
    entries[index].output = nil
    withExtendedLifetime((links, output)) {}
  }

  /// Notes that a checkpoint stands for what led to `entry`.
  func replaces(_ entry: Int, by checkpoint: Int) { replaced[entry] = checkpoint }

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

  /// Carries cotangents back from entries to those from `mark` on, and returns what arrived at each
  /// variable, and at the earlier entries named in `sources`.
  ///
  /// With `releasing`, an entry lets go of its rules and everything they captured as the walk passes:
  /// the memory of the forward pass shrinks while the backward pass runs.
  func walk(
    from starts: [(entry: Int, cotangent: Tensor)], downTo mark: Int, releasing: Bool,
    into sources: Set<Int> = []
  ) -> [Int: Tensor] {
    let number = Tape.lastWalk.wrappingAdd(1, ordering: .relaxed).newValue
    return Tape.$walkNumber.withValue(number) {
      carryBack(from: starts, downTo: mark, releasing: releasing, into: sources)
    }
  }

  private static let lastWalk = Atomic(0)

  /// Which walk is being made, of all walks of all tapes; 0 outside of one.
  @TaskLocal static var walkNumber = 0

  private func carryBack(
    from starts: [(entry: Int, cotangent: Tensor)], downTo mark: Int, releasing: Bool,
    into sources: Set<Int>
  ) -> [Int: Tensor] {
    var arrived: [Int: Tensor] = [:]
    guard let last = starts.map(\.entry).max(), last >= mark else { return arrived }
    var cotangents = [Tensor?](repeating: nil, count: last - mark + 1)
    for (entry, cotangent) in starts where entry >= mark {
      cotangents[entry - mark] =
        cotangents[entry - mark].map { accumulate($0, cotangent) } ?? cotangent
    }
    let probe = WalkProbe.current
    for index in stride(from: last, through: mark, by: -1) {
      var entry = entries[index]
      if releasing {
        entries[index].links = []
        entries[index].output = nil
      }
      guard let dy = cotangents[index - mark] else { continue }
      cotangents[index - mark] = nil
      probe?.onCotangent?(index, dy)
      if entry.primitive == .variable { arrived[index] = dy }
      // Each rule goes, with what it captured, before the next is called.
      var links = ContiguousArray(entry.links.reversed())
      entry.links = []
      while let link = links.popLast() {
        let parent = link.parent.entry
        guard parent >= mark || sources.contains(parent) else { continue }
        guard let part = carry(dy, over: link, of: entry, at: index, probe) else { continue }
        if parent < mark {
          arrived[parent] = arrived[parent].map { accumulate($0, part) } ?? part
        } else {
          cotangents[parent - mark] =
            cotangents[parent - mark].map { accumulate($0, part) } ?? part
        }
      }
    }
    return arrived
  }

  /// The part of one input; nil only where a probe takes it away.
  private func carry(
    _ dy: Tensor, over link: Link, of entry: Entry, at index: Int, _ probe: WalkProbe?
  ) -> Tensor? {
    let part =
      AnomalyWatch.isRunning
      ? AnomalyWatch.$walked.withValue(
        .init(
          operation: entry.primitive.rawValue,
          place: entry.frame?.pathDescription)
      ) { apply(link.rule, to: dy, of: entry, at: index) }
      : apply(link.rule, to: dy, of: entry, at: index)
    guard part.dtype == link.dtype else {
      fail(
        "\(entry.primitive)",
        "its rule gave a cotangent of \(part.dtype) for an input of \(link.dtype)")
    }
    if let probe { return probe.carried(part, over: link, of: entry, at: index) }
    return part.shape == link.shape ? part : part.summed(to: link.shape, for: entry.primitive)
  }

  private func apply(
    _ rule: Link.Rule, to dy: Tensor, of entry: Entry, at index: Int
  ) -> Tensor {
    switch rule {
    case .plain(let rule): return rule(dy)
    case .savingOutput(let rule):
      let ticket = Ticket(tape: identifier, entry: index)
      return rule(dy, Tensor(entry.output!, shape: entry.shape, ticket: ticket))
    }
  }
}
