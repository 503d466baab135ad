import Kernels

extension PointwiseProgram.Precision {
  /// The precision in which a dtype is computed, if arithmetic is defined on it.
  init?(_ dtype: DType) {
    switch dtype {
    case .float32: self = .float32
    case .float64: self = .float64
    default: return nil
    }
  }

  var dtype: DType { self == .float64 ? .float64 : .float32 }

  /// The precision that holds every value of `dtype` (64-bit integers up to 2^53).
  package init(holding dtype: DType) {
    switch dtype {
    case .float64, .int32, .int64: self = .float64
    case .float32, .float16, .bfloat16, .uint8, .bool: self = .float32
    }
  }
}

extension Expression {
  /// The precision its program runs in.
  var precision: PointwiseProgram.Precision {
    switch self {
    case .pointwise(_, _, _, _, let precision): precision
    case .copy(let source, _): PointwiseProgram.Precision(holding: source.dtype)
    case .constant, .sum, .absent: .float64
    }
  }
}
