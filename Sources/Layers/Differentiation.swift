import Autodiff
import Tensors

/// The value of a loss and its gradients for every parameter of `model` that took part.
///
///     let (loss, gradients) = valueAndGradient(of: model) { crossEntropy(model(images), labels) }
///
/// Runs in training mode unless a mode is set. Stops when the loss is not a scalar, and when it used a
/// parameter that `model` cannot reach: a hidden parameter must not silently stay untrained.
public func valueAndGradient(
  of model: some Module, _ loss: () throws -> Tensor
) rethrows -> (value: Tensor, gradients: Gradients) {
  let result = try valueAndGradient(of: model, at: []) { _ in (try loss(), ()) }
  return (result.value, result.gradients)
}

/// The same for a loss that returns something besides: predictions, parts of the loss.
public func valueAndGradient<Auxiliary>(
  of model: some Module, _ loss: () throws -> (Tensor, Auxiliary)
) rethrows -> (value: Tensor, auxiliary: Auxiliary, gradients: Gradients) {
  let result = try valueAndGradient(of: model, at: []) { _ in try loss() }
  return (result.value, result.auxiliary, result.gradients)
}

/// The value of a loss, its gradients for the parameters and its gradient for an input.
public func valueAndGradient(
  of model: some Module, at input: Tensor, _ loss: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, gradients: Gradients, inputGradient: Tensor) {
  let result = try valueAndGradient(of: model, at: [input]) { (try loss($0[0]), ()) }
  return (result.value, result.gradients, result.inputGradients[0])
}

/// The gradients of a loss for every parameter of `model` that took part.
public func gradient(of model: some Module, _ loss: () throws -> Tensor) rethrows -> Gradients {
  try valueAndGradient(of: model, loss).gradients
}

/// The general form: a model, any number of inputs, and an auxiliary result.
public func valueAndGradient<Auxiliary>(
  of model: some Module, at inputs: [Tensor], _ loss: ([Tensor]) throws -> (Tensor, Auxiliary)
) rethrows -> (
  value: Tensor, auxiliary: Auxiliary, gradients: Gradients, inputGradients: [Tensor]
) {
  try inTrainingUnlessSet {
    try Recording.run(at: inputs, tracesVariables: true, loss) { recording in
      let reachability = Reachability.of(model)
      requireReachable(recording.scope.boxes, reachability, of: model)
      let cotangents = recording.pullback(recording.seed)
      return (
        recording.settled(recording.value), recording.auxiliary,
        gradients(cotangents, reachability), cotangents.inputs
      )
    }
  }
}

/// The value of a function of a model and inputs, of any shape, and the map from a cotangent of the
/// value to the gradients of parameters and inputs.
public func pullback(
  of model: some Module, at inputs: [Tensor], _ function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> (gradients: Gradients, inputs: [Tensor])) {
  try inTrainingUnlessSet {
    try Recording.run(at: inputs, tracesVariables: true, { (try function($0), ()) }) { recording in
      let reachability = Reachability.of(model)
      requireReachable(recording.scope.boxes, reachability, of: model)
      return (
        recording.settled(recording.value),
        { cotangent in
          let cotangents = recording.pullback(cotangent, keepingTape: true)
          return (gradients(cotangents, reachability), cotangents.inputs)
        }
      )
    }
  }
}

/// The product of the Hessian of a loss, with respect to the parameters, with a vector.
///
/// `vector` holds a direction for each parameter it concerns, of that parameter's shape; one that is
/// absent counts as zero. The product has an entry for each parameter that took part. Costs about five
/// times the loss, and no Hessian is formed. Stops as ``valueAndGradient(of:_:)`` does, and when a
/// direction has another shape. Source: Pearlmutter, Fast exact multiplication by the Hessian, 1994.
public func hessianVectorProduct(
  of model: some Module, along vector: Gradients, _ loss: () throws -> Tensor
) rethrows -> Gradients {
  try inTrainingUnlessSet {
    try Recording.run(
      at: [], tracesVariables: true,
      { _ in
        let first = try gradient(of: model, loss)
        return (Tensor(0.0), first)
      },
      use: { recording in
        let terms = recording.auxiliary.parameters.compactMap { parameter -> (Tensor, Tensor)? in
          guard let gradient = recording.auxiliary[parameter], let direction = vector[parameter]
          else { return nil }
          guard direction.shape == gradient.shape, direction.dtype == gradient.dtype else {
            fail(
              "hessianVectorProduct",
              "wants a direction of \(gradient.dtype) \(gradient.shape), given "
                + "\(direction.dtype) \(direction.shape)")
          }
          return (gradient, direction)
        }
        return gradients(recording.pullback(from: terms), Reachability.of(model))
      })
  }
}

private func gradients(_ cotangents: Cotangents, _ reachability: Reachability) -> Gradients {
  var gradients = Gradients()
  for (box, value) in cotangents.parameters {
    if let parameter = box as? Parameter,
      !reachability.untrained.contains(ObjectIdentifier(parameter))
    {
      gradients[parameter] = value
    }
  }
  return gradients
}

private func requireReachable(
  _ boxes: [any AnyObject & Sendable], _ reachability: Reachability, of model: some Module
) {
  for case let parameter as Parameter in boxes
  where !reachability.parameters.contains(ObjectIdentifier(parameter)) {
    fail(
      "valueAndGradient",
      "the loss used a parameter of shape \(parameter.shape) that \(type(of: model)) cannot reach, "
        + "so it would never be trained; store it (or its layer) in a property of the model, or use "
        + "withoutRecording if it is meant to stay constant")
  }
}
