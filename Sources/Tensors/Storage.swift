import Kernels
import Synchronization

/// The contents of a tensor: bytes, or the expression that will give them.
///
/// A storage is written once. While it is deferred it holds an `Expression`; the first reader
/// evaluates it, publishes the bytes and drops the expression. Two threads that read at the same time
/// may both evaluate; one result is published, and the bits are the same.
package final class Storage: @unchecked Sendable {
  package let count: Int
  package let dtype: DType

  /// The cost of the expression, kept so that graphs stay small; 0 once evaluated.
  package let size: Expression.Size

  private let evaluated: Atomic<Bool>
  private let lock = SpinLock()
  private var memory: Memory?
  private var offset = 0
  private var expression: Expression?
  /// How many places of expressions not yet evaluated name this storage.
  private let consumers = Atomic(0)
  /// Whether the operands count this storage among those that wait for them.
  private let isConsumer: Bool
  /// See ``formedAgain``.
  private var twin: Storage?

  /// Storage that shares the bytes of `memory` from `offset` on.
  package init(count: Int, dtype: DType, memory: Memory, offset: Int = 0) {
    self.count = count
    self.dtype = dtype
    self.memory = memory
    self.offset = offset
    size = .none
    isConsumer = false
    evaluated = Atomic(true)
  }

  /// Storage that will hold the value of `expression`.
  package init(
    count: Int, dtype: DType, deferred expression: Expression, size: Expression.Size,
    isConsumer: Bool = true
  ) {
    self.isConsumer = isConsumer
    self.count = count
    self.dtype = dtype
    self.expression = expression
    self.size = size
    evaluated = Atomic(false)
    if isConsumer {
      expression.forEachOperand { $0.consumers.wrappingAdd(1, ordering: .relaxed) }
    }
  }

  deinit { expression.map(dropOperands) }

  private func dropOperands(of expression: Expression) {
    if isConsumer {
      expression.forEachOperand { $0.consumers.wrappingSubtract(1, ordering: .relaxed) }
    }
  }

  /// Whether somebody already keeps the value as ``formedAgain``.
  package var hasTwin: Bool { lock.withLock { twin != nil } }

  /// A storage of the same value that will form it again, for one who needs it much later and would rather not
  /// hold its bytes meanwhile; the same one for all who ask. This storage itself if it is evaluated.
  package var formedAgain: Storage {
    lock.withLock {
      if let twin { return twin }
      guard let expression else { return self }
      let twin = Storage(
        count: count, dtype: dtype, deferred: expression, size: size, isConsumer: false)
      self.twin = twin
      return twin
    }
  }

  /// Storage filled at once by a kernel that writes every element.
  package static func computed(
    count: Int, dtype: DType, _ fill: (UnsafeMutableRawPointer) -> Void
  ) -> Storage {
    let memory = Memory(byteCount: count * dtype.byteWidth)
    fill(memory.pointer)
    return Storage(count: count, dtype: dtype, memory: memory)
  }

  /// The same, by a kernel whose last job is left in flight: it reads what ``address`` gives, and does nothing
  /// after that job.
  package static func launched(
    count: Int, dtype: DType, _ fill: (UnsafeMutableRawPointer) -> Void
  ) -> Storage {
    computed(count: count, dtype: dtype) { target in Threads.leaving { fill(target) } }
  }

  /// Storage that stands for a value nobody computes: shapes are being checked.
  package static func absent(count: Int, dtype: DType) -> Storage {
    Storage(count: count, dtype: dtype, deferred: .absent, size: .none)
  }

  /// How many places of expressions not yet evaluated name this storage.
  package var consumerCount: Int { consumers.load(ordering: .relaxed) }

  package var byteCount: Int { count * dtype.byteWidth }

  package var isEvaluated: Bool { evaluated.load(ordering: .acquiring) }

  /// The expression, if the value has not been computed yet.
  package var pending: Expression? {
    if isEvaluated { return nil }
    return lock.withLock { expression }
  }

  /// The bytes; computes them first if need be. Valid as long as this storage is held.
  package var bytes: UnsafeRawPointer {
    let address = address
    Threads.land()
    return address
  }

  /// Where the bytes are, or will be when the job that is in flight has landed: for those who let only the
  /// next job read them.
  package var address: UnsafeRawPointer {
    if !isEvaluated { Evaluation.force(self) }
    Threads.landOthers()
    return UnsafeRawPointer(memory!.pointer) + offset
  }

  /// A part of this storage that shares its bytes.
  package func slice(from first: Int, count: Int) -> Storage {
    _ = address
    return Storage(
      count: count, dtype: dtype, memory: memory!, offset: offset + first * dtype.byteWidth)
  }

  /// Gives the computed bytes to all who hold this storage; the first to arrive wins.
  package func publish(_ computed: Memory) {
    let finished: Expression? = lock.withLock {
      guard let expression else { return nil }
      memory = computed
      self.expression = nil
      evaluated.store(true, ordering: .releasing)
      return expression
    }
    finished.map(dropOperands)
  }
}
