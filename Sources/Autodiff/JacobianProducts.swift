import Tensors

// Products with a Jacobian and with a Hessian. Both come out of walks backwards: a pullback is linear
// in its cotangent, so its own pullback is the derivative of the function.

/// The value of a function and its derivative along a direction: a Jacobian-vector product.
///
/// `direction` has the shape and dtype of `x`; the tangent those of the value:
/// `tangent = (d value / d x) direction`. Made of two walks backwards, the second through the first
/// (the pullback of a pullback), so it costs about five times the function and needs no rules of its
/// own; it nests with every other derivative. A value that does not depend on `x` has tangent zero.
/// Stops when the direction has another shape or dtype. Source: Townsend, A new trick for calculating
/// Jacobian vector products, 2017.
///
///     let (value, tangent) = jvp(at: x, along: .ones(like: x)) { tanh($0) }
public func jvp(
  at x: Tensor, along direction: Tensor, of function: (Tensor) throws -> Tensor
) rethrows -> (value: Tensor, tangent: Tensor) {
  try jvp(at: [x], along: [direction]) { try function($0[0]) }
}

/// The value of a function of an array of tensors and its derivative along one direction for each.
public func jvp(
  at inputs: [Tensor], along directions: [Tensor], of function: ([Tensor]) throws -> Tensor
) rethrows -> (value: Tensor, tangent: Tensor) {
  requireFit(directions, inputs, "jvp")
  return try Recording.run(at: inputs, { (try function($0), ()) }) { recording in
    (recording.settled(recording.value), recording.pushforward(directions))
  }
}

/// The product of the Hessian of a scalar function with a vector, without the Hessian.
///
/// `vector` has the shape and dtype of `x`, and so has the product:
/// `sum_j d^2 f / (dx_i dx_j) vector_j`. The pullback of the gradient, which is the same because the
/// Hessian is symmetric; costs about five times the function, and memory for one. Stops when the
/// function's result is not a scalar or the vector does not fit. Source: Pearlmutter, Fast exact
/// multiplication by the Hessian, 1994.
///
///     let product = hessianVectorProduct(at: x, along: v) { (exp($0) * $0).sum() }
public func hessianVectorProduct(
  at x: Tensor, along vector: Tensor, of function: (Tensor) throws -> Tensor
) rethrows -> Tensor {
  try hessianVectorProduct(at: [x], along: [vector]) { try function($0[0]) }[0]
}

/// The same for a function of an array of tensors: the product of the whole Hessian, mixed parts
/// included, with one vector for each input.
public func hessianVectorProduct(
  at inputs: [Tensor], along vectors: [Tensor], of function: ([Tensor]) throws -> Tensor
) rethrows -> [Tensor] {
  requireFit(vectors, inputs, "hessianVectorProduct")
  return try Recording.run(
    at: inputs,
    { variables in
      let gradients = try gradient(at: variables, of: function)
      return (gradients[0], gradients)
    }, use: { recording in recording.pullback(from: zip(recording.auxiliary, vectors)).inputs })
}

private func requireFit(_ directions: [Tensor], _ inputs: [Tensor], _ operation: String) {
  guard !inputs.isEmpty, directions.count == inputs.count else {
    fail(
      operation, "wants one direction for each input, given \(directions.count) for \(inputs.count)"
    )
  }
  for (direction, input) in zip(directions, inputs)
  where direction.shape != input.shape || direction.dtype != input.dtype {
    fail(
      operation,
      "wants a direction of \(input.dtype) \(input.shape), given \(direction.dtype) "
        + "\(direction.shape)")
  }
}

extension Recording {
  /// The derivative of the value along directions of the inputs.
  func pushforward(_ directions: [Tensor]) -> Tensor {
    let zero = Tensor.zeros(like: value.detached)
    guard let start = start(value) else { return zero }
    let cotangent = tape.variable(zero)
    let first = tape.walk(
      from: [(start, cotangent)], downTo: scope.mark, releasing: false)
    let starts = zip(inputs, directions).compactMap { input, direction -> (Int, Tensor)? in
      guard let part = first[input.ticket.entry], let entry = self.start(part),
        entry >= cotangent.ticket.entry
      else { return nil }
      return (entry, direction)
    }
    func walk() -> [Int: Tensor] {
      tape.walk(from: starts, downTo: cotangent.ticket.entry, releasing: false)
    }
    let second = isNested ? walk() : withoutRecording(walk)
    return second[cotangent.ticket.entry].map(settled) ?? zero
  }

  /// The cotangents of the inputs and parameters for cotangents of several results.
  package func pullback(from results: some Sequence<(Tensor, Tensor)>) -> Cotangents {
    let starts = results.compactMap { result, cotangent in
      start(result).map { ($0, cotangent) }
    }
    func walk() -> [Int: Tensor] {
      tape.walk(from: starts, downTo: scope.mark, releasing: !isNested)
    }
    return cotangents(isNested ? walk() : withoutRecording(walk))
  }

  private func start(_ result: Tensor) -> Int? {
    let ticket = result.ticket
    return ticket.tape == tape.identifier && ticket.entry >= scope.mark ? ticket.entry : nil
  }
}
