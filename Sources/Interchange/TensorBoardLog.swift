#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Scalars for TensorBoard: a file of events that `tensorboard --logdir FOLDER` shows while it grows.
///
/// Each event is one write to the end of the file, so what has been logged survives a crash, and
/// several threads may log at once.
///
/// Source: TensorFlow's record format (`tensorflow/core/lib/io/record_writer.h`) and the messages
/// `Event` and `Summary` (`event.proto`, `summary.proto`), of which scalars need six fields.
public final class TensorBoardLog: Sendable {
  /// The file being written.
  public let path: String

  private let descriptor: Int32

  /// Begins a file of its own in `folder`, which exists.
  ///
  /// - Parameter time: seconds since 1970, written into the file and its name.
  public init(folder: String, time: Double = TensorBoardLog.now()) throws {
    // Two runs that begin in the same second must not write into one file.
    let second = String(Int(max(0, min(time, 1e12))))
    let prefix = String(repeating: "0", count: max(0, 10 - second.count)) + second
    var attempt = 0
    while true {
      let path = "\(folder)/events.out.tfevents.\(prefix).tapegrad.\(getpid()).\(attempt)"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        self.path = path
        self.descriptor = descriptor
        break
      }
      let code = errno
      guard code == EEXIST, attempt < 1000 else {
        throw InterchangeError(.unwritable, path: path, "cannot write it: \(systemMessage(code))")
      }
      attempt += 1
    }
    var event = ProtocolMessage()
    event.add(1, time)
    event.add(3, bytes: Array("brain.Event:2".utf8))
    try append(event)
  }

  deinit { close(descriptor) }

  /// Logs the value of a quantity at a step. A slash in its name groups it: `loss/training`.
  public func scalar(
    _ name: String, _ value: Double, step: Int, time: Double = TensorBoardLog.now()
  ) throws {
    var scalar = ProtocolMessage()
    scalar.add(1, bytes: Array(name.utf8))
    scalar.add(2, Float(value))
    var summary = ProtocolMessage()
    summary.add(1, bytes: scalar.bytes)
    var event = ProtocolMessage()
    event.add(1, time)
    event.add(2, step)
    event.add(5, bytes: summary.bytes)
    try append(event)
  }

  /// The time now, in seconds since 1970.
  public static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private func append(_ message: ProtocolMessage) throws {
    let record = Self.record(message.bytes)
    try record.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if count < 0 {
          let code = errno
          if code == EINTR { continue }
          throw InterchangeError(.unwritable, path: path, "cannot write it: \(systemMessage(code))")
        }
        done += count
      }
    }
  }

  /// The length and its checksum, the data and theirs.
  private static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(masked(crc32c(length))) + data + littleEndian(masked(crc32c(data)))
  }

  /// A checksum of data that contain checksums is weak; so they are stored turned and shifted.
  private static func masked(_ crc: UInt32) -> UInt32 { (crc >> 15 | crc << 17) &+ 0xa282_ead8 }
}

/// CRC-32C (Castagnoli): reflected polynomial `0x82F63B78`.
///
/// Source: RFC 3720, section 12.1.
package func crc32c(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~UInt32(0)) { crc, byte in
    castagnoli[Int((crc ^ UInt32(byte)) & 0xff)] ^ crc >> 8
  }
}

private let castagnoli: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { value, _ in
    value & 1 == 1 ? 0x82f6_3b78 ^ value >> 1 : value >> 1
  }
}

/// Fields of a message in the wire format of protocol buffers.
private struct ProtocolMessage {
  private(set) var bytes: [UInt8] = []

  private mutating func add(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func begin(_ field: Int, wireType: Int) {
    add(varint: UInt64(field << 3 | wireType))
  }

  mutating func add(_ field: Int, _ value: Int) {
    begin(field, wireType: 0)
    add(varint: UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    begin(field, wireType: 1)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, bytes value: [UInt8]) {
    begin(field, wireType: 2)
    add(varint: UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: Int, _ value: Float) {
    begin(field, wireType: 5)
    bytes += littleEndian(value.bitPattern)
  }
}
