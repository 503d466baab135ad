import Tensors

/// Anything that holds parameters: a layer, a model, a loss with weights.
///
/// Parameters, buffers and modules among the stored properties are found by reflection, also inside
/// arrays, dictionaries and optionals; their names are the property paths, such as
/// `stage2.0.conv1.weight`.
public protocol Module: Sendable {}

/// A module that maps one tensor to one tensor.
///
/// Write `forward`; call the layer like a function. Calling notes the layer on a stack, which gives
/// every error its path in the model.
public protocol Layer: Module {
  func forward(_ x: Tensor) -> Tensor
}

extension Layer {
  public func callAsFunction(_ x: Tensor) -> Tensor {
    inFrame { forward(x) }
  }

  /// Calls a layer that its caller keeps at this position of a list: layers without parameters are
  /// otherwise not told apart.
  func called(with x: Tensor, position: Int) -> Tensor {
    inFrame(PositionedModule(module: self, position: position)) { forward(x) }
  }
}

extension Module {
  /// Runs `body` as a call of this module, for error messages, costs and tapes.
  ///
  /// `Layer` does it by itself; a module with another signature calls it in its own
  /// `callAsFunction`.
  public func inFrame<Result>(_ body: () throws -> Result) rethrows -> Result {
    try inFrame(self, body)
  }

  func inFrame<Result>(
    _ subject: any Sendable, _ body: () throws -> Result
  ) rethrows -> Result {
    let frame = CallFrame(subject, caller: CallFrame.current, describe: ModulePath.describe)
    return try CallFrame.$current.withValue(frame) {
      let result = try body()
      CallObserver.current?.note(frame, result)
      return result
    }
  }
}

/// A module whose own property name does not show in names, only its content: a wrapper around one
/// module, or a list of layers.
public protocol NameTransparent: Module {}

/// A module whose parameters take no gradient and stay as they are, such as `Frozen`.
public protocol Untrained: Module {}
