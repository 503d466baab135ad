import Autodiff
import Operations
import Tensors

/// Gradients of a model's parameters.
///
/// A parameter that took no part is absent, which is not zero: an optimiser leaves it alone instead of
/// decaying it.
public struct Gradients: Sendable {
  private var values: [ObjectIdentifier: Tensor] = [:]
  private var boxes: [Parameter] = []

  public init() {}

  /// The gradient of one parameter.
  public subscript(parameter: Parameter) -> Tensor? {
    get { values[ObjectIdentifier(parameter)] }
    set {
      let key = ObjectIdentifier(parameter)
      if let newValue {
        if values.updateValue(newValue, forKey: key) == nil { boxes.append(parameter) }
      } else if values.removeValue(forKey: key) != nil {
        boxes.removeAll { $0 === parameter }
      }
    }
  }

  /// The parameters that have a gradient, in the order in which the computation first read them.
  public var parameters: [Parameter] { boxes }

  /// The number of parameters that have a gradient.
  public var count: Int { boxes.count }

  /// Each gradient changed by `transform`.
  public func map(_ transform: (Tensor) -> Tensor) -> Gradients {
    var result = self
    for (key, value) in values { result.values[key] = transform(value) }
    return result
  }

  /// The square root of the sum of the squares of all elements.
  public var globalNorm: Tensor {
    let squares = boxes.map { ($0, values[ObjectIdentifier($0)]!) }.map { ($1 * $1).sum() }
    guard let first = squares.first else { return Tensor(0.0) }
    return sqrt(squares.dropFirst().reduce(first, +))
  }

  /// The sum, for accumulation over several batches; what only one has is taken over.
  public static func + (a: Gradients, b: Gradients) -> Gradients {
    var result = a
    for box in b.boxes {
      let value = b[box]!
      result[box] = result[box].map { ($0 + value).evaluated() } ?? value
    }
    return result
  }

  public static func += (a: inout Gradients, b: Gradients) { a = a + b }
  public static func * (a: Gradients, factor: some WeakNumber) -> Gradients {
    a.map { $0 * factor }
  }
  public static func / (a: Gradients, divisor: some WeakNumber) -> Gradients {
    a.map { $0 / divisor }
  }
}
