import Foundation
import TestSupport

/// The built program `tapegrad`, run as a user would.
struct Program {
  /// What a run left behind.
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String
  }

  /// A run that goes on until it is waited for.
  final class Running {
    let process = Process()
    private let output: String
    private let errors: String

    init(
      _ arguments: [String], in folder: String, environment more: [String: String] = [:]
    ) throws {
      let name = UUID().uuidString
      output = "\(folder)/\(name).out"
      errors = "\(folder)/\(name).err"
      for path in [output, errors] {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
      }
      process.executableURL = URL(fileURLWithPath: builtProgram("tapegrad"))
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      var environment = ProcessInfo.processInfo.environment
      // Tests run side by side; results do not depend on it.
      environment["TAPEGRAD_THREADS"] = "1"
      process.environment = environment.merging(more) { $1 }
      process.standardOutput = FileHandle(forWritingAtPath: output)
      process.standardError = FileHandle(forWritingAtPath: errors)
      try process.run()
    }

    /// What has been printed so far.
    var printed: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    func wait() -> Outcome {
      process.waitUntilExit()
      let errors = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
      return Outcome(code: process.terminationStatus, output: printed, errors: errors)
    }

    /// Waits until a line has been printed that contains `text`; false after a minute.
    func waits(for text: String) -> Bool {
      for _ in 0..<6000 {
        if printed.contains(text) { return true }
        if !process.isRunning { return printed.contains(text) }
        Thread.sleep(forTimeInterval: 0.01)
      }
      return false
    }
  }

  static func run(
    _ arguments: [String], in folder: String = NSTemporaryDirectory(),
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try Running(arguments, in: folder, environment: environment).wait()
  }
}
