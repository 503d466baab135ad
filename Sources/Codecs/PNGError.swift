/// What is wrong with a PNG file, and where.
package struct PNGError: Error, Equatable, Sendable {
  package enum Reason: Equatable, Sendable {
    case signature
    case truncated(while: String)
    case chunkName([UInt8])
    case chunkLength(String, UInt32)
    case checksum(chunk: String, stored: UInt32, computed: UInt32)
    case headerNotFirst(found: String)
    case length(chunk: String, found: Int, expected: String)
    case repeated(chunk: String)
    case misplaced(chunk: String, rule: String)
    case forbidden(chunk: String, colourType: PNG.ColourType)
    case missing(chunk: String)
    case unknownCritical(chunk: String)
    case size(width: UInt32, height: UInt32)
    case tooLarge(width: Int, height: Int, samples: Int)
    case colourTypeAndDepth(colourType: UInt8, bitDepth: UInt8)
    case method(String, UInt8)
    case compressed(CompressionError)
    case imageData(expected: Int, found: Int)
    case filter(UInt8, row: Int)
    case paletteIndex(Int, entries: Int)
  }

  package var reason: Reason
  /// The byte of the file at which it was noticed, counted from zero; for what is found in the
  /// unpacked image data, the first byte of the first `IDAT`.
  package var offset: Int

  package init(_ reason: Reason, offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension PNGError: CustomStringConvertible {
  package var description: String { "PNG, byte \(offset): \(reason)" }
}

extension PNGError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .signature:
      "not a PNG file: it does not begin with the PNG signature"
    case .truncated(let activity):
      "the file ends while \(activity); it is cut off"
    case .chunkName(let bytes):
      "chunk name with bytes \(bytes), which are not letters; the file is damaged"
    case .chunkLength(let chunk, let length):
      "\(chunk) claims \(length) bytes; at most 2^31 - 1 are allowed"
    case .checksum(let chunk, let stored, let computed):
      "\(chunk) has checksum \(hex(stored)), computed \(hex(computed)); the file is damaged"
    case .headerNotFirst(let found):
      "the first chunk is \(found), not IHDR"
    case .length(let chunk, let found, let expected):
      "\(chunk) has \(found) bytes, expected \(expected)"
    case .repeated(let chunk):
      "a second \(chunk)"
    case .misplaced(let chunk, let rule):
      "\(chunk) \(rule)"
    case .forbidden(let chunk, let colourType):
      "\(chunk) in an image of colour type \(colourType.rawValue) (\(colourType)), which has none"
    case .missing(let chunk):
      "no \(chunk)"
    case .unknownCritical(let chunk):
      "chunk \(chunk) is unknown and marked as indispensable"
    case .size(let width, let height):
      "\(width) x \(height) pixels; each must be from 1 to 2^31 - 1"
    case .tooLarge(let width, let height, let samples):
      "\(width) x \(height) pixels are more than the \(samples) samples allowed here"
    case .colourTypeAndDepth(let colourType, let bitDepth):
      "colour type \(colourType) with \(bitDepth) bits a sample, which does not exist"
    case .method(let what, let value):
      "\(what) method \(value), which does not exist"
    case .compressed(let error):
      "image data (bytes of all IDAT counted together): \(error)"
    case .imageData(let expected, let found):
      found > expected
        ? "the image data unpack to more than the \(expected) bytes of this size and colour type"
        : "the image data unpack to \(found) bytes, expected \(expected)"
    case .filter(let type, let row):
      "filter type \(type) in row \(row) of the image data; only 0 to 4 exist"
    case .paletteIndex(let index, let entries):
      "a pixel has colour \(index), the palette has \(entries)"
    }
  }
}
