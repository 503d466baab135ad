import Tensors

/// The core of `checkpointed`: runs `body`, forgets everything it recorded but its inputs, and records
/// in its place one operation whose rule runs `body` again.
///
/// What `body` read is found from what it recorded: entries of the tape from before it began, and
/// parameters. `again` surrounds each further run: it puts back what `body` found around itself the
/// first time, beyond what the tape knows.
package func recomputed(
  _ body: @escaping () -> Tensor, again: @escaping (() -> Tensor) -> Tensor
) -> Tensor {
  guard let tape = Tape.current else { return body() }
  if case .shapesOnly = Surroundings.current.execution { return body() }
  return Checkpoint(tape, body, again: again).record()
}

private final class Checkpoint {
  private let tape: Tape
  private let body: () -> Tensor
  private let again: (() -> Tensor) -> Tensor
  private let scopes: [Tape.Scope]
  private let surroundings: Surroundings
  private let frame: CallFrame?
  private let memory = LastPullback()

  init(_ tape: Tape, _ body: @escaping () -> Tensor, again: @escaping (() -> Tensor) -> Tensor) {
    self.tape = tape
    self.body = body
    self.again = again
    scopes = tape.scopes
    surroundings = Surroundings.current
    frame = CallFrame.current
  }

  func record() -> Tensor {
    let mark = tape.count
    let value = body()
    guard value.ticket.tape == tape.identifier, value.ticket.entry >= mark else { return value }
    value.evaluated()
    let sources = tape.forget(from: mark)
    let links = sources.map { source -> Link? in
      let entry = tape.entries[source]
      return Link(
        parent: Ticket(tape: tape.identifier, entry: source), shape: entry.shape,
        dtype: entry.dtype, rule: .plain { dy in self.part(of: source, among: sources, dy) })
    }
    return Autodiff.record(
      .checkpoint, shape: value.shape, dtype: value.dtype, links: links,
      compute: { value.storage })
  }

  private func part(of source: Int, among sources: [Int], _ dy: Tensor) -> Tensor {
    let parts = memory.value(for: dy) { pulledBack(dy, to: sources) }
    return parts[sources.firstIndex(of: source)!]
  }

  /// Runs the body again and walks it backwards.
  ///
  /// A walk that is itself recorded keeps what was recorded for it; any other forgets it at once.
  private func pulledBack(_ dy: Tensor, to sources: [Int]) -> [Tensor] {
    let isRecorded = Tape.current === tape
    let mark = tape.count
    let value = Surroundings.$current.withValue(surroundings) {
      CallFrame.$current.withValue(frame) {
        tape.reopening(scopes) { again(body) }
      }
    }
    guard value.shape == dy.shape, value.ticket.tape == tape.identifier,
      value.ticket.entry >= mark
    else {
      fail(
        "checkpointed",
        "the second run gave shape \(value.shape) and the first \(dy.shape): the body must do the "
          + "same whenever it runs")
    }
    let arrived = tape.walk(
      from: [(value.ticket.entry, dy)], downTo: mark, releasing: !isRecorded, into: Set(sources))
    if !isRecorded { _ = tape.forget(from: mark) }
    return sources.map { source in
      let entry = tape.entries[source]
      return arrived[source] ?? .zeros(entry.shape, dtype: entry.dtype)
    }
  }
}

extension Tape {
  /// Drops the rules of all entries from `mark` on, and returns what they read: earlier entries, and
  /// variables of parameters first read since, which stay.
  ///
  /// The entries keep their places, so that a ticket that got out of them reads as a constant.
  fileprivate func forget(from mark: Int) -> [Int] {
    let adopted = Set(scopes.flatMap(\.adoptedEntries))
    var sources: Set<Int> = []
    for index in mark..<count where !adopted.contains(index) {
      for parent in entries[index].parents where parent < mark || adopted.contains(parent) {
        sources.insert(parent)
      }
      release(index)
    }
    return sources.sorted()
  }
}
