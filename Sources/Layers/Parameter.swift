import Autodiff
import Tensors

/// A value that training changes: a reference, so that a parameter used by two layers is one.
///
/// Reading `value` while a gradient is recorded puts the parameter on the tape. Assigning evaluates
/// the new value, and stops when its shape or dtype is another.
public final class Parameter: @unchecked Sendable {
  private let lock = SpinLock()
  private var stored: Tensor

  public init(_ value: Tensor) {
    Reachability.forget()
    stored = computedUnlessAbsent(value)
  }

  /// The value as the code around sees it: substituted by `withParameters`, traced by a gradient.
  public var value: Tensor {
    get {
      let key = ObjectIdentifier(self)
      let substitutes = Substitutes.current
      let substitute = substitutes?.values[key]
      let value = substitute?.value ?? current
      if substitutes?.frozen.contains(key) ?? false { return value }
      guard let tape = Tape.current else { return value }
      return tape.traced(self, value, from: substitute?.depth(on: tape) ?? 0)
    }
    set {
      let old = current
      guard newValue.shape == old.shape, newValue.dtype == old.dtype else {
        fail(
          "Parameter",
          "holds \(old.dtype) \(old.shape), cannot take \(newValue.dtype) \(newValue.shape)")
      }
      let computed = newValue.detached.evaluated()
      lock.withLock { stored = computed }
    }
  }

  /// The stored value, whatever is recorded or substituted.
  package var current: Tensor { lock.withLock { stored } }

  public var shape: Shape { current.shape }
  public var dtype: DType { current.dtype }
}

/// A value that a layer keeps and training does not change by gradients, such as running averages.
///
/// A reference like `Parameter`; it is saved with the model and never traced.
public final class Buffer: @unchecked Sendable {
  private let lock = SpinLock()
  private var stored: Tensor

  public init(_ value: Tensor) { stored = computedUnlessAbsent(value) }

  /// The value, a constant. Assigning evaluates, and stops when shape or dtype differ.
  public var value: Tensor {
    get { BufferLog.value(of: self) ?? lock.withLock { stored } }
    set {
      let old = value
      guard newValue.shape == old.shape, newValue.dtype == old.dtype else {
        fail(
          "Buffer",
          "holds \(old.dtype) \(old.shape), cannot take \(newValue.dtype) \(newValue.shape)")
      }
      if case .shapesOnly = Surroundings.current.execution { return }
      let computed = newValue.detached.evaluated()
      if BufferLog.assigns(computed, to: self, holding: old) { return }
      lock.withLock { stored = computed }
    }
  }
}

/// The value as a computed constant; where shapes are checked there is none, and a model made there has
/// shapes only.
private func computedUnlessAbsent(_ value: Tensor) -> Tensor {
  if case .shapesOnly = Surroundings.current.execution { return value.detached }
  return value.detached.evaluated()
}

/// Values that stand in for parameters.
struct Substitutes: Sendable {
  /// A value, and how many scopes of which tape were open when it took the parameter's place.
  struct Substitute: Sendable {
    let value: Tensor
    let tape: Int
    let depth: Int

    init(_ value: Tensor) {
      self.value = value
      let current = Tape.current
      tape = current?.identifier ?? 0
      depth = current?.depth ?? 0
    }

    /// A tape that began later lies inside as a whole.
    func depth(on current: Tape) -> Int { current.identifier == tape ? depth : 0 }
  }

  var values: [ObjectIdentifier: Substitute] = [:]
  /// Parameters that are read as constants.
  var frozen: Set<ObjectIdentifier> = []
  @TaskLocal static var current: Substitutes?
}

/// Runs `body` with other values for some parameters: averages, a teacher's, an inner loop's.
///
/// A gradient that goes on around this call sees the substitutes themselves: it flows into what they
/// were made of, and a constant gets none. One that begins inside differentiates with respect to the
/// parameters at these values. Stops when a substitute has another shape or dtype.
public func withParameters<Result>(
  _ substitutes: [(Parameter, Tensor)], _ body: () throws -> Result
) rethrows -> Result {
  var next = Substitutes.current ?? Substitutes()
  for (parameter, value) in substitutes {
    guard value.shape == parameter.shape, value.dtype == parameter.dtype else {
      fail(
        "withParameters",
        "a parameter of \(parameter.dtype) \(parameter.shape) cannot take \(value.dtype) "
          + "\(value.shape)")
    }
    next.values[ObjectIdentifier(parameter)] = Substitutes.Substitute(value)
  }
  return try Substitutes.$current.withValue(next, operation: body)
}

/// Runs `body` with these parameters read as constants, whatever is recorded.
func withFrozen<Result>(_ parameters: [Parameter], _ body: () throws -> Result) rethrows -> Result {
  var next = Substitutes.current ?? Substitutes()
  for parameter in parameters { next.frozen.insert(ObjectIdentifier(parameter)) }
  return try Substitutes.$current.withValue(next, operation: body)
}
