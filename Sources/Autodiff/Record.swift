import Kernels
import Tensors

/// Performs an operation and writes it on the tape in force, if one is and an input is traced.
///
/// `compute` is the computation, not its result: while shapes are checked it is never called, and
/// while anomalies are watched its result is tested.
package func record(
  _ primitive: Primitive, shape: Shape, dtype: DType, multiplyAdds: Int = 0,
  compute: () -> Storage, _ links: Link?...
) -> Tensor {
  record(
    primitive, shape: shape, dtype: dtype, multiplyAdds: multiplyAdds, links: links,
    compute: compute)
}

/// The same for an operation with any number of tensor inputs.
package func record(
  _ primitive: Primitive, shape: Shape, dtype: DType, multiplyAdds: Int = 0, links: [Link?],
  compute: () -> Storage
) -> Tensor {
  let surroundings = Surroundings.current
  let storage: Storage
  switch surroundings.execution {
  case .normal: storage = compute()
  case .shapesOnly: storage = .absent(count: shape.elementCount, dtype: dtype)
  case .watched(let watch):
    storage = compute()
    unsafeDowncast(watch, to: AnomalyWatch.self).test(
      primitive, Tensor(storage, shape: shape), links)
  }
  guard let tape = surroundings.tape.map({ unsafeDowncast($0, to: Tape.self) }) else {
    return Tensor(storage, shape: shape)
  }
  var traced: [Link] = []
  for (position, link) in links.enumerated() {
    guard var link, link.parent.tape == tape.identifier else { continue }
    link.position = position
    link.witness = nil
    traced.append(link)
  }
  if traced.isEmpty { return Tensor(storage, shape: shape) }
  let ticket = tape.append(
    primitive, shape: shape, dtype: dtype, multiplyAdds: multiplyAdds, links: traced,
    output: storage)
  if let displacement = tape.displacement, displacement.entry == ticket.entry {
    let moved = withoutRecording { accumulate(Tensor(storage, shape: shape), displacement.by) }
    return moved.with(ticket: ticket)
  }
  return Tensor(storage, shape: shape, ticket: ticket)
}

/// Runs `body` with no tape in force: what it computes is constant to every gradient around it.
public func withoutRecording<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Surroundings.with({ $0.tape = nil }, body)
}
