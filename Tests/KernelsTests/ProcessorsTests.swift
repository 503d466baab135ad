import CKernels
import Foundation
import Testing

/// What the system's files say of processors, with files made for the purpose.
@Suite struct ProcessorsTests {
  /// Writes files into a new folder and hands over its path.
  private func with<Result>(_ files: [String: String], _ body: (String) -> Result) throws -> Result
  {
    let folder = FileManager.default.temporaryDirectory.path + "/processors-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files {
      let file = URL(fileURLWithPath: "\(folder)/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return body(folder)
  }

  @Test(arguments: [
    ("200000 100000\n", 2), ("150000 100000\n", 2), ("1000 100000\n", 1), ("max 100000\n", 0),
    ("", 0), ("nonsense\n", 0), ("100000\n", 0), ("-1 100000\n", 0), ("400000 0\n", 0),
  ])
  func aQuotaRoundsUp(line: String, processors: Int) throws {
    #expect(try with(["cpu.max": line]) { tg_quota_processors($0) } == processors)
  }

  @Test(arguments: [
    ("350000\n", "100000\n", 4), ("-1\n", "100000\n", 0), ("50000\n", "100000\n", 1),
    ("50000\n", "", 0),
  ])
  func theOlderFilesToo(quota: String, period: String, processors: Int) throws {
    let files = ["cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": period]
    #expect(try with(files) { tg_quota_processors($0) } == processors)
  }

  @Test func aCoreIsItsFirstProcessor() throws {
    let files = [
      "cpu0/topology/thread_siblings_list": "0,4\n", "cpu4/topology/thread_siblings_list": "0,4\n",
      "cpu3/topology/thread_siblings_list": "2-3\n", "cpu5/topology/thread_siblings_list": "\n",
    ]
    let cores = try with(files) { folder in (0..<7).map { tg_core_of(folder, Int32($0)) } }
    #expect(cores == [0, 1, 2, 2, 0, 5, 6])
  }

  private func places(_ cores: [Int32], caller: Int32, workers: Int) -> [Int32] {
    var places = [Int32](repeating: -9, count: workers)
    tg_choose_places(cores, Int32(cores.count), caller, &places, workers)
    return places
  }

  @Test func everyCoreBeforeASecondOfOne() {
    // Processors 2 i and 2 i + 1 share a core.
    let pairs: [Int32] = [0, 0, 2, 2, 4, 4]
    #expect(places(pairs, caller: 0, workers: 2) == [2, 4])
    #expect(places(pairs, caller: 3, workers: 5) == [4, 0, 5, 1, 2])
    // Processors i and i + 3 share one, and 1 must not be used.
    #expect(places([0, -1, 2, 0, 1, 2], caller: 2, workers: 4) == [3, 4, 5, 0])
    // No core has two: as they follow the caller.
    #expect(places([0, 1, 2, 3], caller: 2, workers: 3) == [3, 0, 1])
  }
}
