import Tensors

extension SafetensorsFile {
  /// The tensor of that name.
  ///
  /// Throws an ``InterchangeError``: `missing` if there is none, `unsupported` if its type or shape
  /// is one that tensors do not have, `malformed` if the file has changed since it was opened.
  public func tensor(_ name: String) throws -> Tensor {
    let (dtype, shape) = try description(of: name)
    return try Tensor.filled(shape, dtype, name: "'\(name)'", path: path) {
      try read(name, into: $0)
    }
  }

  /// All tensors by name.
  public func tensors() throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for entry in entries { tensors[entry.name] = try tensor(entry.name) }
    return tensors
  }

  /// Writes tensors to a safetensors file, atomically (see ``AtomicFile``).
  ///
  /// The same tensors and metadata make the same bytes, those that the reference implementation
  /// writes. Throws an ``InterchangeError`` of kind `unwritable`; the old file is then as it was.
  public static func write(
    _ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String
  ) throws {
    let items = tensors.map { name, tensor in
      SafetensorsWriter.Item(name: name, dtype: tensor.dtype, shape: Array(tensor.shape)) { body in
        try tensor.withBytes(body)
      }
    }
    try SafetensorsWriter.write(items, metadata: metadata, to: path)
  }
}
