import Foundation
import Interchange
import TestSupport
import Testing

@Suite("Files are replaced whole or not at all")
struct AtomicFileTests {
  @Test func writesAndReplaces() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("first", to: folder.file("a.txt"))
    #expect(try folder.read("a.txt") == Array("first".utf8))
    try AtomicFile.write("second, longer", to: folder.file("a.txt"))
    #expect(try folder.read("a.txt") == Array("second, longer".utf8))
    #expect(try folder.names == ["a.txt"])
  }

  @Test func gathersSmallPiecesAndPassesLargeOnes() throws {
    let folder = try TemporaryFolder()
    let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var counts: [Int] = []
    try AtomicFile.write(to: folder.file("pieces")) { output in
      for _ in 0..<3 {
        try output.append([1, 2, 3])
        try output.append(large)
      }
      counts.append(output.count)
    }
    #expect(counts == [3 * 200_003])
    #expect(
      try folder.read("pieces") == [1, 2, 3] + large + [1, 2, 3] + large + [1, 2, 3] + large)
  }

  @Test func anErrorLeavesTheOldFile() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder.file("a"))
    #expect(throws: Stop.self) {
      try AtomicFile.write(to: folder.file("a")) { output in
        try output.append([UInt8](repeating: 7, count: 100_000))
        throw Stop()
      }
    }
    #expect(try folder.read("a") == Array("old".utf8))
    #expect(try folder.names == ["a"])
  }

  @Test func keepsPermissionsAndFollowsLinks() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("old", to: folder.file("real"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o640], ofItemAtPath: folder.file("real"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: "real")
    try AtomicFile.write("new", to: folder.file("link"))
    #expect(try folder.read("real") == Array("new".utf8))
    #expect(try folder.names == ["link", "real"])
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("real"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    let link = try FileManager.default.attributesOfItem(atPath: folder.file("link"))
    #expect(link[.type] as? FileAttributeType == .typeSymbolicLink)
  }

  @Test func namesWhatIsWrongWithTheTarget() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write("x", to: folder.file("plain"))
    expectError(.unwritable, containing: "folder") { try AtomicFile.write("x", to: folder.path) }
    expectError(.unwritable, containing: "No such file") {
      try AtomicFile.write("x", to: folder.file("absent/a"))
    }
    expectError(.unwritable, containing: "Not a directory") {
      try AtomicFile.write("x", to: folder.file("plain/a"))
    }
    expectError(.unwritable) { try AtomicFile.write("x", to: "") }
    expectError(.unwritable) { try AtomicFile.write("x", to: folder.file("absent/")) }
  }

  #if os(Linux)
    @Test func aFullDeviceIsReported() {
      expectError(.unwritable, containing: "No space left") {
        try AtomicFile.write("x", to: "/dev/full")
      }
    }

    /// A limit on the size of files stops a write in its middle, as a full disk does. It holds for
    /// a whole process, so this runs in one of its own.
    @Test func aFullDiskLeavesTheOldFileAndNothingElse() async {
      await #expect(processExitsWith: .success) {
        let folder = try TemporaryFolder()
        try AtomicFile.write("old", to: folder.file("a"))
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 70_000, rlim_max: 70_000)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let error = #expect(throws: InterchangeError.self) {
          try AtomicFile.write([UInt8](repeating: 1, count: 1 << 20), to: folder.file("a"))
        }
        #expect(error?.kind == .unwritable)
        #expect(try folder.read("a") == Array("old".utf8))
        #expect(try folder.names == ["a"])
      }
    }

    /// The superuser may write anywhere, so the process gives that right up first.
    @Test func aFolderWithoutPermissionIsReported() async {
      await #expect(processExitsWith: .success) {
        let folder = try TemporaryFolder()
        try AtomicFile.write("old", to: folder.file("a"))
        chmod(folder.path, 0o555)
        if geteuid() == 0 { _ = seteuid(65534) }
        let error = #expect(throws: InterchangeError.self) {
          try AtomicFile.write("new", to: folder.file("a"))
        }
        #expect(error?.kind == .unwritable)
        #expect("\(error!)".contains("Permission denied"))
        #expect(try folder.read("a") == Array("old".utf8))
        if getuid() == 0 { _ = seteuid(0) }
        chmod(folder.path, 0o755)
      }
    }
  #endif
}
