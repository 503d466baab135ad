import Autodiff
import Layers
import Tensors

/// The parameters of a model with what an optimiser keeps for each.
struct Slots: Sendable {
  struct Entry: Sendable {
    let name: String
    let parameter: Parameter
    let setting: ParameterGroups.Setting
    /// One for each of `Slots.names`; empty until the first step.
    var values: [Tensor] = []
    /// The steps taken.
    var steps = 0
  }

  /// What is kept, in order, such as `velocity`; each has its parameter's shape and dtype.
  let names: [String]
  /// Whether a later step depends on the number of steps.
  let countsSteps: Bool
  var entries: [Entry]

  init(_ model: some Module, _ names: [String], countsSteps: Bool, groups: ParameterGroups) {
    self.names = names
    self.countsSteps = countsSteps
    entries = model.parameters.map { named in
      Entry(
        name: named.name, parameter: named.box, setting: groups.setting(named.name, named.box))
    }
  }

  /// Calls `body` for each parameter that has a gradient; the new values of parameter and slots.
  ///
  /// What `body` returns is evaluated together: one pass over memory for each parameter, and one
  /// hand-out to the threads for many small ones.
  mutating func update(
    with gradients: Gradients,
    _ body: (_ entry: Entry, _ value: Tensor, _ gradient: Tensor) -> (
      value: Tensor, slots: [Tensor]
    )
  ) {
    withoutRecording {
      var waiting: [(index: Int, value: Tensor, slots: [Tensor])] = []
      var elements = 0
      for index in entries.indices {
        let parameter = entries[index].parameter
        guard let gradient = gradients[parameter] else { continue }
        entries[index].steps += 1
        let next = body(entries[index], parameter.current, gradient.detached)
        waiting.append((index, next.value, next.slots))
        elements += next.value.count
        if elements >= Self.mostWaiting {
          finish(&waiting)
          elements = 0
        }
      }
      finish(&waiting)
    }
  }

  /// Elements that may wait to be evaluated together: old and new values stand side by side till then.
  private static let mostWaiting = 1 << 18

  private mutating func finish(_ waiting: inout [(index: Int, value: Tensor, slots: [Tensor])]) {
    evaluateTogether(waiting.map { [$0.value] + $0.slots })
    for (index, value, slots) in waiting {
      entries[index].parameter.value = value
      entries[index].values = slots
    }
    waiting = []
  }

  var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for entry in entries where !entry.values.isEmpty {
      for (name, value) in zip(names, entry.values) { state["\(entry.name).\(name)"] = value }
      if countsSteps { state["\(entry.name).steps"] = Tensor(Int64(entry.steps)) }
    }
    return state
  }

  mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError) {
    var restored = entries
    var known = 0
    for index in restored.indices {
      let entry = entries[index]
      var expected = names.map {
        ("\(entry.name).\($0)", entry.parameter.shape, entry.parameter.dtype)
      }
      if countsSteps { expected.append(("\(entry.name).steps", .scalar, .int64)) }
      let found = expected.filter { state[$0.0] != nil }
      known += found.count
      restored[index].values = []
      restored[index].steps = 0
      if found.isEmpty { continue }
      for (name, shape, dtype) in expected {
        guard let value = state[name] else { throw .missing(name) }
        guard value.shape == shape, value.dtype == dtype else {
          throw .mismatch(
            name: name, expected: "\(dtype) \(shape)", found: "\(value.dtype) \(value.shape)")
        }
      }
      restored[index].values = names.map { state["\(entry.name).\($0)"]!.detached }
      restored[index].steps = countsSteps ? Int(state["\(entry.name).steps"]!.item) : 1
    }
    if known < state.count {
      let kept = names + (countsSteps ? ["steps"] : [])
      let explained = Set(entries.flatMap { entry in kept.map { "\(entry.name).\($0)" } })
      if let other = state.keys.filter({ !explained.contains($0) }).min() { throw .unknown(other) }
    }
    entries = restored
  }
}
