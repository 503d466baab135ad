import Tensors

/// A computation that has been recorded and can be walked backwards: what all differentiating
/// functions are made of.
package struct Recording<Auxiliary> {
  package let value: Tensor
  package let auxiliary: Auxiliary
  package let scope: Tape.Scope
  let tape: Tape
  let inputs: [Tensor]
  /// Whether another recording goes on around this one, on the same tape.
  let isNested: Bool

  /// Runs `body` on `inputs` as variables, recording on the tape in force or on a new one, and hands
  /// the recording to `use` while its scope still stands.
  package static func run<Result>(
    at inputs: [Tensor], tracesVariables: Bool = false, keepsValues: Bool = false,
    _ body: ([Tensor]) throws -> (Tensor, Auxiliary), use: (Recording) throws -> Result
  ) rethrows -> Result {
    for input in inputs where !input.dtype.isCompute {
      fail(
        "gradient", "differentiates float32 and float64, an input is \(input.dtype)")
    }
    if let tape = Tape.current {
      return try record(on: tape, isNested: true, inputs, tracesVariables, body, use)
    }
    let tape = Tape(keepsValues: keepsValues)
    let sums = Surroundings.current.sums ?? PendingSums()
    return try Surroundings.with({
      $0.tape = tape
      $0.sums = sums
    }) {
      defer { sums.evaluateAll() }
      return try record(on: tape, isNested: false, inputs, tracesVariables, body, use)
    }
  }

  private static func record<Result>(
    on tape: Tape, isNested: Bool, _ inputs: [Tensor], _ tracesVariables: Bool,
    _ body: ([Tensor]) throws -> (Tensor, Auxiliary), _ use: (Recording) throws -> Result
  ) rethrows -> Result {
    let scope = tape.enter(tracesVariables: tracesVariables)
    let variables = inputs.map(tape.variable)
    let value: Tensor
    let auxiliary: Auxiliary
    do {
      defer { tape.leave() }
      (value, auxiliary) = try body(variables)
    }
    return try use(
      Recording(
        value: value, auxiliary: auxiliary, scope: scope, tape: tape, inputs: variables,
        isNested: isNested))
  }

  /// The cotangents of the inputs and of the parameters the scope has seen, for a cotangent of the
  /// value.
  ///
  /// A nested walk is recorded on the tape like any other computation, so that it can be
  /// differentiated in turn. The outermost is not, and releases the tape as it goes unless it is to
  /// be `kept` for another.
  package func pullback(_ cotangent: Tensor, keepingTape kept: Bool = false) -> Cotangents {
    guard Surroundings.current.sums == nil else { return walk(cotangent, keepingTape: kept) }
    // A pullback called by itself: its sums, too, wait for one another.
    let sums = PendingSums()
    defer { sums.evaluateAll() }
    return Surroundings.with({ $0.sums = sums }) { walk(cotangent, keepingTape: kept) }
  }

  private func walk(_ cotangent: Tensor, keepingTape kept: Bool) -> Cotangents {
    let arrived: [Int: Tensor]
    if value.ticket.tape != tape.identifier {
      arrived = [:]
    } else if isNested {
      arrived = tape.walk(
        from: [(value.ticket.entry, cotangent)], downTo: scope.mark, releasing: false)
    } else {
      // Later calls of a kept pullback may stand inside another recording, which then traces them.
      let walk = {
        tape.walk(
          from: [(value.ticket.entry, cotangent)], downTo: scope.mark, releasing: !kept)
      }
      arrived = Tape.current === tape ? withoutRecording(walk) : walk()
    }
    return cotangents(arrived)
  }

  /// What arrived, sorted by inputs and parameters.
  func cotangents(_ arrived: [Int: Tensor]) -> Cotangents {
    let parameters = scope.boxes.compactMap { box in
      arrived[scope.ticket(of: box)!.entry].map { (box, settled($0)) }
    }
    return Cotangents(
      inputs: inputs.map { arrived[$0.ticket.entry].map(settled) ?? .zeros(like: $0.detached) },
      parameters: parameters)
  }

  /// What leaves the outermost scope is a computed constant; inside another it goes on being traced,
  /// also by one that only began after this recording had ended.
  package func settled(_ tensor: Tensor) -> Tensor {
    let current = Tape.current
    return isNested || (current != nil && current !== tape) ? tensor : settledOutermost(tensor)
  }

  private func settledOutermost(_ tensor: Tensor) -> Tensor {
    if case .shapesOnly = Surroundings.current.execution { return tensor.detached }
    return tensor.detached.evaluated()
  }

  /// What stands on the tape so far.
  package var entries: [Tape.Entry] { tape.entries }

  /// The entries that checkpoints stand for, each with its checkpoint.
  package var replaced: [Int: Int] { tape.replaced }

  /// The cotangent 1 of a loss; stops when the value has more than one element.
  package var seed: Tensor {
    guard value.count == 1 else {
      fail(
        "gradient",
        "wants a scalar to differentiate, the function returned shape \(value.shape); "
          + "reduce it with .sum() or .mean(), or use pullback with a cotangent of your own")
    }
    guard value.dtype.isCompute else {
      fail("gradient", "wants a float32 or float64 result, the function returned \(value.dtype)")
    }
    return .ones(like: value.detached)
  }
}

/// What a walk brings back.
package struct Cotangents {
  /// One for each input; zero where the value does not depend on it.
  package let inputs: [Tensor]
  /// One for each parameter that took part; the others are absent.
  package let parameters: [(box: any AnyObject & Sendable, value: Tensor)]
}
