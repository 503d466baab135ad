import Tensors
import Testing

@Suite struct RandomTests {
  private func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  private let count = 100_000

  /// Standard errors at 100,000 draws: 0.0009 for the mean, 0.0002 for the variance.
  @Test(arguments: [DType.float32, .float64])
  func uniformNumbers(_ dtype: DType) {
    let source = RandomSource(seed: 1)
    let values = Tensor.uniform([count], dtype: dtype, source: source).scalars(of: Double.self)
    let (mean, variance) = moments(values)
    #expect(abs(mean - 0.5) < 0.004)
    #expect(abs(variance - 1.0 / 12) < 0.001)
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(Set(values).count > count / 2)
    let scaled = Tensor.uniform([1000], from: -3, to: 5, dtype: dtype, source: source)
    #expect(scaled.scalars(of: Double.self).allSatisfy { $0 >= -3 && $0 < 5 })
  }

  /// Standard errors: 0.003 for the mean, 0.0045 for the variance, 0.008 for the third moment,
  /// 0.03 for the fourth.
  @Test(arguments: [DType.float32, .float64])
  func normalNumbers(_ dtype: DType) {
    let source = RandomSource(seed: 2)
    let values = Tensor.normal([count], dtype: dtype, source: source).scalars(of: Double.self)
    let (mean, variance) = moments(values)
    #expect(abs(mean) < 0.015)
    #expect(abs(variance - 1) < 0.02)
    let third = values.reduce(0) { $0 + $1 * $1 * $1 } / Double(count)
    let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(count)
    #expect(abs(third) < 0.05)
    #expect(abs(fourth - 3) < 0.15)
    #expect(values.allSatisfy { $0.isFinite })
    // Neighbours are independent: their correlation is near zero.
    let products = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
    #expect(abs(products) < 0.015)
    let (shifted, spread) = moments(
      Tensor.normal([count], mean: 5, deviation: 2, dtype: dtype, source: source).scalars())
    #expect(abs(shifted - 5) < 0.03)
    #expect(abs(spread - 4) < 0.08)
  }

  /// The variance of a normal cut at two deviations is 0.7737 (deviation 0.8796).
  @Test func truncatedNormalNumbers() {
    let values = Tensor.truncatedNormal(
      [count], mean: 1, deviation: 3, dtype: .float64, source: RandomSource(seed: 3)
    ).scalars(of: Double.self)
    let (mean, variance) = moments(values)
    #expect(abs(mean - 1) < 0.04)
    #expect(abs(variance / 9 - 0.7737) < 0.02)
    #expect(values.allSatisfy { abs($0 - 1) <= 6 })
  }

  @Test(arguments: [0.0, 0.1, 0.5, 0.9, 1])
  func masks(_ probability: Double) {
    let source = RandomSource(seed: 4)
    let mask = Tensor.bernoulli([count], probability: probability, source: source)
    #expect(mask.dtype == .bool)
    let share = Double(mask.scalars(of: Bool.self).count { $0 }) / Double(count)
    #expect(abs(share - probability) < 0.008)
    if probability == 0 || probability == 1 { #expect(share == probability) }
  }

  @Test func permutations() {
    let order = Tensor.permutation(1000, source: RandomSource(seed: 5)).scalars(of: Int.self)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
    #expect(Tensor.permutation(0).count == 0)
    #expect(Tensor.permutation(1).scalars(of: Int.self) == [0])
    // Each of the 6 orders of three comes up about 1000 times in 6000.
    let source = RandomSource(seed: 6)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      counts[Tensor.permutation(3, source: source).scalars(of: Int.self), default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { $0 > 850 && $0 < 1150 })
  }

  /// philox4x32-10 of key 0 and counter 0 is 6627e8d5 e169c58d bc57ac4c 9b00dbd8 (Random123's
  /// known-answer file). A uniform float32 is the upper 24 bits of a word over 2^24; groups of sixteen
  /// counters give their first words, then their second words, and so on.
  @Test func theFirstUniformNumbersOfSeedZero() {
    let x = Tensor.uniform([64], source: RandomSource(seed: 0)).scalars(of: Double.self)
    let expected = [0x66_27e8, 0xe1_69c5, 0xbc_57ac, 0x9b_00db].map { Double($0) * 0x1p-24 }
    #expect([x[0], x[16], x[32], x[48]] == expected)
  }

  @Test func aSourceReplaysFromItsPosition() {
    let source = RandomSource(seed: 7)
    let first = Tensor.normal([10], source: source)
    let position = source.position
    let second = Tensor.normal([10], source: source)
    #expect(!first.hasSameBits(as: second))
    source.position = position
    #expect(Tensor.normal([10], source: source).hasSameBits(as: second))
    let resumed = RandomSource(seed: 7, position: position)
    #expect(Tensor.normal([10], source: resumed).hasSameBits(as: second))
    #expect(resumed.position == source.position)
  }

  @Test func seedsAreDifferentStreams() {
    let a = Tensor.uniform([1000], source: RandomSource(seed: 1)).scalars(of: Double.self)
    let b = Tensor.uniform([1000], source: RandomSource(seed: 2)).scalars(of: Double.self)
    #expect(Set(a).intersection(b).count < 5)
  }

  @Test func numbersDependOnThePositionNotOnTheCall() {
    let whole = Tensor.uniform([64], dtype: .float64, source: RandomSource(seed: 8))
    let source = RandomSource(seed: 8)
    let parts = (0..<4).flatMap { _ in
      Tensor.uniform([16], dtype: .float64, source: source).scalars(of: Double.self)
    }
    #expect(whole.scalars(of: Double.self) == parts)
  }

  @Test func theSourceInForce() {
    let source = RandomSource(seed: 9)
    let inside = withRandomSource(source) { Tensor.uniform([4]) }
    #expect(inside.hasSameBits(as: Tensor.uniform([4], source: RandomSource(seed: 9))))
    #expect(source.position > 0)
  }

  /// A permutation is not equal to itself drawn again, and positions are drawn when it is called.
  @Test func positionsAreDrawnAtTheCall() {
    let source = RandomSource(seed: 10)
    let first = Tensor.uniform([8], source: source)
    let second = Tensor.uniform([8], source: source)
    // Read in the other order.
    let b = second.scalars(of: Double.self)
    let a = first.scalars(of: Double.self)
    let again = RandomSource(seed: 10)
    #expect(Tensor.uniform([8], source: again).scalars(of: Double.self) == a)
    #expect(Tensor.uniform([8], source: again).scalars(of: Double.self) == b)
  }

  @Test func aProbabilityOutOfRangeStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.bernoulli([2], probability: 1.5)
    }
    #expect(text(result).contains("bernoulli: a probability lies in [0, 1], given 1.5"))
  }
}
