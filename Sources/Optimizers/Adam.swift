import Layers
import Operations
import Tensors

/// Adam (Kingma and Ba, 2014), with decay in the gradient.
///
///     g = gradient + decay * p
///     m = beta1 * m + (1 - beta1) * g
///     v = beta2 * v + (1 - beta2) * g^2
///     p = p - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// `t` counts the steps in which the parameter had a gradient. Costs one pass over parameter, gradient
/// and both moments. `AdamW` is the usual choice when there is decay.
public struct Adam: Optimizer {
  public var learningRate: Double
  public var momentum: Double
  public var decay: Double
  private let beta2: Double
  private let epsilon: Double
  private let isDecoupled: Bool
  private var slots: Slots

  public init(
    _ model: some Module, learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, decay: Double = 0, groups: ParameterGroups = .uniform
  ) {
    self.init(
      "Adam", model, learningRate, beta1, beta2, epsilon, decay, isDecoupled: false, groups)
  }

  fileprivate init(
    _ name: String, _ model: some Module, _ learningRate: Double, _ beta1: Double, _ beta2: Double,
    _ epsilon: Double, _ decay: Double, isDecoupled: Bool, _ groups: ParameterGroups
  ) {
    requireSizes(name, ["learning rate": learningRate, "epsilon": epsilon, "decay": decay])
    requireShares(name, ["beta1": beta1, "beta2": beta2])
    self.learningRate = learningRate
    momentum = beta1
    self.decay = decay
    self.beta2 = beta2
    self.epsilon = epsilon
    self.isDecoupled = isDecoupled
    slots = Slots(model, ["firstMoment", "secondMoment"], countsSteps: true, groups: groups)
  }

  public mutating func update(with gradients: Gradients) {
    slots.update(with: gradients) { [self] entry, p, gradient in
      let beta1 = momentum
      let rate = learningRate * entry.setting.rateFactor
      let decay = decay * entry.setting.decayFactor
      let g = isDecoupled || decay == 0 ? gradient : gradient + p * decay
      let fresh = entry.values.isEmpty
      let m = fresh ? g * (1 - beta1) : entry.values[0] * beta1 + g * (1 - beta1)
      let v = fresh ? g * g * (1 - beta2) : entry.values[1] * beta2 + g * g * (1 - beta2)
      let steps = Double(entry.steps)
      let size = rate / (1 - power(beta1, steps))
      let step = m * size / (sqrt(v / (1 - power(beta2, steps))) + epsilon)
      let kept = isDecoupled && decay != 0 ? p * (1 - rate * decay) : p
      return (kept - step, [m, v])
    }
  }

  public var state: [String: Tensor] { slots.state }

  public mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError) {
    try slots.restore(state)
  }
}

/// Adam with decay apart from the gradient (Loshchilov and Hutter, 2017).
///
///     p = p - learningRate * decay * p                before the step of `Adam` without decay
///
/// The moments do not see the decay, so it acts on all parameters alike.
public struct AdamW: Optimizer {
  public var learningRate: Double {
    get { adam.learningRate }
    set { adam.learningRate = newValue }
  }
  public var momentum: Double {
    get { adam.momentum }
    set { adam.momentum = newValue }
  }
  public var decay: Double {
    get { adam.decay }
    set { adam.decay = newValue }
  }
  private var adam: Adam

  public init(
    _ model: some Module, learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, decay: Double = 0.01, groups: ParameterGroups = .uniform
  ) {
    adam = Adam(
      "AdamW", model, learningRate, beta1, beta2, epsilon, decay, isDecoupled: true, groups)
  }

  public mutating func update(with gradients: Gradients) { adam.update(with: gradients) }

  public var state: [String: Tensor] { adam.state }

  public mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError) {
    try adam.restore(state)
  }
}

/// `base` to a whole power, by squaring: without the C library's `pow`, whose bits differ by system.
private func power(_ base: Double, _ exponent: Double) -> Double {
  var result = 1.0
  var factor = base
  var rest = Int(exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return result
}
