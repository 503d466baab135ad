import Tensors

// MARK: - Gradients

/// The gradient of a scalar function of one tensor, at `x`.
///
///     let slope = gradient(at: x) { exp($0).sum() }
///
/// `x` has any shape, the gradient has the same. An input the value does not depend on has gradient
/// zero. Calls nest: the gradient of a function that itself calls `gradient` is the second derivative.
/// Costs about two to three times the function. Stops when the function's result is not a scalar.
public func gradient(at x: Tensor, of function: (Tensor) throws -> Tensor) rethrows -> Tensor {
  try valueAndGradient(at: x, of: function).gradient
}

/// The gradients of a scalar function of two tensors.
public func gradient(
  at x: Tensor, _ y: Tensor, of function: (Tensor, Tensor) throws -> Tensor
) rethrows -> (Tensor, Tensor) {
  try valueAndGradient(at: x, y, of: function).gradient
}

/// The gradients of a scalar function of three tensors.
public func gradient(
  at x: Tensor, _ y: Tensor, _ z: Tensor, of function: (Tensor, Tensor, Tensor) throws -> Tensor
) rethrows -> (Tensor, Tensor, Tensor) {
  try valueAndGradient(at: x, y, z, of: function).gradient
}

/// The gradients of a scalar function of an array of tensors.
public func gradient(
  at inputs: [Tensor], of function: ([Tensor]) throws -> Tensor
) rethrows -> [Tensor] {
  try valueAndGradient(at: inputs, of: function).gradient
}

// MARK: - Values and gradients

/// The value of a scalar function of one tensor, and its gradient.
public func valueAndGradient(
  at x: Tensor, of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, gradient: Tensor) {
  let (value, gradient) = try valueAndGradient(at: [x]) { try function($0[0]) }
  return (value, gradient[0])
}

/// The value of a scalar function of two tensors, and its gradients.
public func valueAndGradient(
  at x: Tensor, _ y: Tensor, of function: (Tensor, Tensor) throws -> Tensor
) rethrows -> (value: Tensor, gradient: (Tensor, Tensor)) {
  let (value, gradient) = try valueAndGradient(at: [x, y]) { try function($0[0], $0[1]) }
  return (value, (gradient[0], gradient[1]))
}

/// The value of a scalar function of three tensors, and its gradients.
public func valueAndGradient(
  at x: Tensor, _ y: Tensor, _ z: Tensor, of function: (Tensor, Tensor, Tensor) throws -> Tensor
) rethrows -> (value: Tensor, gradient: (Tensor, Tensor, Tensor)) {
  let (value, gradient) = try valueAndGradient(at: [x, y, z]) { try function($0[0], $0[1], $0[2]) }
  return (value, (gradient[0], gradient[1], gradient[2]))
}

/// The value of a scalar function of an array of tensors, and its gradients.
public func valueAndGradient(
  at inputs: [Tensor], of function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, gradient: [Tensor]) {
  let result = try valueAndGradient(at: inputs) { (try function($0), ()) }
  return (result.value, result.gradient)
}

/// The value of a scalar function of an array of tensors, whatever else it returns, and its
/// gradients.
public func valueAndGradient<Auxiliary>(
  at inputs: [Tensor], of function: ([Tensor]) throws -> (Tensor, Auxiliary)
) rethrows -> (value: Tensor, auxiliary: Auxiliary, gradient: [Tensor]) {
  try Recording.run(at: inputs, function) { recording in
    let gradient = recording.pullback(recording.seed).inputs
    return (recording.settled(recording.value), recording.auxiliary, gradient)
  }
}

/// The value of a scalar function of one tensor, whatever else it returns, and its gradient.
public func valueAndGradient<Auxiliary>(
  at x: Tensor, of function: (Tensor) throws -> (Tensor, Auxiliary)
) rethrows -> (value: Tensor, auxiliary: Auxiliary, gradient: Tensor) {
  let result = try valueAndGradient(at: [x]) { try function($0[0]) }
  return (result.value, result.auxiliary, result.gradient[0])
}

// MARK: - Pullbacks

/// The value of a function of any shape, and the map from a cotangent of the value to that of `x`.
///
/// The pullback may be called several times. It keeps the tape, and everything recorded on it, alive.
public func pullback(
  at x: Tensor, of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> Tensor) {
  let (value, pullback) = try pullback(at: [x]) { try function($0[0]) }
  return (value, { pullback($0)[0] })
}

/// The value of a function of two tensors, and its pullback.
public func pullback(
  at x: Tensor, _ y: Tensor, of function: (Tensor, Tensor) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> (Tensor, Tensor)) {
  let (value, pullback) = try pullback(at: [x, y]) { try function($0[0], $0[1]) }
  return (
    value,
    { cotangent in
      let parts = pullback(cotangent)
      return (parts[0], parts[1])
    }
  )
}

/// The value of a function of three tensors, and its pullback.
public func pullback(
  at x: Tensor, _ y: Tensor, _ z: Tensor, of function: (Tensor, Tensor, Tensor) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> (Tensor, Tensor, Tensor)) {
  let (value, pullback) = try pullback(at: [x, y, z]) { try function($0[0], $0[1], $0[2]) }
  return (
    value,
    { cotangent in
      let parts = pullback(cotangent)
      return (parts[0], parts[1], parts[2])
    }
  )
}

/// The value of a function of an array of tensors, and its pullback.
///
/// Stops when a cotangent has another shape or dtype than the value.
public func pullback(
  at inputs: [Tensor], of function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> [Tensor]) {
  try Recording.run(at: inputs, { (try function($0), ()) }) { recording in
    let value = recording.settled(recording.value)
    return (
      value,
      { cotangent in
        guard cotangent.shape == value.shape, cotangent.dtype == value.dtype else {
          fail(
            "pullback",
            "wants a cotangent of \(value.dtype) \(value.shape), given \(cotangent.dtype) "
              + "\(cotangent.shape)")
        }
        return recording.pullback(cotangent, keepingTape: true).inputs
      }
    )
  }
}
