import Kernels

/// A counter-based random generator: Philox4x32-10.
///
/// Every output is a pure function of (seed, domain, stream, position), so sample *i* of epoch *e*
/// draws the same numbers whichever thread makes it and whatever was made before it.
/// Two generators with different seeds, domains or streams give unrelated sequences.
///
/// A stream holds 2^33 values of 64 bits; position then wraps around to the start of the stream.
/// Not for cryptography. Cost: about 10 multiplications for 64 bits.
///
/// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, *Parallel random numbers: as easy
/// as 1, 2, 3*, SC 2011.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
  /// What a stream is used for; keeps stream 3 of the sampling order apart from sample 3.
  package enum Domain: UInt32, Sendable {
    case general = 0
    case order = 1
    case sample = 2
    case membranes = 3
    case shapes = 4
  }

  private let philox: Philox
  private let domain: Domain
  private let stream: UInt64
  private var position: UInt32 = 0
  private var spare: UInt64?

  /// Starts the given stream of the given seed at its first value.
  public init(seed: UInt64, stream: UInt64 = 0) {
    self.init(seed: seed, domain: .general, stream: stream)
  }

  /// Starts a stream of a domain of its own.
  package init(seed: UInt64, domain: Domain, stream: UInt64) {
    philox = Philox(key: seed)
    self.domain = domain
    self.stream = stream
  }

  /// The generator of one sample of one epoch. The two are packed into one stream number, 24 bits
  /// of epoch above 40 bits of index.
  package init(seed: UInt64, epoch: Int, index: Int) {
    let stream = UInt64(truncatingIfNeeded: epoch) << 40 | UInt64(truncatingIfNeeded: index)
    self.init(seed: seed, domain: .sample, stream: stream)
  }

  public mutating func next() -> UInt64 {
    if let value = spare {
      spare = nil
      return value
    }
    let words = philox.block(
      counter: (high: stream, low: UInt64(domain.rawValue) << 32 | UInt64(position)))
    position &+= 1
    spare = UInt64(words.3) << 32 | UInt64(words.2)
    return UInt64(words.1) << 32 | UInt64(words.0)
  }
}

// The standard library does not promise that `random(in:using:)` and `shuffle(using:)` turn the
// same bits into the same values in every release. These do, so a seed keeps its meaning.
extension RandomNumberGenerator {
  /// A value in [0, 1) with 24 random bits.
  @inlinable
  package mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A value in [low, high); `high` itself is possible through rounding.
  @inlinable
  package mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * uniform()
  }

  /// True with the given probability; never for 0, always for 1.
  @inlinable
  package mutating func chance(_ probability: Float) -> Bool {
    uniform() < probability
  }

  /// An integer in 0 ..< bound, every one equally likely (Lemire 2019).
  @inlinable
  package mutating func below(_ bound: Int) -> Int {
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// The numbers 0 ..< count in random order (Fisher and Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, below(last + 1))
    }
    return order
  }
}
