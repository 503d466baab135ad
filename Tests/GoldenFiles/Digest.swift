import Tensors

/// What a golden file keeps of a tensor: all its values, or sum, norm, projections and first elements.
public struct Digest: Decodable, Sendable {
  public let shape: [Int]?
  public let values: [Double]?
  public let sum: Double?
  public let norm: Double?
  public let projections: [Double]?
  public let first: [Double]?

  /// Where `tensor` is further from the file than `tolerance` allows; empty when it agrees.
  ///
  /// `key` names the projection vectors: `key/projection0`. The rule is the README's:
  /// `|ours - file| <= tolerance * max(|file|, floor)`.
  public func differences(
    from tensor: Tensor, key: String, tolerance: Double
  ) -> [String] {
    let elements = tensor.scalars(of: Double.self)
    var found: [String] = []
    func compare(_ what: String, _ ours: Double, _ file: Double, floor: Double) {
      let distance = abs(ours - file)
      if !(distance <= tolerance * max(abs(file), floor)) {
        found.append("\(key): \(what) is \(ours), the file says \(file)")
      }
    }
    if let shape, Shape(shape).elementCount != tensor.count {
      return ["\(key): shape is \(tensor.shape), the file says \(shape)"]
    }
    if let values {
      let floor = values.reduce(0) { max($0, abs($1)) }
      for (index, file) in values.enumerated() {
        compare("element \(index)", elements[index], file, floor: floor)
      }
    }
    guard let norm else { return found }
    compare("norm", elements.reduce(0) { $0 + $1 * $1 }.squareRoot(), norm, floor: 0)
    if let sum { compare("sum", elements.reduce(0, +), sum, floor: norm) }
    for (index, file) in (projections ?? []).enumerated() {
      let vector = HashedNumbers.uniform("\(key)/projection\(index)", count: elements.count)
      let dot = zip(elements, vector).reduce(0) { $0 + $1.0 * $1.1 }
      compare("projection \(index)", dot, file, floor: norm)
    }
    for (index, file) in (first ?? []).enumerated() {
      let floor = norm / Double(elements.count).squareRoot()
      compare("element \(index)", elements[index], file, floor: floor)
    }
    return found
  }
}
