/// What an operation finds around it when it is called: one task-local read gives all of it.
package struct Surroundings: Sendable {
  /// The tape that records, if one does. `Autodiff` owns the type.
  package var tape: (any Sendable & AnyObject)?
  /// Sums that wait for a common pass over their domain; nil evaluates each at once.
  package var sums: PendingSums?
  /// Whether pointwise work may wait.
  package var defers = true
  /// How operations run.
  package var execution = Execution.normal
  /// The dtype of tensors made without one.
  package var defaultDType = DType.float32

  package enum Execution: Sendable {
    case normal
    /// Shapes and dtypes only: nothing is computed, and reading a value is a mistake.
    case shapesOnly
    /// Every result is computed at once and tested; the first that is not finite is reported.
    case watched(@Sendable (_ operation: String, _ place: String?) -> Void)
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
