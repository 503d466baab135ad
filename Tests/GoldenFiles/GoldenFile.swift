import Autodiff
import Foundation
import Tensors

/// Reads a golden file that lies beside the tests of a target.
public func goldenFile<Content: Decodable>(
  _ name: String, of tests: String, as type: Content.Type = Content.self
) throws -> Content {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  let file = folder.appending(path: "\(tests)/Golden/\(name).json")
  return try JSONDecoder().decode(type, from: Data(contentsOf: file))
}

/// A file of cases: one function, its inputs, output and gradients each.
public struct GoldenCases: Decodable, Sendable {
  public let seed: String
  public let cases: [GoldenCase]
}

public struct GoldenCase: Decodable, Sendable {
  public struct Input: Decodable, Sendable {
    public let name: String
    public let shape: [Int]
    public let scale: Double?
    public let shift: Double?
    public let values: [Double]?
  }

  public let name: String
  public let operation: String
  public let attributes: [String: Attribute]
  public let inputs: [Input]
  public let constants: [Input]?
  public let output: Digest
  public let gradients: [String: Digest]
  public let extras: [String: Digest]?

  /// A tensor of the case: stored values, or numbers made from its name. Labels and indices are int32.
  public func tensor(_ input: Input, seed: String, dtype: DType) -> Tensor {
    let shape = Shape(input.shape)
    if let values = input.values {
      let isWhole = input.name == "labels" || input.name == "indices"
      return Tensor(values, shape: shape, dtype: isWhole ? .int32 : dtype)
    }
    return HashedNumbers.tensor(
      "\(seed)/\(name)/\(input.name)", shape: shape, scale: input.scale ?? 1,
      shift: input.shift ?? 0, dtype: dtype)
  }

  /// The cotangent of an output: 1 for a scalar, else numbers made from the case's name.
  public func cotangent(seed: String, shape: Shape, dtype: DType) -> Tensor {
    shape.rank == 0
      ? .ones(shape, dtype: dtype)
      : HashedNumbers.tensor("\(seed)/\(name)/cotangent", shape: shape, dtype: dtype)
  }

  /// What the case's function is called with, and its constants by name.
  public func operands(
    seed: String, dtype: DType
  ) -> (inputs: [Tensor], constants: [String: Tensor]) {
    func made(_ input: Input) -> Tensor { tensor(input, seed: seed, dtype: dtype) }
    let named = (constants ?? []).map { ($0.name, made($0)) }
    return (inputs.map(made), Dictionary(uniqueKeysWithValues: named))
  }

  /// Where the output and the gradients of a function are further from the file than the tolerances
  /// allow; empty when they agree.
  public func differences(
    at values: [Tensor], seed: String, dtype: DType, tolerance: Double,
    gradientTolerance: Double? = nil, of function: ([Tensor]) -> Tensor
  ) -> [String] {
    let (result, pullback) = pullback(at: values, of: function)
    let key = "\(seed)/\(name)"
    var found = output.differences(from: result, key: "\(key)/output", tolerance: tolerance)
    let cotangent = cotangent(seed: seed, shape: result.shape, dtype: dtype)
    for (input, gradient) in zip(inputs, pullback(cotangent)) {
      found +=
        gradients[input.name]?.differences(
          from: gradient, key: "\(key)/\(input.name)", tolerance: gradientTolerance ?? tolerance)
        ?? ["\(key): the file has no gradient of \(input.name)"]
    }
    return found
  }
}

/// A setting of a case: a number, a truth value, a word, a list of numbers, or nothing.
public enum Attribute: Decodable, Sendable {
  case number(Double)
  case truth(Bool)
  case word(String)
  case numbers([Double])
  case nothing

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .nothing
    } else if let truth = try? container.decode(Bool.self) {
      self = .truth(truth)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let word = try? container.decode(String.self) {
      self = .word(word)
    } else {
      self = .numbers(try container.decode([Double].self))
    }
  }
}

extension [String: Attribute] {
  public func number(_ name: String) -> Double? {
    if case .number(let value)? = self[name] { value } else { nil }
  }

  public func integer(_ name: String) -> Int? { number(name).map { Int($0) } }

  public func integers(_ name: String) -> [Int]? {
    if case .numbers(let values)? = self[name] { values.map { Int($0) } } else { nil }
  }

  public func numbers(_ name: String) -> [Double]? {
    if case .numbers(let values)? = self[name] { values } else { nil }
  }

  public func truth(_ name: String) -> Bool? {
    if case .truth(let value)? = self[name] { value } else { nil }
  }

  public func word(_ name: String) -> String? {
    if case .word(let value)? = self[name] { value } else { nil }
  }
}
