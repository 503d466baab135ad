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
  case .watched(let report):
    storage = compute()
    if dtype.isCompute,
      !Tensor(storage, shape: shape).scalars(of: Double.self).allSatisfy(\.isFinite)
    {
      report(primitive.rawValue, CallFrame.current?.pathDescription)
    }
  }
  guard let tape = surroundings.tape.map({ unsafeDowncast($0, to: Tape.self) }) else {
    return Tensor(storage, shape: shape)
  }
  let traced = links.compactMap { $0 }.filter { $0.parent.tape == tape.identifier }
  if traced.isEmpty { return Tensor(storage, shape: shape) }
  let ticket = tape.append(
    primitive, shape: shape, dtype: dtype, multiplyAdds: multiplyAdds, links: traced,
    output: storage)
  return Tensor(storage, shape: shape, ticket: ticket)
}

/// Runs `body` with no tape in force: what it computes is constant to every gradient around it.
public func withoutRecording<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Surroundings.with({ $0.tape = nil }, body)
}
