import Tensors

/// NumPy's files: `.npy` holds one array, `.npz` several by name.
///
/// Read are versions 1 to 3, both element orders, both byte orders, stored and deflated archives.
/// Types that tensors do not have are widened where that loses nothing: int8, int16 and uint16 to
/// int32, uint32 to int64. Written are the bytes that NumPy 2 itself writes.
///
/// Whatever the bytes of a file, reading it gives tensors or throws an ``InterchangeError``.
public enum NumPyFile {
  /// Reads an `.npy` file.
  public static func read(_ path: String) throws -> Tensor {
    let bytes = try InputFile.bytes(of: path)
    return try Tensor(try array(bytes, path: path), name: "the array", path: path)
  }

  /// Reads an `.npz` file: every member whose name ends in `.npy`, by its name without that.
  public static func readArchive(_ path: String) throws -> [String: Tensor] {
    let arrays = try arrays(try InputFile.bytes(of: path), path: path)
    var tensors: [String: Tensor] = [:]
    for (name, array) in arrays {
      tensors[name] = try Tensor(array, name: "'\(name)'", path: path)
    }
    return tensors
  }

  /// Writes a tensor as an `.npy` file, atomically. NumPy has no bfloat16: convert it first.
  public static func write(_ tensor: Tensor, to path: String) throws {
    let header = try header(of: tensor, name: "the tensor", path: path)
    try AtomicFile.write(to: path) { output in
      try output.append(header)
      try tensor.withBytes { try output.append($0) }
    }
  }

  /// Writes tensors as an `.npz` file, uncompressed and in the order of their names, atomically.
  ///
  /// Made in memory and limited to 4 GiB: larger sets belong into safetensors.
  public static func writeArchive(_ tensors: [String: Tensor], to path: String) throws {
    let names = tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let members = try names.map { name in
      let tensor = tensors[name]!
      let header = try header(of: tensor, name: "'\(name)'", path: path)
      return (name: name + ".npy", contents: header + tensor.withBytes { Array($0) })
    }
    guard let file = ZipArchive.stored(members) else {
      throw InterchangeError(
        .unwritable, path: path, "cannot write it: an npz file of more than 4 GiB; use safetensors")
    }
    try AtomicFile.write(file, to: path)
  }

  private static func header(of tensor: Tensor, name: String, path: String) throws -> [UInt8] {
    guard let header = NumPyFormat.header(tensor.dtype, shape: Array(tensor.shape)) else {
      throw InterchangeError(
        .unsupported, path: path,
        "cannot write it: \(name) is of type \(tensor.dtype), which NumPy does not have")
    }
    return header
  }

  /// The array in the bytes of an `.npy` file.
  package static func array(_ bytes: [UInt8], path: String = "") throws -> ArrayBytes {
    do {
      return try NumPyFormat.decode(bytes[...])
    } catch {
      throw InterchangeError(error.kind, path: path, "not a readable npy file: \(error.message)")
    }
  }

  /// The arrays in the bytes of an `.npz` file, in the order of its directory.
  package static func arrays(
    _ bytes: [UInt8], path: String = ""
  ) throws -> [(name: String, array: ArrayBytes)] {
    do {
      let archive = try ZipArchive(bytes)
      var arrays: [(name: String, array: ArrayBytes)] = []
      for member in archive.members where member.name.hasSuffix(".npy") {
        let contents = try archive.contents(of: member)
        let name = String(member.name.dropLast(4))
        do {
          arrays.append((name, try NumPyFormat.decode(contents[...])))
        } catch {
          throw NumPyFormat.Flaw(error.kind, "its member '\(member.name)': \(error.message)")
        }
      }
      return arrays
    } catch let flaw as NumPyFormat.Flaw {
      throw InterchangeError(flaw.kind, path: path, "not a readable npz file: \(flaw.message)")
    }
  }
}
