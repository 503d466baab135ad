extension JSON {
  /// Why a text is not JSON, and where.
  public struct ParsingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The byte at which reading stopped, from 0.
    public let offset: Int
    public let message: String

    public var description: String { "not valid JSON at byte \(offset): \(message)" }
  }

  /// Reads one JSON value (RFC 8259) that fills the whole of `bytes`, white space around it aside.
  ///
  /// Stricter than most readers: a key that occurs twice in one object, text that is not UTF-8, a
  /// number too large for float64, half a surrogate pair and nesting deeper than 128 are errors.
  public init(parsing bytes: [UInt8]) throws(ParsingError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  public init(parsing text: String) throws(ParsingError) {
    try self.init(parsing: Array(text.utf8))
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var place = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSON.ParsingError) -> JSON {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard place == bytes.count else { throw error("there is more after the value") }
    return value
  }

  private func error(_ message: String) -> JSON.ParsingError {
    JSON.ParsingError(offset: place, message: message)
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      place += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSON.ParsingError) -> JSON {
    guard depth < 128 else { throw error("values are nested more than 128 deep") }
    switch next {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"): return try number()
    case let digit? where UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit: return try number()
    case nil: throw error("the text ends where a value should be")
    default: throw error("no value starts like this")
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSON.ParsingError) -> JSON {
    guard bytes[place...].starts(with: word.utf8) else { throw error("no value starts like this") }
    place += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSON.ParsingError) -> JSON.Object {
    var object = JSON.Object()
    place += 1
    skipSpace()
    if take("}") { return object }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a key in quotes should be here") }
      let start = place
      let key = try string()
      guard object[key] == nil else {
        place = start
        throw error("the key \"\(key)\" occurs twice")
      }
      skipSpace()
      guard take(":") else { throw error("':' should follow a key") }
      skipSpace()
      object[key] = try value(depth: depth + 1)
      skipSpace()
      if take("}") { return object }
      guard take(",") else { throw error("',' or '}' should be here") }
    }
  }

  private mutating func array(depth: Int) throws(JSON.ParsingError) -> [JSON] {
    var values: [JSON] = []
    place += 1
    skipSpace()
    if take("]") { return values }
    while true {
      skipSpace()
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return values }
      guard take(",") else { throw error("',' or ']' should be here") }
    }
  }

  private mutating func digits() -> Int {
    let start = place
    while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { place += 1 }
    return place - start
  }

  private mutating func number() throws(JSON.ParsingError) -> JSON {
    let start = place
    var isWhole = true
    _ = take("-")
    let leadingZero = next == UInt8(ascii: "0")
    let count = digits()
    guard count > 0 else { throw error("a digit should be here") }
    guard !leadingZero || count == 1 else { throw error("a number does not start with 0") }
    if take(".") {
      isWhole = false
      guard digits() > 0 else { throw error("a digit should follow the point") }
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("-") { _ = take("+") }
      guard digits() > 0 else { throw error("a digit should follow the exponent's sign") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isWhole, text != "-0", let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      place = start
      throw error("the number is too large")
    }
    return .number(value)
  }

  private mutating func string() throws(JSON.ParsingError) -> String {
    let opening = place
    place += 1
    var content: [UInt8] = []
    while true {
      guard let byte = next else {
        place = opening
        throw error("a string is not closed")
      }
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        guard let text = String(validating: content, as: UTF8.self) else {
          place = opening
          throw error("a string is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"):
        place += 1
        let scalar = try escape()
        content.append(contentsOf: UTF8.encode(scalar)!)
      case 0..<0x20: throw error("a control character stands in a string unescaped")
      default:
        content.append(byte)
        place += 1
      }
    }
  }

  private mutating func escape() throws(JSON.ParsingError) -> Unicode.Scalar {
    guard let byte = next else { throw error("the text ends after '\\'") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "u"):
      let first = try unit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard first < 0xdc00, take("\\"), take("u") else {
        throw error("half a surrogate pair stands alone")
      }
      let second = try unit()
      guard 0xdc00...0xdfff ~= second else { throw error("half a surrogate pair stands alone") }
      return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))!
    default:
      place -= 1
      throw error("no escape is written like this")
    }
  }

  /// Four hexadecimal digits.
  private mutating func unit() throws(JSON.ParsingError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits should follow '\\u'")
      }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }
}
