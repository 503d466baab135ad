import Tensors

/// A function of your own with a rule of your own, as one operation on the tape.
///
/// `forward` gives the value; what happens inside it is not recorded. `pullback` gets the cotangent of
/// the value, the inputs and the value, and returns a cotangent for each input; write it in tensor
/// operations, and it has derivatives itself. Check it: `checkGradients(at: inputs) { ... }`.
///
///     let y = customGradient(at: [x]) { relu($0[0]) } pullback: { dy, x, _ in
///       [dy * straightThrough(x[0])]
///     }
///
/// Stops when the pullback returns another number of cotangents, or one that does not broadcast from
/// its input's shape.
public func customGradient(
  at inputs: [Tensor], forward: ([Tensor]) -> Tensor,
  pullback: @escaping (_ cotangent: Tensor, _ inputs: [Tensor], _ output: Tensor) -> [Tensor]
) -> Tensor {
  let value = withoutRecording { forward(inputs.map(\.detached)) }
  let memory = LastPullback()
  let links = inputs.indices.map { position in
    wrt(inputs[position], savingOutput) { dy, y in
      let parts = memory.value(for: dy) {
        let parts = pullback(dy, inputs, y)
        guard parts.count == inputs.count else {
          fail(
            "customGradient",
            "\(inputs.count) inputs want as many cotangents, the pullback returned \(parts.count)")
        }
        return parts
      }
      return parts[position]
    }
  }
  return record(
    .custom, shape: value.shape, dtype: value.dtype, links: links, compute: { value.storage })
}

/// One pullback serves all inputs of an operation: a walk asks for them one after another with the same
/// cotangent.
///
/// Nothing is remembered from one walk to the next: what an unrecorded walk computed is constant, and
/// would cut the path of a recorded one.
final class LastPullback {
  private var cotangent: (storage: Storage, ticket: Ticket, walk: Int)?
  private var parts: [Tensor] = []

  func value(for cotangent: Tensor, _ compute: () -> [Tensor]) -> [Tensor] {
    let walk = Tape.walkNumber
    if let last = self.cotangent, last.walk == walk, last.storage === cotangent.storage,
      last.ticket == cotangent.ticket
    {
      return parts
    }
    parts = compute()
    self.cotangent = (cotangent.storage, cotangent.ticket, walk)
    return parts
  }
}
