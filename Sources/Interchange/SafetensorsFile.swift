import Kernels

/// A safetensors file opened for reading: its table of contents, and its tensors on demand.
///
/// Opening reads the header only and validates it strictly: offsets inside the file, no overlap,
/// no holes, byte counts that agree with type and shape, no name twice. A file that fails, whatever
/// its bytes, throws an ``InterchangeError`` of kind `malformed` that names the tensor. Reading a
/// tensor is one copy from the file into its memory.
public final class SafetensorsFile: Sendable {
  /// What the file says about one tensor.
  public struct Entry: Sendable, Equatable {
    public let name: String
    /// The format's name of the element type: `F32`, `BF16`, `I64` ...
    public let typeName: String
    public let shape: [Int]
    /// Bytes of data.
    public let byteCount: Int
  }

  /// The tensors, in the order of their data in the file.
  public let entries: [Entry]

  /// The `__metadata__` of the file; empty if there is none.
  public let metadata: [String: String]

  private let source: Source
  private let places: [String: SafetensorsHeader.Entry]

  private enum Source: Sendable {
    case file(InputFile)
    case memory([UInt8])
  }

  /// Opens the file at `path` and reads its header.
  public convenience init(path: String) throws {
    let file = try InputFile(path: path)
    let prefix = try file.bytes(at: 0, count: min(8, file.size))
    do {
      let length = try SafetensorsHeader.length(prefix: prefix, fileSize: file.size)
      let json = try file.bytes(at: 8, count: length)
      self.init(try SafetensorsHeader(parsing: json, fileSize: file.size), .file(file))
    } catch let flaw as SafetensorsHeader.Flaw {
      throw Self.error(path, flaw)
    }
  }

  /// Reads the header of a file that is in memory.
  public convenience init(bytes: [UInt8]) throws {
    do {
      let length = try SafetensorsHeader.length(
        prefix: Array(bytes.prefix(8)), fileSize: bytes.count)
      let header = try SafetensorsHeader(
        parsing: Array(bytes[8..<8 + length]), fileSize: bytes.count)
      self.init(header, .memory(bytes))
    } catch {
      throw Self.error("", error)
    }
  }

  private init(_ header: SafetensorsHeader, _ source: Source) {
    entries = header.entries.map {
      Entry(
        name: $0.name, typeName: $0.typeName, shape: $0.shape, byteCount: $0.range.count)
    }
    metadata = header.metadata
    places = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    self.source = source
  }

  private static func error(_ path: String, _ flaw: SafetensorsHeader.Flaw) -> InterchangeError {
    InterchangeError(.malformed, path: path, "not a valid safetensors file: \(flaw.message)")
  }

  var path: String {
    if case .file(let file) = source { file.path } else { "" }
  }

  /// Whether the file holds a tensor of that name.
  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// Type and shape of a tensor; throws if it is absent or its type is one TapeGrad has not.
  package func description(of name: String) throws -> (dtype: DType, shape: [Int]) {
    let place = try place(of: name)
    return (place.dtype, place.entry.shape)
  }

  /// Copies the data of a tensor into `target`, which has exactly its size.
  package func read(_ name: String, into target: UnsafeMutableRawBufferPointer) throws {
    let (entry, dtype) = try place(of: name)
    precondition(target.count == entry.range.count, "the target has not the size of '\(name)'")
    switch source {
    case .file(let file): try file.read(into: target, at: entry.range.lowerBound)
    case .memory(let bytes): bytes[entry.range].withUnsafeBytes { target.copyMemory(from: $0) }
    }
    if dtype == .bool, let wrong = target.first(where: { $0 > 1 }) {
      throw InterchangeError(
        .malformed, path: path, "'\(name)' is of type BOOL and holds the byte \(wrong)")
    }
  }

  /// The data of a tensor.
  package func array(_ name: String) throws -> ArrayBytes {
    let (entry, dtype) = try place(of: name)
    let bytes = try [UInt8](unsafeUninitializedCapacity: entry.range.count) { buffer, count in
      let target = UnsafeMutableRawBufferPointer(buffer)
      try read(name, into: UnsafeMutableRawBufferPointer(rebasing: target[..<entry.range.count]))
      count = entry.range.count
    }
    return ArrayBytes(dtype: dtype, shape: entry.shape, bytes: bytes)
  }

  private func place(
    of name: String
  ) throws -> (entry: SafetensorsHeader.Entry, dtype: DType) {
    guard let entry = places[name] else {
      throw InterchangeError(.missing, path: path, "it holds no tensor named '\(name)'")
    }
    guard let dtype = entry.dtype else {
      throw InterchangeError(
        .unsupported, path: path,
        "'\(name)' is of type \(entry.typeName); TapeGrad reads "
          + SafetensorsType.known.map(\.name).joined(separator: ", "))
    }
    return (entry, dtype)
  }
}
