import Foundation
import Interchange
import Kernels
import TestSupport
import Testing

/// What `safetensors.numpy.save` (safetensors 0.8.0) makes of:
///
///     save({"w": np.array([[1, 2], [3, 4]], np.float32), "b": np.array([1.5], np.float64),
///           "k": np.array([7, -1], np.int64), "m": np.array([True, False, True]),
///           "u": np.arange(3, dtype=np.uint8), "i": np.array([5], np.int32),
///           "h": np.array([0.5], np.float16), "s": np.array(2, np.float32),
///           "z": np.zeros((0, 3), np.float32)}, metadata={"a": "b"})
private let reference: [UInt8] =
  [0x10, 0x02, 0, 0, 0, 0, 0, 0]
  + Array(
    (#"{"__metadata__":{"a":"b"},"k":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"#
      + #""b":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"#
      + #""s":{"dtype":"F32","shape":[],"data_offsets":[24,28]},"#
      + #""w":{"dtype":"F32","shape":[2,2],"data_offsets":[28,44]},"#
      + #""z":{"dtype":"F32","shape":[0,3],"data_offsets":[44,44]},"#
      + #""i":{"dtype":"I32","shape":[1],"data_offsets":[44,48]},"#
      + #""h":{"dtype":"F16","shape":[1],"data_offsets":[48,50]},"#
      + #""u":{"dtype":"U8","shape":[3],"data_offsets":[50,53]},"#
      + #""m":{"dtype":"BOOL","shape":[3],"data_offsets":[53,56]}}     "#).utf8)
  + [7, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]  // k
  + [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]  // b
  + [0, 0, 0, 0x40]  // s
  + [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40]  // w
  + [5, 0, 0, 0, 0, 0x38, 0, 1, 2, 1, 0, 1]  // i, h, u, m

private let arrays: [(name: String, array: ArrayBytes)] = [
  ("w", ArrayBytes(dtype: .float32, shape: [2, 2], bytes: bytes([1, 2, 3, 4] as [Float]))),
  ("b", ArrayBytes(dtype: .float64, shape: [1], bytes: bytes([1.5]))),
  ("k", ArrayBytes(dtype: .int64, shape: [2], bytes: bytes([7, -1]))),
  ("m", ArrayBytes(dtype: .bool, shape: [3], bytes: [1, 0, 1])),
  ("u", ArrayBytes(dtype: .uint8, shape: [3], bytes: [0, 1, 2])),
  ("i", ArrayBytes(dtype: .int32, shape: [1], bytes: bytes([5] as [Int32]))),
  ("h", ArrayBytes(dtype: .float16, shape: [1], bytes: [0, 0x38])),
  ("s", ArrayBytes(dtype: .float32, shape: [], bytes: bytes([2] as [Float]))),
  ("z", ArrayBytes(dtype: .float32, shape: [0, 3], bytes: [])),
]

func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

/// A file with that header and that many bytes of data.
private func file(_ header: String, data: Int) -> [UInt8] {
  let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
  return length + Array(header.utf8) + [UInt8](repeating: 0, count: data)
}

@Suite("safetensors")
struct SafetensorsTests {
  @Test func readsTheReferenceWritersFile() throws {
    let file = try SafetensorsFile(bytes: reference)
    #expect(file.metadata == ["a": "b"])
    #expect(file.entries.map(\.name) == ["k", "b", "s", "w", "z", "i", "h", "u", "m"])
    for (name, array) in arrays { #expect(try file.array(name) == array) }
    #expect(file.contains("w"))
    #expect(!file.contains("__metadata__"))
  }

  @Test func writesTheReferenceWritersBytes() throws {
    let folder = try TemporaryFolder()
    for order in [arrays, arrays.reversed()] {
      try SafetensorsFile.write(order, metadata: ["a": "b"], to: folder.file("x"))
      #expect(try folder.read("x") == reference)
    }
    #expect(try folder.names == ["x"])
  }

  @Test func whatIsWrittenIsReadBackFromAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x.safetensors")
    let large = ArrayBytes(
      dtype: .bfloat16, shape: [300, 500], bytes: (0..<300_000).map { UInt8($0 % 251) })
    let metadata = ["step": "12", "é\"\\\n": "漢", "": ""]
    try SafetensorsFile.write(arrays + [("stage1.0.weight", large)], metadata: metadata, to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == metadata)
    #expect(try file.array("stage1.0.weight") == large)
    for (name, array) in arrays { #expect(try file.array(name) == array) }
    // Each tensor is aligned to its elements in the file.
    let header =
      Int(try folder.read("x.safetensors")[0]) | Int(try folder.read("x.safetensors")[1]) << 8
    #expect(header % 8 == 0)
  }

  @Test func aFileWithoutTensorsIsAFile() throws {
    let folder = try TemporaryFolder()
    try SafetensorsFile.write([], to: folder.file("x"))
    #expect(try folder.read("x") == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    #expect(try SafetensorsFile(path: folder.file("x")).entries.isEmpty)
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}"#, 12, "takes 8"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "ends at byte 8"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "1 bytes after 'a'"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "4 bytes between the header"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}"#, 8, "data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "shape"),
    (#"{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#, 8, "shape"),
    (#"{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#, 8, "shape"),
    (#"{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}"#, 8, "F33"),
    (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "no dtype"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, 8, "shape"),
    (#"{"a":7}"#, 0, "no dtype"),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
      "impossible shape"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, 0,
      "impossible shape"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#, 6, "'a' and 'b' overlap"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, 4, "overlap"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""b":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}}"#, 10,
      "2 bytes between 'a' and 'b'"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
        + #""a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8, "occurs twice"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, "__metadata__"),
    (#"{"__metadata__":[]}"#, 0, "__metadata__"),
    (#"[]"#, 0, "does not start with '{'"),
    (#" {}"#, 0, "does not start with '{'"),
    (#"{"a":"#, 0, "not valid JSON"),
    (#"{} x"#, 0, "not valid JSON"),
    ("", 0, "does not start with '{'"),
  ])
  func refusesAHeaderThatLies(header: String, data: Int, message: String) {
    expectError(.malformed, containing: message) {
      _ = try SafetensorsFile(bytes: file(header, data: data))
    }
  }

  @Test func refusesALengthThatLies() {
    expectError(.malformed, containing: "0 bytes") { _ = try SafetensorsFile(bytes: []) }
    expectError(.malformed) { _ = try SafetensorsFile(bytes: [2, 0, 0, 0, 0, 0, 0]) }
    expectError(.malformed, containing: "claims 3") {
      _ = try SafetensorsFile(bytes: [3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d])
    }
    expectError(.malformed, containing: "limit") {
      _ = try SafetensorsFile(bytes: [255, 255, 255, 255, 255, 255, 255, 255, 0x7b, 0x7d])
    }
  }

  /// Every file that differs from a good one in one byte of its header, or is cut anywhere, is
  /// read or refused, and never crashes.
  @Test func survivesDamage() throws {
    let headerEnd = 8 + 0x210
    var refused = 0
    for place in 0..<headerEnd {
      for change: UInt8 in [1, 0x20, 0x80] {
        var damaged = reference
        damaged[place] ^= change
        do {
          let file = try SafetensorsFile(bytes: damaged)
          for entry in file.entries { _ = try? file.array(entry.name) }
        } catch {
          #expect((error as? InterchangeError)?.kind == .malformed)
          refused += 1
        }
      }
    }
    #expect(refused > headerEnd)
    for length in 0..<reference.count {
      expectError(.malformed) { _ = try SafetensorsFile(bytes: Array(reference[..<length])) }
    }
  }

  @Test func readsAroundTypesItDoesNotHave() throws {
    let header =
      #"{"a":{"dtype":"U32","shape":[1],"data_offsets":[0,4]},"#
      + #""b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]}}"#
    let file = try SafetensorsFile(bytes: file(header, data: 5))
    #expect(try file.array("b").bytes == [0])
    expectError(.unsupported, containing: "'a' is of type U32") { _ = try file.array("a") }
    expectError(.missing, containing: "'c'") { _ = try file.array("c") }
  }

  @Test func aTruthValueIsZeroOrOne() throws {
    var damaged = reference
    damaged[damaged.count - 1] = 2
    let file = try SafetensorsFile(bytes: damaged)
    expectError(.malformed, containing: "byte 2") { _ = try file.array("m") }
  }

  @Test func refusesNamesItCannotWrite() throws {
    let folder = try TemporaryFolder()
    let one = ArrayBytes(dtype: .uint8, shape: [1], bytes: [1])
    expectError(.unwritable, containing: "two tensors") {
      try SafetensorsFile.write([("a", one), ("a", one)], to: folder.file("x"))
    }
    expectError(.unwritable) {
      try SafetensorsFile.write([("__metadata__", one)], to: folder.file("x"))
    }
    #expect(try folder.names.isEmpty)
  }

  @Test func namesTheFileThatIsWrong() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gone.safetensors")
    let error = expectError(.missing, containing: "gone.safetensors") {
      _ = try SafetensorsFile(path: path)
    }
    #expect(error?.path == path)
    expectError(.unreadable, containing: "folder") { _ = try SafetensorsFile(path: folder.path) }
    expectError(.unreadable, containing: "not a regular file") {
      _ = try SafetensorsFile(path: "/dev/null")
    }
    try AtomicFile.write("not a checkpoint, but long enough", to: path)
    expectError(.malformed, containing: "gone.safetensors: not a valid safetensors file") {
      _ = try SafetensorsFile(path: path)
    }
  }

  @Test func aFileThatShrinksWhileOpenIsReported() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(reference, to: folder.file("x"))
    let file = try SafetensorsFile(path: folder.file("x"))
    truncate(folder.file("x"), off_t(reference.count - 2))
    #expect(try file.array("u").bytes == [0, 1, 2])
    expectError(.malformed, containing: "ends after") { _ = try file.array("m") }
  }
}
