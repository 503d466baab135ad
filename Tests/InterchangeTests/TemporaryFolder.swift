import Foundation
import Interchange
import Testing

/// A folder of one test's own, removed at its end.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tapegrad-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Names of everything inside, hidden files included.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: file(name))))
  }
}

/// The error of the expected kind that `body` throws.
@discardableResult
func expectError(
  _ kind: InterchangeError.Kind, containing part: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> InterchangeError? {
  let error = #expect(throws: InterchangeError.self, sourceLocation: sourceLocation) {
    try body()
  }
  #expect(error?.kind == kind, sourceLocation: sourceLocation)
  if let error, !part.isEmpty {
    #expect("\(error)".contains(part), sourceLocation: sourceLocation)
  }
  return error
}
