import Interchange

/// Named numbers in the order in which they are to be shown: a loss, an accuracy.
public struct Measurements: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  public private(set) var names: [String] = []
  private var values: [String: Double] = [:]

  public init() {}

  public init(dictionaryLiteral elements: (String, Double)...) {
    for (name, value) in elements { self[name] = value }
  }

  public subscript(name: String) -> Double? {
    get { values[name] }
    set {
      if let newValue {
        if values.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if values.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  public var isEmpty: Bool { names.isEmpty }

  /// Names and values in order.
  public var pairs: [(name: String, value: Double)] { names.map { ($0, values[$0]!) } }

  /// As a JSON object.
  public var json: JSON { .object(.init(pairs.map { ($0.name, .number($0.value)) })) }

  /// The numbers of a JSON object; members that are no numbers are passed over.
  public init(json: JSON) {
    for (name, value) in zip(json.object?.keys ?? [], json.object?.values ?? []) {
      self[name] = value.double
    }
  }
}

/// Which measurement on the validation images chooses the best weights, and which way is better.
public struct Criterion: Sendable, Equatable, Codable {
  public let measurement: String
  public let higherIsBetter: Bool

  public init(_ measurement: String, higherIsBetter: Bool) {
    self.measurement = measurement
    self.higherIsBetter = higherIsBetter
  }

  /// Whether `value` is better than `other`; anything is better than nothing, and a value that is
  /// not a number is better than nothing only.
  public func prefers(_ value: Double, to other: Double?) -> Bool {
    guard let other, !other.isNaN else { return true }
    return higherIsBetter ? value > other : value < other
  }
}
