import Tensors

/// The checker's own random numbers, independent of the kernels it checks (SplitMix64, Steele et al.,
/// 2014).
///
/// Everything it draws is a multiple of 1/64, and steps are powers of two: a point and its displaced
/// neighbours are then exact numbers, also in float32.
struct Draw {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x2545_F491_4F6C_DD1D }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number in `0..<count`.
  mutating func index(_ count: Int) -> Int { Int(bits() % UInt64(count)) }

  /// A multiple of 1/64 in `low...high`.
  mutating func number(from low: Double, to high: Double) -> Double {
    let first = (low * 64).rounded(.up)
    let steps = Int((high * 64).rounded(.down) - first) + 1
    return (first + Double(index(Swift.max(steps, 1)))) / 64
  }

  /// A number of either sign whose size lies in `low...high`.
  mutating func signed(from low: Double, to high: Double) -> Double {
    let size = number(from: low, to: high)
    return bits() & 1 == 0 ? size : -size
  }

  mutating func numbers(_ count: Int, _ one: (inout Draw) -> Double) -> [Double] {
    (0..<count).map { _ in one(&self) }
  }

  /// A random order of `0..<count`.
  mutating func order(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(last + 1)) }
    return order
  }
}
