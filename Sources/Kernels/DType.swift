/// What one element of a tensor is.
///
/// Arithmetic runs in `float32` and `float64`; the others are for storage, indices and masks.
public enum DType: UInt8, Sendable, CaseIterable, Hashable {
  case float32 = 0
  case float64 = 1
  case float16 = 2
  case bfloat16 = 3
  case int32 = 4
  case int64 = 5
  case uint8 = 6
  case bool = 7

  /// Bytes one element takes.
  public var byteWidth: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16: 2
    case .uint8, .bool: 1
    }
  }

  /// Whether arithmetic and derivatives are defined on it.
  public var isCompute: Bool { self == .float32 || self == .float64 }

  /// Which of a pair of loops computes in this dtype: 0 for float32, 1 for float64.
  var isFloat64: Bool {
    precondition(isCompute, "arithmetic runs in float32 and float64, not in \(self)")
    return self == .float64
  }
}

extension DType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .bool: "bool"
    }
  }
}
