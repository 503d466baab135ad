import Foundation
import Interchange

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The folder that a run leaves: configuration, measurements, checkpoints, figures, report.
public struct RunFolder: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// The folder in which the file at `path` is.
  init(path: String) {
    let folder = (path as NSString).deletingLastPathComponent
    self.path = folder.isEmpty ? "." : folder
  }

  public var configuration: String { "\(path)/config.json" }
  public var table: String { "\(path)/metrics.csv" }
  public var log: String { "\(path)/metrics.jsonl" }
  public var best: String { "\(path)/best.safetensors" }
  public var last: String { "\(path)/last.safetensors" }
  public var summary: String { "\(path)/summary.json" }
  public var report: String { "\(path)/report.html" }
  public var figures: String { "\(path)/figures" }

  /// Whether a run has left its traces there.
  public var holdsRun: Bool {
    [configuration, last, summary].contains { FileManager.default.fileExists(atPath: $0) }
  }

  /// Makes the folder and those above it; throws `InterchangeError` if that cannot be, or if nothing
  /// can be written there.
  public func create() throws {
    try makeFolder(figures)
  }

  /// `PATH`, or `PATH-2`, `PATH-3` ... where a run is there already.
  public static func unused(_ path: String) -> RunFolder {
    var number = 1
    while true {
      let folder = RunFolder(number == 1 ? path : "\(path)-\(number)")
      if !FileManager.default.fileExists(atPath: folder.path) { return folder }
      number += 1
    }
  }

  /// Removes what an earlier run left there, and nothing else.
  public func clear() throws {
    let files = [configuration, table, log, best, last, summary, report, figures]
    let events = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { $0.hasPrefix("events.out.tfevents.") }.map { "\(path)/\($0)" }
    for file in files + events where FileManager.default.fileExists(atPath: file) {
      do {
        try FileManager.default.removeItem(atPath: file)
      } catch {
        throw InterchangeError(
          .unwritable, path: file, "cannot remove it: \(error.localizedDescription)")
      }
    }
  }
}

/// Makes a folder and those above it; throws `InterchangeError` in the system's words.
func makeFolder(_ path: String) throws {
  var made = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
    if mkdir(made, 0o777) == 0 { continue }
    let code = errno
    // A folder above may be there and not be writable, which is no hindrance yet.
    if isFolder(made) { continue }
    throw InterchangeError(
      .unwritable, path: made, "cannot make this folder: \(systemMessage(code))")
  }
  guard access(path, W_OK) == 0 else {
    throw InterchangeError(
      .unwritable, path: path, "cannot write into this folder: \(systemMessage(errno))")
  }
}
