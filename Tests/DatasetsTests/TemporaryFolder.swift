import Codecs
import Datasets
import Foundation
import TestSupport
import Testing

extension TemporaryFolder {
  /// Writes a file, making the folders on its way, and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes a PNG whose bytes count up from `start`.
  @discardableResult
  func writePNG(
    _ name: String, width: Int = 3, height: Int = 2, channels: Int = 1, start: Int = 0
  ) throws -> String {
    let bytes = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: start + $0) }
    return try write(
      name,
      PNG.encode(Raster(width: width, height: height, channels: channels, bytes: bytes)))
  }
}

/// The error that a reader throws, or nil.
func datasetError(_ body: () throws(DatasetError) -> Void) -> DatasetError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}

/// One gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
  let numbers = [crc32(bytes), UInt32(bytes.count)]
  return header + Deflate.compress(bytes)
    + numbers.flatMap { number in
      [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }
}
