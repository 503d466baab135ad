import Tensors

/// A layer that stays as it is: inference mode, no gradients for its parameters, gradients through.
///
///     let model = Sequential {
///       Frozen(backbone)
///       Linear(inputs: 512, outputs: 3)
///     }
///
/// The wrapper does not show in names, so a checkpoint fits with and without it. An optimiser leaves
/// the parameters alone, because their gradients are absent.
public struct Frozen<Wrapped: Layer>: Layer, NameTransparent, Untrained {
  public let wrapped: Wrapped
  private let constants: Constants

  /// Found once: reflection is too slow for every call. No module, so that no walk looks into it.
  private struct Constants: Sendable {
    let parameters: [Parameter]
  }

  public init(_ wrapped: Wrapped) {
    self.wrapped = wrapped
    constants = Constants(parameters: wrapped.parameters.map(\.box))
  }

  public func forward(_ x: Tensor) -> Tensor {
    withMode(.inference) { withFrozen(constants.parameters) { wrapped(x) } }
  }
}
