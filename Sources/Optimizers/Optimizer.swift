import Layers
import Tensors

/// Moves the parameters of a model against their gradients.
///
///     var optimizer: any Optimizer = SGD(model, learningRate: 0.1, momentum: 0.9)
///     for (step, batch) in batches.enumerated() {
///       let (loss, gradients) = valueAndGradient(of: model) { ... }
///       optimizer.learningRate = schedule.rate(at: step)
///       optimizer.update(with: gradients)
///     }
///
/// An optimiser knows its parameters and their names from the model it was made for. A parameter
/// without a gradient is left alone: no decay, no momentum. It is a value: a copy goes on from the same
/// state, on the same parameters.
public protocol Optimizer {
  /// The size of a step, before the factors of parameter groups.
  var learningRate: Double { get set }
  /// How much of the earlier direction is kept: SGD's momentum, Adam's first beta.
  var momentum: Double { get set }
  /// Takes one step.
  mutating func update(with gradients: Gradients)
  /// Everything the next step depends on besides parameters and gradients, by name:
  /// `conv1.weight.velocity`. Rates are not part of it; schedules give them.
  var state: [String: Tensor] { get }
  /// Takes a saved state back; throws, and changes nothing, when it does not fit the model.
  mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError)
}

/// Why a saved state does not fit.
public enum OptimizerStateError: Error, Hashable, CustomStringConvertible {
  /// The state has a name that no parameter of the model explains.
  case unknown(String)
  /// A parameter has some of its values in the state, but not this one.
  case missing(String)
  /// A value has another shape or dtype than its parameter.
  case mismatch(name: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .unknown(let name):
      "the optimiser state holds \(name), which this optimiser of this model does not have"
    case .missing(let name): "the optimiser state lacks \(name)"
    case .mismatch(let name, let expected, let found):
      "the optimiser state of \(name) is \(found), this model wants \(expected)"
    }
  }
}

/// How steps differ between parameters.
///
///     SGD(model, learningRate: 0.1, decay: 5e-4, groups: .noDecayOnNormsAndBiases)
///     AdamW(model, learningRate: 1e-3, groups: ParameterGroups { name, parameter in
///       .init(rateFactor: name.hasPrefix("backbone") ? 0.1 : 1)
///     })
public struct ParameterGroups: Sendable {
  /// Factors on the optimiser's learning rate and decay.
  public struct Setting: Sendable, Hashable {
    public var rateFactor: Double
    public var decayFactor: Double

    public init(rateFactor: Double = 1, decayFactor: Double = 1) {
      self.rateFactor = rateFactor
      self.decayFactor = decayFactor
    }
  }

  let setting: @Sendable (_ name: String, _ parameter: Parameter) -> Setting

  public init(_ setting: @escaping @Sendable (String, Parameter) -> Setting) {
    self.setting = setting
  }

  /// All parameters alike.
  public static let uniform = ParameterGroups { _, _ in Setting() }

  /// No decay for parameters with one axis or none: biases, and scales and offsets of norms.
  public static let noDecayOnNormsAndBiases = ParameterGroups { _, parameter in
    Setting(decayFactor: parameter.shape.rank <= 1 ? 0 : 1)
  }
}
