/// A dataset on disk that cannot be used: which file, what was expected there, what was found.
///
/// Every reader of this target throws this error and no other. The command line ends with exit
/// code 3 on it.
public struct DatasetError: Error, Equatable, Sendable {
  /// What is wrong, for code that has to choose.
  public enum Kind: Equatable, Sendable {
    /// There is no such file or folder.
    case missing
    /// It is there, but cannot be read: no permission, or it is not a regular file or folder.
    case unreadable
    /// A folder without what should be in it.
    case empty
    /// The contents are not of the format expected.
    case wrongFormat
    /// The right format, but its bytes are damaged or cut off.
    case damaged
    /// Two numbers that belong together differ: images and labels, for example.
    case countsDiffer
    /// Images that must have one size or one number of channels differ.
    case sizesDiffer
    /// Files that belong together have different names.
    case namesDiffer
    /// A label or mask holds a value that it must not.
    case badLabel
  }

  public let kind: Kind
  /// The file or folder, as it was named.
  public let path: String
  public let expected: String
  public let found: String

  public init(_ kind: Kind, path: String, expected: String, found: String) {
    self.kind = kind
    self.path = path
    self.expected = expected
    self.found = found
  }
}

extension DatasetError: CustomStringConvertible {
  public var description: String { "\(path): expected \(expected), found \(found)" }
}
