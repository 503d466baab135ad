import Foundation
import Interchange

/// A notebook run in `--quick` as a program, and what it left.
struct NotebookRun {
  let folder: String
  let output: String
  let errors: String
  let exitCode: Int32

  /// The folder in which the programs of this package were built: beside the tests.
  private static let programs: URL = {
    for argument in CommandLine.arguments {
      let url = URL(fileURLWithPath: argument).resolvingSymlinksInPath()
      if argument.hasSuffix(".xctest") { return url.deletingLastPathComponent() }
      // On macOS the tests are a bundle, and the program is deep inside it.
      if let bundle = argument.range(of: ".xctest/") {
        let path = argument[..<argument.index(before: bundle.upperBound)]
        return URL(fileURLWithPath: String(path)).deletingLastPathComponent()
      }
    }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
  }()

  /// Runs a notebook with these options, by default quickly into a folder of its own.
  init(_ name: String, _ options: [String]? = nil) throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("notebook-\(UUID().uuidString)").path
    let process = Process()
    process.executableURL = Self.programs.appendingPathComponent(name)
    process.arguments = options ?? ["--quick", "--out", folder]
    // Pipes fill up while nobody reads; files do not.
    let outputs = FileManager.default.temporaryDirectory
      .appendingPathComponent("notebook-\(UUID().uuidString)-output")
    try FileManager.default.createDirectory(at: outputs, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: outputs) }
    func file(_ name: String) throws -> (URL, FileHandle) {
      let url = outputs.appendingPathComponent(name)
      try Data().write(to: url)
      return (url, try FileHandle(forWritingTo: url))
    }
    let (outputURL, outputHandle) = try file("output")
    let (errorURL, errorHandle) = try file("errors")
    process.standardOutput = outputHandle
    process.standardError = errorHandle
    process.currentDirectoryURL = outputs
    try process.run()
    process.waitUntilExit()
    exitCode = process.terminationStatus
    output = try String(contentsOf: outputURL, encoding: .utf8)
    errors = try String(contentsOf: errorURL, encoding: .utf8)
  }

  func removeFolder() { try? FileManager.default.removeItem(atPath: folder) }

  func text(of file: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
  }

  /// The object `results` of `results.json`.
  func results() throws -> JSON {
    try JSON(parsing: text(of: "results.json"))["results"] ?? .null
  }
}
