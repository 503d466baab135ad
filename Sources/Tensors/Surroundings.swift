/// What an operation finds around it when it is called: one task-local read gives all of it.
package struct Surroundings: Sendable {
  /// The tape that records, if one does. `Autodiff` owns the type.
  package var tape: (any Sendable & AnyObject)? {
    get { contents.tape }
    set { change { $0.tape = newValue } }
  }
  /// Sums that wait for a common pass over their domain; nil evaluates each at once.
  package var sums: PendingSums? {
    get { contents.sums }
    set { change { $0.sums = newValue } }
  }
  /// Whether pointwise work may wait.
  package var defers: Bool {
    get { contents.defers }
    set { change { $0.defers = newValue } }
  }
  /// How operations run.
  package var execution: Execution {
    get { contents.execution }
    set { change { $0.execution = newValue } }
  }
  /// The dtype of tensors made without one.
  package var defaultDType: DType {
    get { contents.defaultDType }
    set { change { $0.defaultDType = newValue } }
  }

  /// Every operation reads its surroundings several times: one reference is cheaper to hand out than
  /// four.
  private final class Contents: Sendable {
    let tape: (any Sendable & AnyObject)?
    let sums: PendingSums?
    let defers: Bool
    let execution: Execution
    let defaultDType: DType

    init(_ draft: Draft) {
      tape = draft.tape
      sums = draft.sums
      defers = draft.defers
      execution = draft.execution
      defaultDType = draft.defaultDType
    }
  }

  private struct Draft {
    var tape: (any Sendable & AnyObject)?
    var sums: PendingSums?
    var defers = true
    var execution = Execution.normal
    var defaultDType = DType.float32
  }

  private var contents = Contents(Draft())

  private mutating func change(_ body: (inout Draft) -> Void) {
    var draft = Draft(
      tape: contents.tape, sums: contents.sums, defers: contents.defers,
      execution: contents.execution, defaultDType: contents.defaultDType)
    body(&draft)
    contents = Contents(draft)
  }

  package enum Execution: Sendable {
    case normal
    /// Shapes and dtypes only: nothing is computed, and reading a value is a mistake.
    case shapesOnly
    /// Every result is computed at once and tested. `Autodiff` owns the type of what tests it.
    case watched(any Sendable & AnyObject)
  }

  @TaskLocal package static var current = Surroundings()

  /// Runs `body` in surroundings changed by `change`.
  package static func with<Result>(
    _ change: (inout Surroundings) -> Void, _ body: () throws -> Result
  ) rethrows -> Result {
    var next = current
    change(&next)
    return try $current.withValue(next, operation: body)
  }
}

/// Runs `body` with `dtype` for tensors and parameters that are made without one.
///
/// Only `float32` (the default elsewhere) and `float64` are allowed.
public func withDefaultDType<Result>(
  _ dtype: DType, _ body: () throws -> Result
) rethrows -> Result {
  guard dtype.isCompute else {
    fail("withDefaultDType", "wants float32 or float64, given \(dtype)")
  }
  return try Surroundings.with({ $0.defaultDType = dtype }, body)
}

/// Runs `body` with every pointwise operation evaluated when it is called.
///
/// No bit of any result differs from the deferred run; memory traffic and time do.
public func withoutDeferral<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Surroundings.with({ $0.defers = false }, body)
}
