import Tensors

/// The tape of one call of a function: what it recorded, as a value to print, count and compare.
///
/// The inputs and every parameter the function reads are variables of the tape. With `keepsValues` the
/// result of every operation stays on it, for ``Tape/firstDifference(from:)``: as much memory as all
/// results together.
public func recordedTape(
  at inputs: [Tensor], keepsValues: Bool = false, of function: ([Tensor]) throws -> Tensor
) rethrows -> Tape {
  try withoutRecording {
    try Recording.run(
      at: inputs, tracesVariables: true, keepsValues: keepsValues, { (try function($0), ()) }
    ) { $0.tape }
  }
}

extension Tape: CustomStringConvertible {
  /// How often each operation stands on the tape.
  public var operationCounts: [String: Int] {
    var counts: [String: Int] = [:]
    for entry in entries { counts[entry.primitive.rawValue, default: 0] += 1 }
    return counts
  }

  /// The number of entries, variables included.
  public var count: Int { entries.count }

  /// The multiply-adds of all contractions on the tape.
  public var multiplyAdds: Int { entries.reduce(0) { $0 + $1.multiplyAdds } }

  /// One line an entry: number, operation, inputs, result, module.
  public var description: String {
    entries.enumerated().map { number, entry in
      let inputs = entry.parents.map { "%\($0)" }.joined(separator: ", ")
      let place = entry.frame.map { "  \($0.pathDescription)" } ?? ""
      return "%\(number) = \(entry.primitive)(\(inputs)): \(entry.dtype) \(entry.shape)\(place)"
    }.joined(separator: "\n")
  }
}
