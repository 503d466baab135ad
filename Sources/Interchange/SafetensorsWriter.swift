import Kernels

/// Writes safetensors files, byte for byte as the reference implementation does.
///
/// Wide element types come first and names are in byte order within a type, so the same tensors
/// make the same bytes whatever order they are given in. Keys of the metadata are sorted (the
/// reference leaves them in the order of a hash table). The header is padded with spaces to a
/// multiple of 8 bytes.
enum SafetensorsWriter {
  /// A tensor to write; its bytes are asked for when their turn comes.
  struct Item {
    let name: String
    let dtype: DType
    let shape: [Int]
    let withBytes: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  }

  static func write(_ items: [Item], metadata: [String: String], to path: String) throws {
    let (header, sorted) = try layOut(items, metadata: metadata, path: path)
    try AtomicFile.write(to: path) { output in
      try output.append(header)
      for item in sorted { try append(item, to: output, path: path) }
    }
  }

  private static func append(_ item: Item, to output: AtomicFile.Output, path: String) throws {
    let expected = byteCount(item.shape, width: item.dtype.byteWidth)!
    try item.withBytes { bytes in
      precondition(
        bytes.count == expected, "'\(item.name)' gave \(bytes.count) of \(expected) bytes")
      try output.append(bytes)
    }
  }

  private static func layOut(
    _ items: [Item], metadata: [String: String], path: String
  ) throws -> (header: [UInt8], items: [Item]) {
    func refusal(_ message: String) -> InterchangeError {
      InterchangeError(.unwritable, path: path, "cannot write it: \(message)")
    }
    let order = Dictionary(
      uniqueKeysWithValues: SafetensorsType.known.enumerated().map { ($1.dtype, $0) })
    let sorted = items.sorted { a, b in
      if a.dtype != b.dtype { return order[a.dtype]! < order[b.dtype]! }
      return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
    }

    var members = JSON.Object()
    if !metadata.isEmpty {
      let keys = metadata.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      members["__metadata__"] = .object(.init(keys.map { ($0, .string(metadata[$0]!)) }))
    }
    var offset = 0
    for item in sorted {
      guard item.name != "__metadata__" else { throw refusal("no tensor can have that name") }
      guard members[item.name] == nil else {
        throw refusal("two tensors have the name '\(item.name)'")
      }
      let end = offset + byteCount(item.shape, width: item.dtype.byteWidth)!
      members[item.name] = [
        "dtype": .string(SafetensorsType.known[order[item.dtype]!].name),
        "shape": .array(item.shape.map(JSON.integer)),
        "data_offsets": [.integer(offset), .integer(end)],
      ]
      offset = end
    }

    var json = Array(JSON.object(members).description.utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: -json.count & 7)
    guard json.count <= SafetensorsHeader.longest else {
      throw refusal(
        "its header would take \(json.count) bytes, the limit is \(SafetensorsHeader.longest)")
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
    return (length + json, sorted)
  }
}

extension SafetensorsFile {
  /// Writes arrays to a safetensors file, atomically (see ``AtomicFile``).
  package static func write(
    _ arrays: [(name: String, array: ArrayBytes)], metadata: [String: String] = [:],
    to path: String
  ) throws {
    let items = arrays.map { name, array in
      SafetensorsWriter.Item(name: name, dtype: array.dtype, shape: array.shape) { body in
        try array.bytes.withUnsafeBytes(body)
      }
    }
    try SafetensorsWriter.write(items, metadata: metadata, to: path)
  }
}
