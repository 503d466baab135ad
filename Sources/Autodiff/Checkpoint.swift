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
    let made = value.ticket.entry
    // What is an earlier entry, or a parameter read in the body and nothing else, needs no second run.
    guard value.ticket.tape == tape.identifier, made >= mark, !tape.isAdopted(made) else {
      return value
    }
    value.evaluated()
    let sources = tape.forget(from: mark, behind: made)
    let links = sources.map { source -> Link? in
      let entry = tape.entries[source]
      return Link(
        parent: Ticket(tape: tape.identifier, entry: source), shape: entry.shape,
        dtype: entry.dtype, rule: .plain { dy in self.part(of: source, among: sources, dy) })
    }
    let result = Autodiff.record(
      .checkpoint, shape: value.shape, dtype: value.dtype, links: links,
      compute: { value.storage })
    if result.ticket.tape == tape.identifier {
      tape.replaces(made, by: result.ticket.entry)
    }
    return result
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
    if !isRecorded { _ = tape.forget(from: mark, behind: value.ticket.entry) }
    return sources.map { source in
      let entry = tape.entries[source]
      return arrived[source] ?? .zeros(entry.shape, dtype: entry.dtype)
    }
  }
}

extension Tape {
  /// Drops the rules of all entries from `mark` on, and returns what the entry `last` was made of:
  /// earlier entries, and variables of parameters first read since, which stay.
  ///
  /// What was read without leading to `last` is not among them: its path is cut, with a checkpoint as
  /// without. The entries keep their places, so that a ticket that got out of them reads as a constant.
  fileprivate func forget(from mark: Int, behind last: Int) -> [Int] {
    let adopted = Set(scopes.flatMap(\.adoptedEntries))
    var sources: Set<Int> = []
    var leads: Set<Int> = [last]
    for index in stride(from: count - 1, through: mark, by: -1) where !adopted.contains(index) {
      if leads.contains(index) {
        for parent in entries[index].parents {
          if parent < mark || adopted.contains(parent) {
            sources.insert(parent)
          } else {
            leads.insert(parent)
          }
        }
      }
      release(index)
    }
    return sources.sorted()
  }

  /// Whether an entry is the variable of a parameter in a scope that is open.
  fileprivate func isAdopted(_ entry: Int) -> Bool {
    scopes.contains { $0.adoptedEntries.contains(entry) }
  }
}
