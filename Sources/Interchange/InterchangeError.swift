/// A file that could not be read or written, and why.
///
/// Everything in this target that touches a file throws this error and no other.
public struct InterchangeError: Error, Sendable, Equatable {
  /// What went wrong, for code that has to choose (a command's exit code, a retry).
  public enum Kind: Sendable, Equatable {
    /// There is no such file.
    case missing
    /// It is there, but the system would not let it be read.
    case unreadable
    /// It could not be written: no permission, no space, no such folder.
    case unwritable
    /// Its contents are not what the format requires.
    case malformed
    /// It is well formed, and holds something that TapeGrad has no type for.
    case unsupported
  }

  public let kind: Kind

  /// The file, as the caller named it; empty when bytes in memory were read.
  public let path: String

  /// What was found, what was required, in words.
  public let message: String

  public init(_ kind: Kind, path: String, _ message: String) {
    self.kind = kind
    self.path = path
    self.message = message
  }
}

extension InterchangeError: CustomStringConvertible {
  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
