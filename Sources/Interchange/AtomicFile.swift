import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes files so that a reader, or a crash, meets the old contents or the new, never a mixture.
///
/// The bytes go to a temporary file in the same folder, which is synced, renamed over the target,
/// and the folder synced. When anything fails the temporary file is removed, the old file is as it
/// was, and an ``InterchangeError`` says why. A link is followed; an existing file keeps its
/// permissions. A target that is not a regular file (`/dev/stdout`, a pipe) is written directly.
public enum AtomicFile {
  /// Replaces the contents of the file at `path`.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { output in try bytes.withUnsafeBytes { try output.append($0) } }
  }

  /// Replaces the contents of the file at `path` with text in UTF-8.
  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Replaces the contents of the file at `path` with what `body` appends.
  ///
  /// An error thrown by `body` leaves the old file as it was.
  public static func write(to path: String, _ body: (Output) throws -> Void) throws {
    let target = resolved(path)
    var information = stat()
    let exists = stat(target, &information) == 0
    if exists, information.st_mode & S_IFMT != S_IFREG {
      guard information.st_mode & S_IFMT != S_IFDIR else {
        throw InterchangeError(.unwritable, path: path, "cannot write it: it is a folder")
      }
      return try writeDirectly(to: target, named: path, body)
    }

    let slash = target.lastIndex(of: "/")
    let folder = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let name = slash.map { String(target[target.index(after: $0)...]) } ?? target
    guard !name.isEmpty else {
      throw InterchangeError(.unwritable, path: path, "cannot write it: it names no file")
    }
    let serial = serials.add(1, ordering: .relaxed).newValue
    let temporary = "\(folder)/.\(String(name.prefix(60))).\(getpid())-\(serial).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw InterchangeError(
        .unwritable, path: path, "cannot write into \(folder): \(systemMessage(errno))")
    }
    do {
      do {
        defer { close(descriptor) }
        if exists { fchmod(descriptor, information.st_mode & 0o7777) }
        let output = Output(descriptor: descriptor, path: path)
        try body(output)
        try output.flush()
        try check(fsync(descriptor), path)
      }
      try check(rename(temporary, target), path)
    } catch {
      unlink(temporary)
      throw error
    }
    // The new name is on disk only when its folder is. Some file systems cannot sync a folder and
    // say so; the file is already in place then, so that is not a failure.
    let directory = open(folder, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// Where the bytes of a file being written go; small pieces are gathered.
  public final class Output {
    private let descriptor: Int32
    private let path: String
    private var pending: [UInt8] = []

    /// Bytes appended so far.
    public private(set) var count = 0

    fileprivate init(descriptor: Int32, path: String) {
      self.descriptor = descriptor
      self.path = path
    }

    public func append(_ bytes: UnsafeRawBufferPointer) throws {
      count += bytes.count
      if pending.count + bytes.count <= 1 << 16 {
        pending.append(contentsOf: bytes)
      } else {
        try flush()
        try put(bytes)
      }
    }

    public func append(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try append($0) }
    }

    fileprivate func flush() throws {
      try pending.withUnsafeBytes { try put($0) }
      pending.removeAll(keepingCapacity: true)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
      var done = 0
      while done < bytes.count {
        let wish = min(bytes.count - done, 1 << 30)
        let written = writeBytes(descriptor, bytes.baseAddress! + done, wish)
        if written < 0 {
          if errno == EINTR { continue }
          try check(-1, path)
        }
        done += written
      }
    }
  }

  /// Distinguishes temporary files of threads that write the same name at once.
  private static let serials = Atomic<Int>(0)

  private static func writeDirectly(
    to target: String, named path: String, _ body: (Output) throws -> Void
  ) throws {
    let descriptor = open(target, O_WRONLY | O_CLOEXEC)
    try check(descriptor, path)
    defer { close(descriptor) }
    let output = Output(descriptor: descriptor, path: path)
    try body(output)
    try output.flush()
  }

  /// The file that a chain of links leads to, whether or not it exists yet.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }
}

/// Throws what the system said if `result` is the -1 with which its calls fail.
private func check(_ result: Int32, _ path: String) throws {
  guard result < 0 else { return }
  let code = errno
  throw InterchangeError(.unwritable, path: path, "cannot write it: \(systemMessage(code))")
}

/// `write(2)`, which the members of that name above would hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
