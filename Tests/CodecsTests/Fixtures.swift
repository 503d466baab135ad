import Foundation
import Testing

/// A compressed stream and what it unpacks to; made by `Golden/make_codecs.py`.
struct CompressedCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let wrapper: String
  let file: Data
  let count: Int
  let crc32: UInt32
  let adler32: UInt32

  var bytes: [UInt8] { Array(file) }
  var testDescription: String { name }

  static let all: [CompressedCase] = load("compressed")
}

/// A PNG file, the pixels a reader should return, and the samples as they are stored.
struct PNGCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let width: Int
  let height: Int
  let channels: Int
  let bitDepth: Int
  let samples: Data
  let raw: Data
  let grey: Data?

  var bytes: [UInt8] { Array(file) }
  var testDescription: String { name }

  static let all: [PNGCase] = load("png")
}

private func load<Case: Decodable>(_ name: String) -> [Case] {
  guard
    let url = Bundle.module.url(forResource: "Golden/\(name)", withExtension: "json"),
    let data = try? Data(contentsOf: url),
    let cases = try? JSONDecoder().decode([Case].self, from: data)
  else { fatalError("Golden/\(name).json cannot be read") }
  return cases
}

/// The high bytes of `x -> 1664525 x + 1013904223` modulo 2^32: the noise of the golden files too.
func noise(_ count: Int, seed: UInt32) -> [UInt8] {
  var x = seed
  return (0..<count).map { _ in
    x = 1_664_525 &* x &+ 1_013_904_223
    return UInt8(x >> 24)
  }
}

extension Array where Element == UInt8 {
  /// Bytes from a string such as `"1f 8b 08"`.
  init(hex: String) {
    self = hex.split(separator: " ").map { digits in
      guard let byte = UInt8(digits, radix: 16) else { fatalError("not a byte: \(digits)") }
      return byte
    }
  }
}

/// Bits written the way deflate reads them, for making streams by hand.
struct BitString {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  /// A number, lowest bit first.
  mutating func put(_ value: Int, _ count: Int) {
    for bit in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(value >> bit & 1) << UInt8(used)
      used += 1
    }
  }

  /// A Huffman code, highest bit first.
  mutating func code(_ value: Int, _ count: Int) {
    for bit in stride(from: count - 1, through: 0, by: -1) { put(value >> bit & 1, 1) }
  }
}
