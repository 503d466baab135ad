import Layers
import Operations
import Optimizers
import Tensors

/// The average of a model's weights over its last steps, with that of its buffers: running statistics
/// of batch norm belong to the weights they were found with, and are averaged like them.
public struct AveragedModel {
  private var weights: MovingAverage
  private let buffers: [Named<Buffer>]
  private var bufferAverages: [Tensor]
  private var steps = 0

  /// Starts with the model as it is.
  public init(of model: some Module, decay: Double) {
    weights = MovingAverage(of: model, decay: decay)
    buffers = model.buffers
    bufferAverages = buffers.map(\.box.value)
  }

  /// Takes the model in as it is now.
  public mutating func update() {
    weights.update()
    steps += 1
    let kept = min(weights.decay, Double(1 + steps) / Double(10 + steps))
    for (index, named) in buffers.enumerated() {
      bufferAverages[index] =
        (bufferAverages[index] * kept + named.box.value * (1 - kept)).evaluated()
    }
  }

  /// Runs `body` with the averages in place of parameters and buffers.
  public func apply<Result>(_ body: () throws -> Result) rethrows -> Result {
    let current = buffers.map(\.box.value)
    for (named, average) in zip(buffers, bufferAverages) { named.box.value = average }
    defer { for (named, value) in zip(buffers, current) { named.box.value = value } }
    return try weights.apply(body)
  }

  /// The averages by name, as a checkpoint of the averaged model holds them.
  public var values: [String: Tensor] {
    var values = weights.values
    for (named, average) in zip(buffers, bufferAverages) { values[named.name] = average }
    return values
  }

  /// What is needed to go on.
  public var state: [String: Tensor] {
    var state = weights.state
    for (named, average) in zip(buffers, bufferAverages) {
      state["\(named.name).average"] = average
    }
    return state
  }

  /// Takes a saved state back; throws, and changes nothing, when it does not fit the model.
  public mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError) {
    var rest = state
    var averages: [Tensor] = []
    for named in buffers {
      let name = "\(named.name).average"
      guard let average = rest.removeValue(forKey: name) else { throw .missing(name) }
      let buffer = named.box.value
      guard average.shape == buffer.shape, average.dtype == buffer.dtype else {
        throw .mismatch(
          name: name, expected: "\(buffer.dtype) \(buffer.shape)",
          found: "\(average.dtype) \(average.shape)")
      }
      averages.append(average)
    }
    try weights.restore(rest)
    bufferAverages = averages
    steps = rest["steps"].map { Int($0.item) } ?? 0
  }
}
