import Foundation
import TapeGrad

/// A program that answers each JSON line on its standard input with one on its standard output.
final class LineProcess {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread: [UInt8] = []
  /// How many seconds it may take for an answer.
  private let patience: Double

  /// Starts it. `settings` are added to this program's environment.
  init(
    _ name: String, _ program: URL, _ arguments: [String], settings: [String: String],
    patience: Double
  ) throws {
    self.name = name
    self.patience = patience
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
    waitForItsEnd()
  }

  /// Waits until it has ended by itself, but not for ever.
  private func waitForItsEnd() {
    let end = ContinuousClock.now + .seconds(min(patience, 10))
    while process.isRunning, .now < end { Thread.sleep(forTimeInterval: 0.005) }
    stop()
  }

  private func stop() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// - Parameter seconds: what it is asked to work for.
  func ask(_ request: JSON, workFor seconds: Double = 0) throws -> JSON {
    try? input.fileHandleForWriting.write(contentsOf: Data("\(request)\n".utf8))
    return try read(workingFor: seconds)
  }

  /// The next line it writes; throws if it ends instead, says what is wrong, or takes too long.
  func read(workingFor seconds: Double = 0) throws -> JSON {
    let end = ContinuousClock.now + .seconds(patience + seconds)
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
      guard waitForOutput(until: end) else {
        stop()
        throw PeerError("\(name) gave no answer in \(fixed(patience + seconds, 1)) seconds")
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else {
        waitForItsEnd()
        throw PeerError("\(name) ended with code \(process.terminationStatus) and no answer")
      }
      unread += more
    }
  }

  /// Whether there is something to read, be it the end, before the time is over.
  private func waitForOutput(until end: ContinuousClock.Instant) -> Bool {
    let file = output.fileHandleForReading.fileDescriptor
    var ready: Int32
    repeat {
      let left = max(0, min((end - .now).milliseconds, 1e9))
      var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      ready = poll(&request, 1, Int32(left.rounded(.up)))
    } while ready < 0 && errno == EINTR
    return ready != 0
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
  /// A number above zero that the peer must have sent.
  func number(_ key: String, from peer: LineProcess) throws -> Double {
    guard let value = self[key]?.double, value > 0, value.isFinite else {
      throw PeerError("\(peer.name) did not say '\(key)', a number above 0")
    }
    return value
  }

  /// Numbers above zero that the peer must have sent, one at least.
  func numbers(_ key: String, from peer: LineProcess) throws -> [Double] {
    let values = self[key]?.array?.map { $0.double ?? 0 } ?? []
    guard !values.isEmpty, values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw PeerError("\(peer.name) did not say '\(key)', numbers above 0")
    }
    return values
  }
}
