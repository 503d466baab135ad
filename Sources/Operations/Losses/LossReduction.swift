import Tensors

/// What becomes of the losses of single examples.
public enum LossReduction: Sendable {
  case mean, sum, none
}

extension Tensor {
  func reduced(_ reduction: LossReduction) -> Tensor {
    switch reduction {
    case .mean: mean()
    case .sum: sum()
    case .none: self
    }
  }
}
