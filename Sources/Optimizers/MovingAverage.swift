import Autodiff
import Layers
import Operations
import Tensors

/// An exponential moving average of a model's parameters.
///
///     average = decay * average + (1 - decay) * parameter        (after each step)
///
/// Averaged weights often do better than the last ones; run the model with them by
/// `average.apply { evaluate(model) }`. Early on the decay is `(1 + t) / (10 + t)` if that is less, so that
/// the start is forgotten. Source: Polyak and Juditsky, 1992.
public struct MovingAverage {
  public let decay: Double
  private let parameters: [Named<Parameter>]
  private var averages: [Tensor]
  private var steps = 0

  /// Starts with the parameters as they are.
  public init(of model: some Module, decay: Double = 0.999) {
    requireShares("MovingAverage", ["decay": decay])
    self.decay = decay
    parameters = model.parameters
    averages = parameters.map(\.box.current)
  }

  /// Takes the parameters in as they are now.
  public mutating func update() {
    steps += 1
    let kept = min(decay, Double(1 + steps) / Double(10 + steps))
    withoutRecording {
      for (index, named) in parameters.enumerated() {
        averages[index] =
          (averages[index] * kept + named.box.current * (1 - kept)).detached.evaluated()
      }
    }
  }

  /// Runs `body` with the averages in place of the parameters.
  public func apply<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withParameters(zip(parameters, averages).map { ($0.box, $1) }, body)
  }

  /// The averages by parameter name, as a checkpoint of the averaged model holds them.
  public var values: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(parameters, averages).map { ($0.name, $1) })
  }

  /// What is needed to go on: the averages, `NAME.average`, and the number of steps.
  public var state: [String: Tensor] {
    var state = ["steps": Tensor(Int64(steps))]
    for (named, average) in zip(parameters, averages) { state["\(named.name).average"] = average }
    return state
  }

  /// Takes a saved state back; throws, and changes nothing, when it does not fit the model.
  public mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError) {
    func value(_ name: String, _ shape: Shape, _ dtype: DType) throws(OptimizerStateError) -> Tensor
    {
      guard let value = state[name] else { throw .missing(name) }
      guard value.shape == shape, value.dtype == dtype else {
        throw .mismatch(
          name: name, expected: "\(dtype) \(shape)", found: "\(value.dtype) \(value.shape)")
      }
      return value.detached
    }
    var restored: [Tensor] = []
    for named in parameters {
      restored.append(try value("\(named.name).average", named.box.shape, named.box.dtype))
    }
    let count = try value("steps", .scalar, .int64)
    let known = Set(parameters.map { "\($0.name).average" } + ["steps"])
    if let other = state.keys.filter({ !known.contains($0) }).min() { throw .unknown(other) }
    averages = restored
    steps = Int(count.item)
  }
}
