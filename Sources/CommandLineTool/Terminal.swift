import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the program's words go.
enum Terminal {
  /// Whether a person watches: standard output is a terminal that can move its cursor.
  static let isInteractive =
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Columns of the terminal.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Touched by one thread only: the training's.
  nonisolated(unsafe) private static var hasOpenLine = false

  /// The system's code for why standard output could not be written (a full disk); nil if all was, or
  /// if a reader closed the pipe because it had enough.
  nonisolated(unsafe) private(set) static var outputFailure: Int32?

  /// Writes a line.
  static func say(_ line: String = "") {
    clearLine()
    write(line + "\n")
  }

  /// Shows a line that the next one replaces; nothing in a pipe.
  static func show(_ line: String) {
    guard isInteractive else { return }
    write("\r" + String(line.prefix(max(10, width - 1))) + "\u{1b}[K")
    hasOpenLine = true
  }

  /// Takes a shown line away.
  static func clearLine() {
    guard hasOpenLine else { return }
    write("\r\u{1b}[K")
    hasOpenLine = false
  }

  /// Leaves a shown line as it stands.
  static func finishLine() {
    guard hasOpenLine else { return }
    write("\n")
    hasOpenLine = false
  }

  /// Writes a line to standard error.
  static func complain(_ message: String, plain: Bool = false) {
    clearLine()
    write((plain ? "" : "tapegrad: ") + message + "\n", to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        systemWrite(descriptor, $0.baseAddress! + done, bytes.count - done)
      }
      if count < 0, errno == EINTR { continue }
      // A closed pipe is passed over: the work goes on without an audience.
      if count <= 0 {
        if descriptor == STDOUT_FILENO, errno != EPIPE { outputFailure = errno }
        return
      }
      done += count
    }
  }
}

/// `write(2)`, which the member of that name would hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
