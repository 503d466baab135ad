import Operations
import Tensors

/// What each operation of the golden files is here: pointwise operations and activations.
extension GoldenCall {
  typealias Unary = @Sendable (Tensor) -> Tensor
  typealias Binary = @Sendable (Tensor, Tensor) -> Tensor

  static let pointwise: [String: @Sendable (GoldenCall) -> Tensor] = {
    var all: [String: @Sendable (GoldenCall) -> Tensor] = [
      "powerOf": { pow($0.x, $0.number("exponent")) },
      "clamp": { clamp($0.x, from: $0.number("low"), through: $0.number("high")) },
    ]
    for (name, function) in unary { all[name] = { function($0.x) } }
    for (name, function) in binary { all[name] = { function($0.x, $0.y) } }
    return all
  }()

  private static let unary: [String: Unary] = [
    "exp": { exp($0) }, "log": { log($0) }, "sqrt": { sqrt($0) }, "rsqrt": { rsqrt($0) },
    "reciprocal": { reciprocal($0) }, "log1p": { log1p($0) }, "expm1": { expm1($0) },
    "abs": { abs($0) }, "negate": { -$0 }, "square": { square($0) }, "exp2": { exp2($0) },
    "log2": { log2($0) }, "log10": { log10($0) }, "logit": { logit($0) }, "tanh": { tanh($0) },
    "sigmoid": { sigmoid($0) }, "erf": { erf($0) }, "sin": { sin($0) }, "cos": { cos($0) },
    "tan": { tan($0) }, "asin": { asin($0) }, "acos": { acos($0) }, "atan": { atan($0) },
    "sinh": { sinh($0) }, "cosh": { cosh($0) }, "asinh": { asinh($0) }, "acosh": { acosh($0) },
    "atanh": { atanh($0) }, "floor": { floor($0) }, "ceil": { ceil($0) },
    "round": { round($0) }, "sign": { sign($0) },
  ]

  private static let binary: [String: Binary] = [
    "add": { $0 + $1 }, "subtract": { $0 - $1 }, "multiply": { $0 * $1 }, "divide": { $0 / $1 },
    "maximum": { maximum($0, $1) }, "minimum": { minimum($0, $1) }, "atan2": { atan2($0, $1) },
    "power": { pow($0, $1) }, "remainder": { remainder($0, $1) }, "modulo": { modulo($0, $1) },
  ]

  static let activations: [String: @Sendable (GoldenCall) -> Tensor] = {
    var all: [String: @Sendable (GoldenCall) -> Tensor] = [
      "glu": { glu($0.x, axis: $0.axis) },
      "softmax": { softmax($0.x, axis: $0.axis) },
      "softmin": { softmin($0.x, axis: $0.axis) },
      "logSoftmax": { logSoftmax($0.x, axis: $0.axis) },
      "logSumExp": { logSumExp($0.x, axis: $0.axis) },
      "prelu": { prelu($0.x, slope: $0.y) },
      "mask": { select($0.mask .> 0, $0.x * (1 / 0.75), 0) },
    ]
    for (name, function) in shaping {
      all[name] = { function($0.x) }
      all["\(name) at 0"] = { function($0.x - $0.x.detached) }
    }
    return all
  }()

  private static let shaping: [String: Unary] = [
    "relu": { relu($0) }, "relu6": { relu6($0) }, "leakyReLU": { leakyReLU($0, slope: 0.2) },
    "elu": { elu($0, alpha: 1.5) }, "celu": { celu($0, alpha: 1.5) }, "selu": { selu($0) },
    "gelu": { gelu($0) }, "geluTanh": { geluTanh($0) }, "silu": { silu($0) },
    "mish": { mish($0) }, "softplus": { softplus($0) }, "softsign": { softsign($0) },
    "logSigmoid": { logSigmoid($0) }, "hardTanh": { hardTanh($0, from: -0.9, through: 1.1) },
    "hardShrink": { hardShrink($0, limit: 0.3) }, "softShrink": { softShrink($0, limit: 0.3) },
    "tanhShrink": { tanhShrink($0) },
    "threshold": { threshold($0, above: 0.3, otherwise: -2) }, "abs": { abs($0) },
  ]
}
