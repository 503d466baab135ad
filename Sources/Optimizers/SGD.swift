import Layers
import Operations
import Tensors

/// Stochastic gradient descent, with momentum, Nesterov's form of it, and decay, as PyTorch defines them.
///
///     g = gradient + decay * p
///     v = momentum * v + (1 - dampening) * g          (the first step: v = g)
///     p = p - learningRate * v                        (Nesterov: g + momentum * v in place of v)
///
/// Decay is part of the gradient here ("coupled"): momentum carries it on. Costs one pass over
/// parameter, gradient and velocity. Source: Polyak, 1964; Sutskever et al., 2013.
public struct SGD: Optimizer {
  public var learningRate: Double
  public var momentum: Double
  public let dampening: Double
  public let nesterov: Bool
  public var decay: Double
  private var slots: Slots

  /// Stops when a size makes no sense, or when Nesterov's form is asked for without momentum or with
  /// dampening.
  public init(
    _ model: some Module, learningRate: Double, momentum: Double = 0, dampening: Double = 0,
    nesterov: Bool = false, decay: Double = 0, groups: ParameterGroups = .uniform
  ) {
    requireSizes("SGD", ["learning rate": learningRate, "decay": decay])
    requireShares("SGD", ["momentum": momentum, "dampening": dampening])
    guard !nesterov || (momentum > 0 && dampening == 0) else {
      fail("SGD", "Nesterov's form wants momentum and no dampening")
    }
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.nesterov = nesterov
    self.decay = decay
    slots = Slots(
      model, momentum > 0 ? ["velocity"] : [], countsSteps: false, groups: groups)
  }

  public mutating func update(with gradients: Gradients) {
    let keepsVelocity = !slots.names.isEmpty
    slots.update(with: gradients) { [self] entry, p, gradient in
      let rate = learningRate * entry.setting.rateFactor
      let decay = decay * entry.setting.decayFactor
      let g = decay == 0 ? gradient : gradient + p * decay
      guard keepsVelocity else { return (p - g * rate, []) }
      let v = entry.values.first.map { $0 * momentum + g * (1 - dampening) } ?? g
      return (p - (nesterov ? g + v * momentum : v) * rate, [v])
    }
  }

  public var state: [String: Tensor] { slots.state }

  public mutating func restore(_ state: [String: Tensor]) throws(OptimizerStateError) {
    try slots.restore(state)
  }
}
