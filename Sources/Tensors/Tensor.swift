import Kernels

/// An array of numbers with a shape: the value that everything in TapeGrad works on.
///
/// A tensor is a value. Its contents never change after construction, so copying one costs a
/// reference and sharing one between tasks is safe. Elements lie in row-major order without gaps.
/// The result of a pointwise operation may not have been computed yet; reading it computes it, and
/// no reader can tell the difference.
public struct Tensor: Sendable {
  /// The sizes of the axes.
  public let shape: Shape
  package let storage: Storage
  package let ticket: Ticket

  package init(_ storage: Storage, shape: Shape, ticket: Ticket = .none) {
    self.storage = storage
    self.shape = shape
    self.ticket = ticket
  }

  /// What one element is.
  public var dtype: DType { storage.dtype }
  /// The number of axes.
  public var rank: Int { shape.rank }
  /// The number of elements.
  public var count: Int { storage.count }

  /// The same value with another ticket.
  package func with(ticket: Ticket) -> Tensor { Tensor(storage, shape: shape, ticket: ticket) }

  /// The same value as a constant: no gradient flows through it.
  public var detached: Tensor { with(ticket: .none) }

  /// Computes the value now if it has not been needed yet, and returns the tensor.
  @discardableResult
  public func evaluated() -> Tensor {
    _ = storage.bytes
    return self
  }
}

/// Computes groups of values that have not been needed yet, each group in one pass over memory where its
/// values stand over the same domain. Does nothing while shapes are checked.
package func evaluateTogether(_ groups: [[Tensor]]) {
  if case .shapesOnly = Surroundings.current.execution { return }
  Evaluation.force(together: groups.map { $0.map(\.storage) })
}

/// Where on which tape a value was recorded. A ticket of a tape that is not in force means nothing.
package struct Ticket: Sendable, Hashable {
  package let tape: Int
  package let entry: Int

  package init(tape: Int, entry: Int) {
    self.tape = tape
    self.entry = entry
  }

  package static let none = Ticket(tape: 0, entry: 0)
}
