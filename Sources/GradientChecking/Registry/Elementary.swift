import Operations
import Tensors

extension Registry {
  private struct Scalar: Sendable {
    let name: String
    let low: Double
    let high: Double
    let function: @Sendable (Tensor) -> Tensor
  }

  /// Ranges keep away from the ends of the domains and from points where the slope is zero.
  private static let functions: [Scalar] = [
    Scalar(name: "exp", low: -2, high: 2) { exp($0) },
    Scalar(name: "log", low: 0.5, high: 3) { log($0) },
    Scalar(name: "sqrt", low: 0.5, high: 3) { sqrt($0) },
    Scalar(name: "rsqrt", low: 0.5, high: 3) { rsqrt($0) },
    Scalar(name: "log1p", low: -0.5, high: 2) { log1p($0) },
    Scalar(name: "expm1", low: -2, high: 2) { expm1($0) },
    Scalar(name: "tanh", low: -2, high: 2) { tanh($0) },
    Scalar(name: "sigmoid", low: -3, high: 3) { sigmoid($0) },
    Scalar(name: "erf", low: -2, high: 2) { erf($0) },
    Scalar(name: "sin", low: -1.25, high: 1.25) { sin($0) },
    Scalar(name: "cos", low: 0.25, high: 2.75) { cos($0) },
    Scalar(name: "tan", low: -1.2, high: 1.2) { tan($0) },
    Scalar(name: "asin", low: -0.8, high: 0.8) { asin($0) },
    Scalar(name: "acos", low: -0.8, high: 0.8) { acos($0) },
    Scalar(name: "atan", low: -3, high: 3) { atan($0) },
    Scalar(name: "sinh", low: -2, high: 2) { sinh($0) },
    Scalar(name: "cosh", low: 0.25, high: 2) { cosh($0) },
    Scalar(name: "asinh", low: -3, high: 3) { asinh($0) },
    Scalar(name: "acosh", low: 1.25, high: 4) { acosh($0) },
    Scalar(name: "atanh", low: -0.8, high: 0.8) { atanh($0) },
    Scalar(name: "square", low: 0.25, high: 2) { square($0) },
    Scalar(name: "exp2", low: -2, high: 2) { exp2($0) },
    Scalar(name: "log2", low: 0.5, high: 3) { log2($0) },
    Scalar(name: "log10", low: 0.5, high: 3) { log10($0) },
    Scalar(name: "logit", low: 0.125, high: 0.875) { logit($0) },
  ]

  static let elementary = {
    var family = Family("elementary")
    for scalar in functions {
      for shape in shapes {
        family.add(scalar.name, .within(scalar.low, scalar.high, shape)) { scalar.function($0) }
      }
      family.add(scalar.name, "of a broadcast", .within(scalar.low, scalar.high, [3, 1])) {
        scalar.function($0.broadcasted(to: [3, 4]))
      }
      family.add(scalar.name, "used twice", .within(scalar.low, scalar.high, [2, 3])) {
        scalar.function($0) * $0 + scalar.function($0)
      }
    }
    return family
  }()
}
