import Kernels
import Synchronization

/// A counter-based stream of random numbers: a key, and how many have been drawn.
///
/// Every random number is a function of key and position, so a state of two integers can be saved,
/// resumed, and replayed by a gradient check or a recomputation. A source is a reference: whoever
/// holds it advances it. The generator is Philox 4x32-10 (Salmon et al., 2011).
public final class RandomSource: Sendable {
  /// What distinguishes this stream from others.
  public let seed: UInt64
  private let drawn: Atomic<UInt64>

  /// The stream of `seed`, at `position`.
  public init(seed: UInt64, position: UInt64 = 0) {
    self.seed = seed
    drawn = Atomic(position)
  }

  /// How far the stream has advanced. Setting it replays from there.
  public var position: UInt64 {
    get { drawn.load(ordering: .relaxed) }
    set { drawn.store(newValue, ordering: .relaxed) }
  }

  /// Takes `count` positions of the stream; their first.
  package func take(_ count: Int) -> UInt64 {
    drawn.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue
  }

  /// The source that operations draw from when none is named.
  @TaskLocal public static var current = RandomSource(seed: 0)
}

/// Runs `body` with a source that every random operation in it draws from.
public func withRandomSource<Result>(
  _ source: RandomSource, _ body: () throws -> Result
) rethrows -> Result {
  try RandomSource.$current.withValue(source, operation: body)
}

extension Tensor {
  /// Independent uniform numbers in `[low, high)`.
  public static func uniform(
    _ shape: Shape, from low: Double = 0, to high: Double = 1, dtype: DType? = nil,
    source: RandomSource = .current
  ) -> Tensor {
    let dtype = computeDType(dtype, "uniform")
    return drawn(shape, dtype, source) { key, counter, count, target in
      fillUniform(dtype, key: key, counter: counter, count: count, into: target)
      scale(target, count, dtype, by: high - low, plus: low)
    }
  }

  /// Independent normal numbers.
  public static func normal(
    _ shape: Shape, mean: Double = 0, deviation: Double = 1, dtype: DType? = nil,
    source: RandomSource = .current
  ) -> Tensor {
    let dtype = computeDType(dtype, "normal")
    return drawn(shape, dtype, source) { key, counter, count, target in
      fillNormal(dtype, key: key, counter: counter, count: count, into: target)
      scale(target, count, dtype, by: deviation, plus: mean)
    }
  }

  /// Normal numbers, each drawn again until it lies within two deviations of the mean.
  ///
  /// The deviation is that of the normal before truncation; the result's is 0.8796 of it.
  public static func truncatedNormal(
    _ shape: Shape, mean: Double = 0, deviation: Double = 1, dtype: DType? = nil,
    source: RandomSource = .current
  ) -> Tensor {
    let count = shape.elementCount
    let dtype = computeDType(dtype, "truncatedNormal")
    if case .shapesOnly = Surroundings.current.execution {
      return Tensor(.absent(count: count, dtype: dtype), shape: shape)
    }
    var kept: [Double] = []
    kept.reserveCapacity(count)
    while kept.count < count {
      let more = normal([max(count - kept.count, 64)], dtype: .float64, source: source)
      kept += more.scalars(of: Double.self).filter { abs($0) <= 2 }.prefix(count - kept.count)
    }
    return Tensor(kept.map { mean + deviation * $0 }, shape: shape, dtype: dtype)
  }

  /// A mask that is true with this probability.
  public static func bernoulli(
    _ shape: Shape, probability: Double, source: RandomSource = .current
  ) -> Tensor {
    guard probability >= 0, probability <= 1 else {
      fail("bernoulli", "a probability lies in [0, 1], given \(probability)")
    }
    return drawn(shape, .bool, source) { key, counter, count, target in
      fillBernoulli(
        probability: probability, key: key, counter: counter, count: count, into: target)
    }
  }

  /// The numbers `0..<count` in random order, as int64 (Fisher-Yates).
  public static func permutation(_ count: Int, source: RandomSource = .current) -> Tensor {
    var order = (0..<count).map(Int64.init)
    let draws = uniform([count], dtype: .float64, source: source).scalars(of: Double.self)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, min(Int(draws[last] * Double(last + 1)), last))
    }
    return Tensor(order)
  }

  private static func computeDType(_ dtype: DType?, _ operation: String) -> DType {
    let dtype = dtype ?? Surroundings.current.defaultDType
    guard dtype.isCompute else { fail(operation, "gives float32 or float64, asked for \(dtype)") }
    return dtype
  }

  private static func drawn(
    _ shape: Shape, _ dtype: DType, _ source: RandomSource,
    _ fill: (_ key: UInt64, _ counter: UInt64, _ count: Int, UnsafeMutableRawPointer) -> Void
  ) -> Tensor {
    let count = shape.elementCount
    if case .shapesOnly = Surroundings.current.execution {
      return Tensor(.absent(count: count, dtype: dtype), shape: shape)
    }
    // Positions are drawn when the operation is called, never when a value is evaluated.
    let counter = source.take(count)
    return Tensor(
      .computed(count: count, dtype: dtype) { fill(source.seed, counter, count, $0) }, shape: shape)
  }

  private static func scale(
    _ target: UnsafeMutableRawPointer, _ count: Int, _ dtype: DType, by factor: Double,
    plus offset: Double
  ) {
    if factor == 1, offset == 0 { return }
    if dtype == .float32 {
      let values = target.assumingMemoryBound(to: Float.self)
      for i in 0..<count { values[i] = values[i] * Float(factor) + Float(offset) }
    } else {
      let values = target.assumingMemoryBound(to: Double.self)
      for i in 0..<count { values[i] = values[i] * factor + offset }
    }
  }
}
