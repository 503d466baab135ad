import Foundation
import Interchange
import TestSupport
import Testing

/// The built program `Benchmarks`, run as a user would.
struct Program {
  let code: Int32
  let output: String
  let errors: String

  /// Runs it until it ends; `input` is its standard input.
  init(
    _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: builtProgram("Benchmarks"))
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: nothing has to be read while it runs.
    let input = try folder.write("input", input)
    let output = try folder.write("output", "")
    let errors = try folder.write("errors", "")
    process.standardInput = FileHandle(forReadingAtPath: input)
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    code = process.terminationStatus
    self.output = try String(contentsOfFile: output, encoding: .utf8)
    self.errors = try String(contentsOfFile: errors, encoding: .utf8)
  }

  /// The output as JSON, one value a line.
  func lines() throws -> [JSON] {
    try output.split(separator: "\n").map { try JSON(parsing: String($0)) }
  }
}

extension TemporaryFolder {
  /// Writes a file; its path.
  func write(_ name: String, _ text: String, isProgram: Bool = false) throws -> String {
    let file = file(name)
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    if isProgram {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    }
    return file
  }
}

/// A stand-in for a Python with PyTorch: a shell script that notes what it is asked and answers the
/// same times whatever that is.
struct StandInPeer {
  let folder: TemporaryFolder
  let path: String

  /// Milliseconds it claims for a step, in no order: their median is 40.
  static let step = 40.0

  init() throws {
    folder = try TemporaryFolder()
    let notes = try folder.write("notes", "")
    path = try folder.write(
      "python",
      """
      #!/bin/sh
      echo "$1 $OMP_PROC_BIND $OMP_NUM_THREADS $GLIBC_TUNABLES" >> '\(notes)'
      while read -r line; do
        echo "$line" >> '\(notes)'
        case $line in
          *hello*) echo '{"name": "torch", "version": "1", "pinned": "1"}' ;;
          *training*) echo '{"first_step_ms": 1500.0}' ;;
          *steps*) echo '{"times_ms": [41.0, 10.0, 40.0], "peak_rss_mb": 1000.0}' ;;
          *functions*) echo '{"forward": 1.0, "input": 2.0, "kernel": 4.0, "total": 8.0}' ;;
          *convolution*) echo '{}' ;;
        esac
      done

      """, isProgram: true)
  }

  /// How it was started, then each request.
  func notes() throws -> [String] {
    try folder.text("notes").split(separator: "\n").map(String.init)
  }

  func requests(_ kind: String) throws -> [JSON] {
    try notes().filter { $0.hasPrefix("{") }.map { try JSON(parsing: $0) }
      .filter { $0["request"]?.string == kind }
  }
}
