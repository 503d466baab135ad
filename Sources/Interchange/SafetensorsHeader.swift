import Kernels

/// The table of contents of a safetensors file, read strictly.
///
/// A file is the length of its header (8 bytes, little-endian), the header (JSON), and the data of
/// the tensors, one after the other. Source: the format's description in the repository
/// huggingface/safetensors, and its reference reader, whose limits these are.
struct SafetensorsHeader {
  /// Where one tensor lies; `range` counts from the start of the file.
  struct Entry: Sendable {
    let name: String
    /// The format's name of the element type, such as `F32`.
    let typeName: String
    /// The type as TapeGrad knows it, or `nil` if it has none.
    let dtype: DType?
    let shape: [Int]
    let range: Range<Int>
  }

  /// In the order of the data.
  let entries: [Entry]
  let metadata: [String: String]

  /// Longest header accepted: a larger one is taken for damage, and is never allocated.
  static let longest = 100_000_000

  /// The length of the header, checked against the file's size, from the file's first 8 bytes.
  static func length(prefix: [UInt8], fileSize: Int) throws(Flaw) -> Int {
    guard prefix.count == 8 else {
      throw Flaw("it has \(fileSize) bytes, and the header's length alone takes 8")
    }
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(longest) else {
      throw Flaw("the header claims \(length) bytes, more than the format's limit of \(longest)")
    }
    guard Int(length) <= fileSize - 8 else {
      throw Flaw("the header claims \(length) bytes, the file has \(fileSize - 8) after its start")
    }
    return Int(length)
  }

  /// Reads the header's JSON and checks that its tensors fill the rest of the file exactly.
  init(parsing json: [UInt8], fileSize: Int) throws(Flaw) {
    guard json.first == UInt8(ascii: "{") else { throw Flaw("the header does not start with '{'") }
    let members: JSON.Object
    do {
      members = try JSON(parsing: json).object ?? JSON.Object()
    } catch {
      throw Flaw("the header is \(error)")
    }

    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    entries.reserveCapacity(members.count)
    let start = 8 + json.count
    for (name, value) in zip(members.keys, members.values) {
      if name == "__metadata__" {
        metadata = try Self.metadata(value)
      } else {
        entries.append(try Self.entry(name, value, dataStart: start, fileSize: fileSize))
      }
    }
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    try Self.checkCoverage(entries, start: start, fileSize: fileSize)
    self.entries = entries
    self.metadata = metadata
  }

  /// What is wrong with a header; the caller knows the file.
  struct Flaw: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }

  private static func metadata(_ value: JSON) throws(Flaw) -> [String: String] {
    guard let object = value.object else { throw Flaw("__metadata__ is not an object") }
    var metadata: [String: String] = [:]
    for (key, value) in zip(object.keys, object.values) {
      guard let text = value.string else { throw Flaw("__metadata__ of '\(key)' is not a string") }
      metadata[key] = text
    }
    return metadata
  }

  private static func entry(
    _ name: String, _ value: JSON, dataStart: Int, fileSize: Int
  ) throws(Flaw) -> Entry {
    guard let typeName = value["dtype"]?.string else { throw Flaw("'\(name)' has no dtype") }
    guard let width = SafetensorsType.widths[typeName] else {
      throw Flaw("'\(name)' has the unknown dtype \(typeName)")
    }
    guard let shape = naturals(value["shape"]) else {
      throw Flaw("'\(name)' has no shape of whole numbers")
    }
    guard let offsets = naturals(value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else {
      throw Flaw("'\(name)' has no data_offsets [begin, end]")
    }
    guard offsets[1] <= fileSize - dataStart else {
      throw Flaw(
        "'\(name)' ends at byte \(offsets[1]) of the data, which has \(fileSize - dataStart)")
    }
    guard let bytes = byteCount(shape, width: width) else {
      throw Flaw("'\(name)' has the impossible shape \(shape)")
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw Flaw(
        "'\(name)' has \(offsets[1] - offsets[0]) bytes, \(typeName) \(shape) takes \(bytes)")
    }
    return Entry(
      name: name, typeName: typeName, dtype: SafetensorsType.dtype(named: typeName), shape: shape,
      range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  private static func naturals(_ value: JSON?) -> [Int]? {
    guard let items = value?.array else { return nil }
    let numbers = items.compactMap { item in item.int.flatMap { $0 >= 0 ? $0 : nil } }
    return numbers.count == items.count ? numbers : nil
  }

  private static func checkCoverage(_ entries: [Entry], start: Int, fileSize: Int) throws(Flaw) {
    var end = start
    var last = "the header"
    for entry in entries {
      let gap = entry.range.lowerBound - end
      guard gap <= 0 else {
        throw Flaw("\(gap) bytes between \(last) and '\(entry.name)' are unused")
      }
      guard gap == 0 else { throw Flaw("the data of \(last) and '\(entry.name)' overlap") }
      end = entry.range.upperBound
      last = "'\(entry.name)'"
    }
    guard end == fileSize else { throw Flaw("\(fileSize - end) bytes after \(last) are unused") }
  }
}

/// The element types of the format.
enum SafetensorsType {
  /// Bytes an element takes, for every type whose elements are whole bytes.
  static let widths: [String: Int] = [
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1, "I16": 2, "U16": 2,
    "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4, "C64": 8, "F64": 8, "I64": 8, "U64": 8,
  ]

  /// The types TapeGrad has, in the order in which the reference writer lays out their data: wide
  /// elements first, so that every tensor is aligned to its elements.
  static let known: [(dtype: DType, name: String)] = [
    (.int64, "I64"), (.float64, "F64"), (.float32, "F32"), (.int32, "I32"), (.bfloat16, "BF16"),
    (.float16, "F16"), (.uint8, "U8"), (.bool, "BOOL"),
  ]

  static func dtype(named name: String) -> DType? { known.first { $0.name == name }?.dtype }
}
