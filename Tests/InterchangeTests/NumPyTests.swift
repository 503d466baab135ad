import Foundation
import Interchange
import Kernels
import Tensors
import TestSupport
import Testing

/// An `.npy` file of version 1 with that dictionary, padded as NumPy 2 pads it.
private func npy(_ dictionary: String, _ data: [UInt8] = [], spaces: Int? = nil) -> [UInt8] {
  let spaces = spaces ?? 117 - dictionary.utf8.count
  let header = Array((dictionary + String(repeating: " ", count: spaces) + "\n").utf8)
  return [0x93] + Array("NUMPY".utf8)
    + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header + data
}

private func hex(_ text: String) -> [UInt8] {
  let digits = text.filter(\.isHexDigit).compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// What NumPy 2.4 makes of `np.savez_compressed(f, a=np.arange(6, dtype=np.uint8).reshape(2, 3),
/// b=np.float64(1.5))`.
private let deflated = hex(
  """
  504b03042d0000000800000021007e9ed7cfffffffffffffffff05001400612e6e70790100100086000000000000004c
  000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a
  12774bcc294e058a17672416a402f91a463a0ac69a3a0ab50a64032e06462666165600504b03042d0000000800000021
  00297689ebffffffffffffffff05001400622e6e707901001000880000000000000047000000000000009bec17ea1b10
  c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a4
  02f91a9a3a0ab50a14012e0630f8610f00504b01022d032d0000000800000021007e9ed7cf4c00000086000000050000
  000000000000000000800100000000612e6e7079504b01022d032d000000080000002100297689eb4700000088000000
  050000000000000000000000800183000000622e6e7079504b0506000000000200020066000000010100000000
  """)

/// The same of `np.savez(f, a=np.arange(6, dtype=np.uint8).reshape(2, 3))`.
private let stored = hex(
  """
  504b03042d0000000000000021007e9ed7cfffffffffffffffff05001400612e6e707901001000860000000000000086
  00000000000000934e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572
  273a2046616c73652c20277368617065273a2028322c2033292c207d2020202020202020202020202020202020202020
  20202020202020202020202020202020202020202020202020202020202020202020202020200a000102030405504b01
  022d032d0000000000000021007e9ed7cf8600000086000000050000000000000000000000800100000000612e6e7079
  504b0506000000000100010033000000bd0000000000
  """)

@Suite("npy and npz")
struct NumPyTests {
  // Files as NumPy 2.4 writes them: np.save of np.array([[1, 2], [3, 4]], np.float32),
  // np.array(2.5), np.zeros((3, 0, 7), bool).
  static let files: [(Tensor, [UInt8])] = [
    (
      Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]),
      npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
        [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40])
    ),
    (
      Tensor(2.5, dtype: .float64),
      npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", [0, 0, 0, 0, 0, 0, 4, 0x40])
    ),
    (
      Tensor.zeros([3, 0, 7], dtype: .bool),
      npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3, 0, 7), }")
    ),
    (
      Tensor([-1, 2] as [Int64]),
      npy(
        "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }",
        [255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 0])
    ),
  ]

  @Test(arguments: files.indices) func readsAndWritesNumPysBytes(place: Int) throws {
    let (tensor, bytes) = Self.files[place]
    let folder = try TemporaryFolder()
    try NumPyFile.write(tensor, to: folder.file("a.npy"))
    #expect(try folder.read("a.npy") == bytes)
    #expect(try NumPyFile.read(folder.file("a.npy")).hasSameBits(as: tensor))
    #expect(try folder.names == ["a.npy"])
  }

  @Test func readsTheOtherOrderOfElements() throws {
    // np.save(f, np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], np.int16)))
    let matrix = try NumPyFile.array(
      npy(
        "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }",
        [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0]))
    #expect(matrix.shape == [2, 3])
    #expect(matrix.bytes == bytes([1, 2, 3, 4, 5, 6] as [Int32]))
    // np.asfortranarray(np.arange(24, dtype=np.uint8).reshape(2, 3, 4)).ravel("K")
    let cube: [UInt8] = [
      0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23,
    ]
    let array = try NumPyFile.array(
      npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", cube))
    #expect(array.bytes == Array(0..<24))
  }

  @Test func readsTheOtherOrderOfBytesAndNarrowTypes() throws {
    func read(_ descr: String, _ data: [UInt8]) throws -> ArrayBytes {
      try NumPyFile.array(
        npy("{'descr': '\(descr)', 'fortran_order': False, 'shape': (2,), }", data))
    }
    #expect(try read(">i4", [0, 0, 0, 1, 0, 0, 0, 2]).bytes == bytes([1, 2] as [Int32]))
    #expect(try read(">f4", [0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]).bytes == bytes([1, 2] as [Float]))
    #expect(try read("|i1", [255, 2]).bytes == bytes([-1, 2] as [Int32]))
    #expect(try read("<i2", [255, 255, 2, 0]).bytes == bytes([-1, 2] as [Int32]))
    #expect(try read(">u2", [255, 255, 0, 2]).bytes == bytes([65_535, 2] as [Int32]))
    let wide = try read("<u4", [255, 255, 255, 255, 2, 0, 0, 0])
    #expect(wide.dtype == .int64)
    #expect(wide.bytes == bytes([4_294_967_295, 2] as [Int64]))
  }

  @Test func readsVersionsTwoAndThreeAndOldHabits() throws {
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }\n"
    for version: UInt8 in [2, 3] {
      let file =
        [0x93] + Array("NUMPY".utf8) + [version, 0, UInt8(text.utf8.count), 0, 0, 0]
        + Array(text.utf8) + [7]
      #expect(try NumPyFile.array(file).bytes == [7])
    }
    // Python 2 wrote long integers and no comma at the end; the order of the keys is free.
    let old = npy("{\"shape\": (2L, 1L), 'fortran_order':False,'descr': '|u1'}", [7, 8])
    #expect(try NumPyFile.array(old).shape == [2, 1])
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "takes 12"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "takes 4"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", "cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 2, }", "cannot be read"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
      "cannot be read"
    ),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "impossible"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, }", "does not give"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 'y', }", "does not give"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", "cannot be read"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", "cannot be read"),
    ("{'descr': '<f4", "cannot be read"), ("", "cannot be read"), ("{", "cannot be read"),
  ])
  func refusesAHeaderThatLies(header: String, message: String) {
    expectError(.malformed, containing: message) {
      _ = try NumPyFile.array(npy(header, [UInt8](repeating: 0, count: 8), spaces: 10))
    }
  }

  @Test(arguments: ["<c8", "<u8", "<U3", "|O", "<M8[ns]", "f4", "|f4", "=f4", ""])
  func namesTypesItDoesNotHave(descr: String) {
    expectError(.unsupported, containing: "'\(descr)'") {
      _ = try NumPyFile.array(
        npy(
          "{'descr': '\(descr)', 'fortran_order': False, 'shape': (2,), }",
          [0, 0, 0, 0, 0, 0, 0, 0]))
    }
    expectError(.unsupported, containing: "records") {
      _ = try NumPyFile.array(
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"))
    }
  }

  @Test func survivesDamage() throws {
    let file = Self.files[0].1
    for length in 0..<file.count {
      expectError(.malformed) { _ = try NumPyFile.array(Array(file[..<length])) }
    }
    for archive in [stored, deflated] {
      for length in 0..<archive.count {
        expectError(.malformed) { _ = try NumPyFile.arrays(Array(archive[..<length])) }
      }
      var refused = 0
      for place in archive.indices {
        for change: UInt8 in [1, 0x40, 0xff] {
          var damaged = archive
          damaged[place] ^= change
          do { _ = try NumPyFile.arrays(damaged) } catch {
            #expect(error is InterchangeError)
            refused += 1
          }
        }
      }
      #expect(refused > archive.count)
    }
  }

  @Test func readsAndWritesNumPysArchives() throws {
    let numbers = ArrayBytes(dtype: .uint8, shape: [2, 3], bytes: Array(0..<6))
    let arrays = try NumPyFile.arrays(deflated)
    #expect(arrays.map(\.name) == ["a", "b"])
    #expect(arrays[0].array == numbers)
    #expect(arrays[1].array == ArrayBytes(dtype: .float64, shape: [], bytes: bytes([1.5])))
    #expect(try NumPyFile.arrays(stored)[0].array == numbers)

    let folder = try TemporaryFolder()
    let tensor = Tensor(Array(0..<6) as [UInt8], shape: [2, 3])
    try NumPyFile.writeArchive(["a": tensor], to: folder.file("x.npz"))
    #expect(try folder.read("x.npz") == stored)
    let several = ["b": tensor, "a": Tensor([1.5]), "layer.0": Tensor.zeros([0, 2])]
    try NumPyFile.writeArchive(several, to: folder.file("y.npz"))
    let back = try NumPyFile.readArchive(folder.file("y.npz"))
    #expect(back.keys.sorted() == ["a", "b", "layer.0"])
    for (name, tensor) in several { #expect(back[name]?.hasSameBits(as: tensor) == true) }
  }

  @Test func anArchiveIsCheckedAgainstItself() throws {
    var damaged = stored
    damaged[damaged.firstIndex(of: 0x93)! + 130] ^= 1
    expectError(.malformed, containing: "checksum") { _ = try NumPyFile.arrays(damaged) }
    // The directory's method, 10 bytes into its entry, becomes 12 (bzip2).
    var other = stored
    let entry = 0xbd
    other[entry + 10] = 12
    expectError(.unsupported, containing: "method 12") { _ = try NumPyFile.arrays(other) }
    other[entry + 8] = 1
    expectError(.unsupported, containing: "encrypted") { _ = try NumPyFile.arrays(other) }
    expectError(.malformed, containing: "no zip file") {
      _ = try NumPyFile.arrays([UInt8](repeating: 0x50, count: 100))
    }
  }

  @Test func sizesOfSixtyFourBitsAreRead() throws {
    // The archive above with its sizes moved into the extra field of the directory, and the
    // directory found through the 64-bit end record.
    let local = Array(stored[..<0xbd])
    var entry = Array(stored[0xbd..<0xbd + 51])
    entry.replaceSubrange(20..<28, with: [UInt8](repeating: 255, count: 8))
    entry[30] = 20
    let size: [UInt8] = [0x86, 0, 0, 0, 0, 0, 0, 0]
    entry += [1, 0, 16, 0] + size + size
    func wide(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(number >> (8 * $0) & 255) } }
    let place = local.count + entry.count
    let record =
      [0x50, 0x4b, 6, 6] + wide(44) + [45, 0, 45, 0] + [UInt8](repeating: 0, count: 8)
      + wide(1) + wide(1) + wide(entry.count) + wide(local.count)
    let locator = [0x50, 0x4b, 6, 7, 0, 0, 0, 0] + wide(place) + [1, 0, 0, 0]
    let end: [UInt8] =
      [0x50, 0x4b, 5, 6, 0, 0, 0, 0] + [UInt8](repeating: 255, count: 12) + [0, 0]
    let file = local + entry + record + locator + end
    #expect(try NumPyFile.arrays(file)[0].array.bytes == Array(0..<6))
    for place in local.count..<file.count {
      var damaged = file
      damaged[place] ^= 0xff
      do { _ = try NumPyFile.arrays(damaged) } catch { #expect(error is InterchangeError) }
    }
  }

  @Test func whatNumPyDoesNotHaveIsNotWritten() throws {
    let folder = try TemporaryFolder()
    let tensor = Tensor.zeros([2], dtype: .bfloat16)
    expectError(.unsupported, containing: "bfloat16") {
      try NumPyFile.write(tensor, to: folder.file("a.npy"))
    }
    expectError(.unsupported, containing: "'w'") {
      try NumPyFile.writeArchive(["w": tensor], to: folder.file("a.npz"))
    }
    #expect(try folder.names.isEmpty)
  }

  @Test func shapesThatTensorsDoNotHaveAreReported() throws {
    let folder = try TemporaryFolder()
    let file = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", [7])
    try AtomicFile.write(file, to: folder.file("a.npy"))
    expectError(.unsupported, containing: "8 axes") {
      _ = try NumPyFile.read(folder.file("a.npy"))
    }
    let long = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2147483648, 0), }")
    try AtomicFile.write(long, to: folder.file("b.npy"))
    expectError(.unsupported) { _ = try NumPyFile.read(folder.file("b.npy")) }
  }
}
