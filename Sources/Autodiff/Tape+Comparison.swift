import Tensors

/// The first place at which two tapes differ.
public struct TapeDifference: Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// One tape has no entry here.
    case length(Int, Int)
    case operation(String, String)
    /// Other entries as inputs.
    case inputs([Int], [Int])
    /// Another shape or dtype of the result.
    case type(String, String)
    /// Results of the same type with other bits: how many elements, and the first of them.
    case values(count: Int, of: Int, first: [Int], Double, Double)
  }

  /// The number of the entry on both tapes.
  public let entry: Int
  /// The operation on this tape, or on the other where this one has ended.
  public let operation: String
  /// The module that called it.
  public let place: String?
  public let kind: Kind

  public var description: String {
    let name = "%\(entry) \(operation)" + (place.map { " in \($0)" } ?? "")
    switch kind {
    case .length(let a, let b): return "\(name): one tape has \(a) entries, the other \(b)"
    case .operation(let a, let b): return "\(name): \(a) here, \(b) there"
    case .inputs(let a, let b):
      func written(_ list: [Int]) -> String {
        list.map { "%\($0)" }.joined(separator: ", ")
      }
      return "\(name): made of \(written(a)) here, of \(written(b)) there"
    case .type(let a, let b): return "\(name): \(a) here, \(b) there"
    case .values(let count, let total, let first, let a, let b):
      return
        "\(name): \(count) of \(total) elements differ, the first at \(first): \(a) here, \(b) there"
    }
  }
}

extension Tape {
  /// The first entry at which this tape and another differ: in the operation, its inputs, its type, or
  /// the bits of its result; nil when they are the same.
  ///
  /// For finding where two runs part that should be the same: on two machines, with another setting,
  /// before and after a change. Both must have been recorded with `keepsValues`, or only their
  /// structure is compared. Costs a pass over all results. NaN equals NaN of the same bits.
  ///
  ///     let a = recordedTape(at: [x], keepsValues: true) { model($0[0]) }
  ///     let b = withConvolutionAlgorithm(.direct) {
  ///       recordedTape(at: [x], keepsValues: true) { model($0[0]) }
  ///     }
  ///     print(a.firstDifference(from: b) ?? "the same bits")
  public func firstDifference(from other: Tape) -> TapeDifference? {
    for (number, (mine, theirs)) in zip(entries, other.entries).enumerated() {
      if let kind = Self.difference(mine, theirs) {
        return TapeDifference(
          entry: number, operation: mine.primitive.rawValue, place: mine.frame?.pathDescription,
          kind: kind)
      }
    }
    guard count != other.count else { return nil }
    let first = min(count, other.count)
    let entry = count > first ? entries[first] : other.entries[first]
    return TapeDifference(
      entry: first, operation: entry.primitive.rawValue, place: entry.frame?.pathDescription,
      kind: .length(count, other.count))
  }

  private static func difference(_ a: Entry, _ b: Entry) -> TapeDifference.Kind? {
    if a.primitive != b.primitive {
      return .operation(a.primitive.rawValue, b.primitive.rawValue)
    }
    if a.parents != b.parents { return .inputs(a.parents, b.parents) }
    if a.shape != b.shape || a.dtype != b.dtype {
      return .type("\(a.dtype) \(a.shape)", "\(b.dtype) \(b.shape)")
    }
    guard let mine = a.output, let theirs = b.output else { return nil }
    let left = UnsafeRawBufferPointer(start: mine.bytes, count: mine.byteCount)
    let right = UnsafeRawBufferPointer(start: theirs.bytes, count: theirs.byteCount)
    if withExtendedLifetime((mine, theirs), { left.elementsEqual(right) }) { return nil }
    let width = a.dtype.byteWidth
    let differing = (0..<mine.count).filter { place in
      (place * width..<(place + 1) * width).contains { left[$0] != right[$0] }
    }
    let first = differing[0]
    let values = [mine, theirs].map {
      Tensor($0, shape: a.shape).scalars(of: Double.self)[first]
    }
    var rest = first
    var indices = [Int](repeating: 0, count: a.shape.rank)
    for axis in stride(from: a.shape.rank - 1, through: 0, by: -1) {
      indices[axis] = rest % a.shape[axis]
      rest /= a.shape[axis]
    }
    return .values(
      count: differing.count, of: mine.count, first: indices, values[0], values[1])
  }
}
