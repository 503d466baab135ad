import Foundation
import TapeGrad

/// A program that answers each JSON line on its standard input with one on its standard output.
final class LineProcess {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread: [UInt8] = []

  /// Starts it. `settings` are added to this program's environment.
  init(_ name: String, _ program: URL, _ arguments: [String], settings: [String: String]) throws {
    self.name = name
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw PeerError("\(program.path) cannot be started: \(error.localizedDescription)", true)
    }
    // Its copy of the far end would keep the pipe open when the program has ended.
    try? output.fileHandleForWriting.close()
    try? input.fileHandleForReading.close()
  }

  /// Ends it: its standard input is over.
  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func ask(_ request: JSON) throws -> JSON {
    try? input.fileHandleForWriting.write(contentsOf: Data("\(request)\n".utf8))
    return try read()
  }

  /// The next line it writes; throws if it ends instead, or says what is wrong.
  func read() throws -> JSON {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(unread[..<end])
        unread.removeSubrange(...end)
        guard let answer = try? JSON(parsing: line) else {
          throw PeerError("\(name) answered '\(String(decoding: line, as: UTF8.self))', not JSON")
        }
        if let message = answer["error"]?.string {
          throw PeerError("\(name): \(message)", answer["missing"] != nil)
        }
        return answer
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else {
        process.waitUntilExit()
        throw PeerError("\(name) ended with code \(process.terminationStatus) and no answer")
      }
      unread += more
    }
  }
}

/// A peer is not there, or does not do what it is asked.
struct PeerError: Error, CustomStringConvertible {
  let description: String
  /// Whether something has to be installed.
  let isMissing: Bool

  init(_ description: String, _ isMissing: Bool = false) {
    self.description = description
    self.isMissing = isMissing
  }
}

extension JSON {
  /// A member that the peer must have sent.
  func number(_ key: String, from peer: LineProcess) throws -> Double {
    guard let value = self[key]?.double else {
      throw PeerError("\(peer.name) did not say '\(key)'")
    }
    return value
  }
}
