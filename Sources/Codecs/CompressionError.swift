/// What is wrong with compressed bytes, and where.
///
/// One type for deflate data (RFC 1951) and its two wrappers, zlib (RFC 1950) and gzip (RFC 1952).
package struct CompressionError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    // Any layer
    case truncated
    case outputLimit(Int)

    // Deflate
    case reservedBlockType
    case storedLength(UInt16, complement: UInt16)
    case tooManyCodes(literals: Int, distances: Int)
    case overSubscribed(Alphabet)
    case incomplete(Alphabet)
    case nothingToRepeat
    case repeatTooLong
    case noEndOfBlock
    case invalidCode(Alphabet)
    case distanceTooFar(distance: Int, available: Int)

    // Wrappers
    case notGzip
    case method(UInt8)
    case reservedFlags(UInt8)
    case headerChecksum(stored: UInt32, computed: UInt32)
    case windowTooLarge(bits: Int)
    case presetDictionary
    case checksum(stored: UInt32, computed: UInt32)
    case length(stored: UInt32, computed: UInt32)
    case trailingBytes(Int)
  }

  /// The three code alphabets of a deflate block.
  package enum Alphabet: String, Equatable, Sendable {
    case codeLengths = "code lengths"
    case literals = "literals and lengths"
    case distances = "distances"
  }

  package var reason: Reason
  /// The byte of the input at which it was noticed, counted from zero.
  package var offset: Int

  package init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension CompressionError: CustomStringConvertible {
  package var description: String { "compressed data, byte \(offset): \(reason)" }
}

extension CompressionError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated:
      "the data end in the middle of the stream; the file is cut off"
    case .outputLimit(let limit):
      "the data unpack to more than the \(limit) bytes allowed here"
    case .reservedBlockType:
      "block type 3, which does not exist; the data are damaged or not deflate"
    case .storedLength(let length, let complement):
      "stored block of length \(length) whose check is \(complement), not \(~length)"
    case .tooManyCodes(let literals, let distances):
      "block header with \(literals) literal and \(distances) distance codes;"
        + " at most 286 and 30 exist"
    case .overSubscribed(let alphabet):
      "the code for \(alphabet.rawValue) has more codes than fit its lengths"
    case .incomplete(let alphabet):
      "the code for \(alphabet.rawValue) leaves bit patterns unused"
    case .nothingToRepeat:
      "a repeat of the previous code length where there is none"
    case .repeatTooLong:
      "a repeat of code lengths that runs past the last code"
    case .noEndOfBlock:
      "a block that has no code for its own end"
    case .invalidCode(let alphabet):
      "a bit pattern that no code for \(alphabet.rawValue) has"
    case .distanceTooFar(let distance, let available):
      "a copy from \(distance) bytes back where only \(available) exist"
    case .notGzip:
      "no gzip header (bytes 1f 8b)"
    case .method(let method):
      "compression method \(method); only 8 (deflate) exists"
    case .reservedFlags(let flags):
      "header flags \(flags) with reserved bits set"
    case .headerChecksum(let stored, let computed):
      "header checksum \(hex(stored)), computed \(hex(computed))"
    case .windowTooLarge(let bits):
      "window of 2^\(bits) bytes; at most 2^15 is allowed"
    case .presetDictionary:
      "the stream needs a preset dictionary, which is not supported"
    case .checksum(let stored, let computed):
      "checksum \(hex(stored)) stored, \(hex(computed)) computed; the data are damaged"
    case .length(let stored, let computed):
      "length \(stored) stored, \(computed) unpacked (both modulo 2^32); the data are damaged"
    case .trailingBytes(let count):
      "\(count) bytes follow the end of the stream"
    }
  }
}

/// Eight hexadecimal digits.
func hex(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
