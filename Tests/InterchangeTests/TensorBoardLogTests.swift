import Foundation
import Interchange
import TestSupport
import Testing

@Suite("TensorBoard logs")
struct TensorBoardLogTests {
  /// The records that TensorBoard 2.x's own `RecordWriter` makes of three events:
  ///
  ///     Event(wall_time=1234.5, file_version="brain.Event:2")
  ///     Event(wall_time=1235.0, step=3, summary=Summary(value=[
  ///         Summary.Value(tag="loss/training", simple_value=0.25)]))
  ///     Event(wall_time=1235.0, step=-1, summary=Summary(value=[
  ///         Summary.Value(tag="dice", simple_value=float("nan"))]))
  static let reference = """
    1800000000000000a37f4b220900000000004a93401a0d627261696e2e4576656e743a3265b8d3fb\
    2300000000000000b09f77430900000000004c934010032a160a140a0d6c6f73732f747261696e696e67150000803e\
    c6ef8cdf2300000000000000b09f77430900000000004c934010ffffffffffffffffff012a0d0a0b0a046469636515\
    0000c07f24ebe343
    """

  @Test func writesTensorBoardsBytes() throws {
    let folder = try TemporaryFolder()
    let log = try TensorBoardLog(folder: folder.path, time: 1234.5)
    try log.scalar("loss/training", 0.25, step: 3, time: 1235)
    try log.scalar("dice", .nan, step: -1, time: 1235)
    let names = try folder.names
    #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents.0000001234."))
    #expect(log.path == folder.file(names[0]))
    let digits = try folder.read(names[0]).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    #expect(digits.joined() == Self.reference)
  }

  @Test func twoLogsOfOneSecondAreTwoFiles() throws {
    let folder = try TemporaryFolder()
    let logs = try (0..<3).map { _ in try TensorBoardLog(folder: folder.path, time: 5) }
    #expect(Set(logs.map(\.path)).count == 3)
    #expect(try folder.names.count == 3)
  }

  @Test func threadsWriteWholeRecords() async throws {
    let folder = try TemporaryFolder()
    let log = try TensorBoardLog(folder: folder.path, time: 5)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask { for step in 0..<250 { try log.scalar("t\(task)", 1, step: step, time: 6) } }
      }
      try await group.waitForAll()
    }
    let bytes = try folder.read(try folder.names[0])
    var place = 0
    var count = 0
    while place < bytes.count {
      let length = Int(bytes[place])
      #expect(bytes[(place + 1)..<(place + 8)].allSatisfy { $0 == 0 })
      place += 16 + length
      count += 1
    }
    #expect(place == bytes.count && count == 1001)
  }

  @Test func aFolderThatIsNotThereIsReported() throws {
    let folder = try TemporaryFolder()
    expectError(.unwritable, containing: "No such file") {
      _ = try TensorBoardLog(folder: folder.file("absent"))
    }
  }

  @Test func theChecksumIsCastagnolis() {
    // RFC 3720, B.4: 32 bytes of zeros, of ones, and rising.
    #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(crc32c([UInt8](repeating: 255, count: 32)) == 0x62a8_ab43)
    #expect(crc32c(Array(0..<32)) == 0x46dd_794e)
  }
}
