import CKernels

/// The counter-based generator Philox4x32-10: a block of four random words for every key and
/// counter, with no state. (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", 2011.)
package struct Philox: Sendable, Hashable {
  package let key: UInt64

  package init(key: UInt64) { self.key = key }

  /// The block of one counter.
  package func block(
    counter: (high: UInt64, low: UInt64)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var c0 = UInt32(truncatingIfNeeded: counter.low)
    var c1 = UInt32(truncatingIfNeeded: counter.low >> 32)
    var c2 = UInt32(truncatingIfNeeded: counter.high)
    var c3 = UInt32(truncatingIfNeeded: counter.high >> 32)
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let first = c0.multipliedFullWidth(by: 0xD251_1F53)
      let second = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (
        second.high ^ c1 ^ k0, second.low, first.high ^ c3 ^ k1, first.low
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }
}

// Element i of a fill is a function of kind, key and `counter` + i alone: filling in parts, or on
// any number of threads, gives the same numbers. The kind is the high half of Philox's counter, so
// that fills of different kinds at the same positions share no words.

/// Uniform numbers in [0, 1): multiples of 2^-24 in float32, of 2^-53 in float64.
package func fillUniform(
  _ dtype: DType, key: UInt64, counter: UInt64, count: Int, into result: UnsafeMutableRawPointer
) {
  fill(
    dtype.isFloat64 ? TG_UNIFORM_FLOAT64 : TG_UNIFORM_FLOAT32, dtype, key, counter, count, 0,
    result)
}

/// Independent numbers of the standard normal distribution, by Box and Muller's method. In float32
/// none lies further out than 6.7, in float64 8.6.
package func fillNormal(
  _ dtype: DType, key: UInt64, counter: UInt64, count: Int, into result: UnsafeMutableRawPointer
) {
  fill(
    dtype.isFloat64 ? TG_NORMAL_FLOAT64 : TG_NORMAL_FLOAT32, dtype, key, counter, count, 0, result)
}

/// Booleans that are true with a probability (in steps of 2^-32).
package func fillBernoulli(
  probability: Double, key: UInt64, counter: UInt64, count: Int,
  into result: UnsafeMutableRawPointer
) {
  precondition(probability >= 0 && probability <= 1, "a probability lies between 0 and 1")
  fill(TG_BERNOULLI, .bool, key, counter, count, probability, result)
}

private func fill<Kind: BinaryInteger>(
  _ kind: Kind, _ dtype: DType, _ key: UInt64, _ counter: UInt64, _ count: Int,
  _ parameter: Double, _ result: UnsafeMutableRawPointer
) {
  let fill = Processor.kernels.pointee.arrays.pointee.fill_random!
  // A random number costs about as much as ten elements of a copy.
  Threads.run(items: count, elementsPerItem: 8) { range in
    fill(
      Int32(kind), key, counter &+ UInt64(range.lowerBound), Int64(range.count), parameter,
      result + range.lowerBound * dtype.byteWidth)
  }
}
