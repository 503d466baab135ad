#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A regular file open for reading at any offset.
///
/// Reads copy. A memory map would save the copy, but a file that shrinks while it is mapped kills
/// the process with SIGBUS, and files come from outside.
package final class InputFile: Sendable {
  package let path: String

  /// Bytes in the file when it was opened.
  package let size: Int

  private let descriptor: Int32

  package init(path: String) throws {
    // Without O_NONBLOCK, opening a named pipe waits for a writer that may never come.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      throw InterchangeError(
        code == ENOENT || code == ENOTDIR ? .missing : .unreadable, path: path,
        "cannot open it: \(systemMessage(code))")
    }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      let code = errno
      close(descriptor)
      throw InterchangeError(.unreadable, path: path, "cannot read it: \(systemMessage(code))")
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let what = information.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
      throw InterchangeError(.unreadable, path: path, "cannot read it: it is \(what)")
    }
    self.path = path
    self.size = Int(information.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Fills `target` from `offset`; throws if the file ends first.
  package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < target.count {
      // Linux transfers at most 2 GiB minus a page in one call.
      let wish = min(target.count - done, 1 << 30)
      let count = pread(descriptor, target.baseAddress! + done, wish, off_t(offset + done))
      if count < 0 {
        let code = errno
        if code == EINTR { continue }
        throw InterchangeError(.unreadable, path: path, "cannot read it: \(systemMessage(code))")
      }
      guard count > 0 else {
        throw InterchangeError(
          .malformed, path: path,
          "it ends after \(offset + done) bytes, \(target.count - done) more were expected")
      }
      done += count
    }
  }

  /// `count` bytes from `offset`; throws if the file ends first.
  package func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(buffer)
      try read(into: UnsafeMutableRawBufferPointer(rebasing: target[..<count]), at: offset)
      initialized = count
    }
  }

  /// The whole file.
  package static func bytes(of path: String) throws -> [UInt8] {
    let file = try InputFile(path: path)
    return try file.bytes(at: 0, count: file.size)
  }
}

/// The system's own words for an error number.
package func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
