/// The dictionary at the start of an `.npy` file, a literal of Python:
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
struct NumPyHeader {
  let descr: String
  let isFortranOrder: Bool
  let shape: [Int]

  private enum Value {
    case text(String)
    case bool(Bool)
    case tuple([Int])
  }

  /// Reads exactly the three members that a description has, in any order.
  init(parsing text: [UInt8]) throws(NumPyFormat.Flaw) {
    var scanner = Scanner(text: text)
    var members: [String: Value] = [:]
    guard scanner.take("{") else { throw scanner.flaw }
    while !scanner.take("}") {
      guard let key = scanner.quoted(), members[key] == nil, scanner.take(":") else {
        throw scanner.flaw
      }
      members[key] = try scanner.value()
      if !scanner.take(",") {
        guard scanner.take("}") else { throw scanner.flaw }
        break
      }
    }
    guard scanner.isAtEnd else { throw scanner.flaw }
    // Structured types have a list here, which `value` has already refused.
    guard case .text(let descr)? = members["descr"],
      case .bool(let order)? = members["fortran_order"],
      case .tuple(let shape)? = members["shape"], members.count == 3
    else {
      throw NumPyFormat.Flaw("its header does not give descr, fortran_order and shape, and no more")
    }
    self.descr = descr
    isFortranOrder = order
    self.shape = shape
  }

  /// Walks over the literal; spaces between tokens are skipped.
  private struct Scanner {
    let text: [UInt8]
    var place = 0

    var flaw: NumPyFormat.Flaw {
      NumPyFormat.Flaw("its header cannot be read at character \(place)")
    }

    private mutating func skipSpace() {
      while place < text.count, [0x20, 0x0a, 0x09].contains(text[place]) { place += 1 }
    }

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return place == text.count
      }
    }

    mutating func take(_ token: String) -> Bool {
      skipSpace()
      guard text[place...].starts(with: token.utf8) else { return false }
      place += token.utf8.count
      return true
    }

    mutating func quoted() -> String? {
      skipSpace()
      guard place < text.count, [0x27, 0x22].contains(text[place]),
        let end = text[(place + 1)...].firstIndex(of: text[place]),
        !text[place..<end].contains(UInt8(ascii: "\\"))
      else { return nil }
      defer { place = end + 1 }
      return String(validating: text[(place + 1)..<end], as: UTF8.self)
    }

    mutating func number() -> Int? {
      skipSpace()
      let digits = text[place...].prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
      guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      place += digits.count
      // Python 2 marked large numbers so.
      _ = text[place...].starts(with: "L".utf8) ? place += 1 : ()
      return number
    }

    mutating func value() throws(NumPyFormat.Flaw) -> Value {
      if take("True") { return .bool(true) }
      if take("False") { return .bool(false) }
      if let text = quoted() { return .text(text) }
      if take("[") {
        throw NumPyFormat.Flaw(.unsupported, "its elements are records, which tensors are not")
      }
      guard take("(") else { throw flaw }
      var numbers: [Int] = []
      while !take(")") {
        guard let number = number() else { throw flaw }
        numbers.append(number)
        if !take(",") {
          // "(3)" is a number in Python, not a tuple.
          guard numbers.count > 1, take(")") else { throw flaw }
          break
        }
      }
      return .tuple(numbers)
    }
  }
}
