/// A JSON value that keeps the order of its keys, tells whole numbers from others, and is written
/// the same way every time.
///
/// Foundation's reader keeps neither the order of keys nor duplicates; the second must be seen to
/// be refused, and the first makes files that a person can compare.
///
///     let line: JSON = ["epoch": 3, "loss": .number(loss), "note": "warm-up"]
///     print(line)  // {"epoch":3,"loss":0.25,"note":"warm-up"}
///
/// JSON has no NaN and no infinities. They are written as the strings `"NaN"`, `"Infinity"` and
/// `"-Infinity"`, so the file stays readable by every parser and the value is not lost;
/// ``double`` turns those strings back into numbers.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object(Object)

  /// Members in the order in which they were added. A key occurs once.
  public struct Object: Sendable, Hashable {
    public private(set) var keys: [String] = []
    public private(set) var values: [JSON] = []
    private var places: [String: Int] = [:]

    public init() {}

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }

    /// The value of `key`. Assigning replaces it in place or adds it at the end; `nil` removes it.
    public subscript(key: String) -> JSON? {
      get { places[key].map { values[$0] } }
      set {
        switch (places[key], newValue) {
        case (let place?, let value?): values[place] = value
        case (nil, let value?):
          places[key] = keys.count
          keys.append(key)
          values.append(value)
        case (let place?, nil):
          keys.remove(at: place)
          values.remove(at: place)
          places[key] = nil
          for later in place..<keys.count { places[keys[later]] = later }
        case (nil, nil): break
        }
      }
    }

    public static func == (a: Object, b: Object) -> Bool {
      a.keys == b.keys && a.values == b.values
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(keys)
      hasher.combine(values)
    }
  }
}

// MARK: - Reading values

extension JSON {
  /// The member of that name, or `nil` if this is no object or has none.
  public subscript(key: String) -> JSON? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  /// The value as a whole number, or `nil`. `3.0` is not one.
  public var int: Int? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The value as a number, whole or not, the three strings for non-finite ones included.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    default: nil
    }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var array: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  public var object: Object? {
    if case .object(let value) = self { value } else { nil }
  }
}

// MARK: - Literals

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Object(elements)) }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  /// Members in that order; of two with one key the later value stands in the earlier's place.
  public init(_ members: [(String, JSON)]) {
    for (key, value) in members { self[key] = value }
  }

  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
