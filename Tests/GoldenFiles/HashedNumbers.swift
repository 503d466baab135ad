import Tensors

/// Numbers made from a name, as `Tests/ModelsTests/Golden/README.md` defines them.
public enum HashedNumbers {
  /// FNV-1a, 64 bits, of the UTF-8 bytes.
  public static func fnv1a(_ key: String) -> UInt64 {
    key.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Output `index` of SplitMix64 whose state starts at the hash of the key.
  public static func bits(_ hash: UInt64, _ index: Int) -> UInt64 {
    var z = hash &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Numbers in [-1, 1), every step exact.
  public static func uniform(_ key: String, count: Int) -> [Double] {
    let hash = fnv1a(key)
    return (0..<count).map { Double(Int64(bits(hash, $0) >> 11) - (1 << 52)) * 0x1p-52 }
  }

  /// `Float(shift + scale * u)`, in a dtype that holds it.
  public static func tensor(
    _ key: String, shape: Shape, scale: Double = 1, shift: Double = 0, dtype: DType
  ) -> Tensor {
    let elements = uniform(key, count: shape.elementCount).map {
      Double(Float(shift + scale * $0))
    }
    return Tensor(elements, shape: shape, dtype: dtype)
  }
}
