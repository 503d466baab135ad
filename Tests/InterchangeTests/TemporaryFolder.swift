import Foundation
import Interchange
import TestSupport
import Testing

extension TemporaryFolder {
  /// Names of everything inside, hidden files included.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  func read(_ name: String) throws -> [UInt8] {
    [UInt8](try bytes(name))
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
