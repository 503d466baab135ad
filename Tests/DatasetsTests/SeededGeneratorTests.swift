import Datasets
import Kernels
import Testing

@Suite struct SeededGeneratorTests {
  @Test func valuesAreTheWordsOfTheBlocksInOrder() {
    var generator = SeededGenerator(seed: 0, stream: 0)
    #expect(generator.next() == 0xE169_C58D_6627_E8D5)
    #expect(generator.next() == 0x9B00_DBD8_BC57_AC4C)
    let second = Philox(key: 0).block(counter: (high: 0, low: 1))
    #expect(generator.next() == UInt64(second.1) << 32 | UInt64(second.0))
  }

  @Test func seedsStreamsAndDomainsDiffer() {
    var values: Set<UInt64> = []
    for seed: UInt64 in 0..<4 {
      for stream: UInt64 in 0..<4 {
        var general = SeededGenerator(seed: seed, stream: stream)
        var order = SeededGenerator(seed: seed, domain: .order, stream: stream)
        values.insert(general.next())
        values.insert(order.next())
      }
    }
    #expect(values.count == 32)
  }

  @Test func uniformValuesFillTheUnitInterval() {
    var generator = SeededGenerator(seed: 3)
    var sum = 0.0
    var square = 0.0
    for _ in 0..<20_000 {
      let value = generator.uniform()
      #expect(value >= 0 && value < 1)
      sum += Double(value)
      square += Double(value) * Double(value)
    }
    // Standard errors: 0.289 / sqrt(20000) = 0.002 and 0.298 / sqrt(20000) = 0.002.
    #expect(abs(sum / 20_000 - 0.5) < 0.01)
    #expect(abs(square / 20_000 - 1.0 / 3) < 0.01)
  }

  @Test func integersBelowABoundAreEquallyLikely() {
    var generator = SeededGenerator(seed: 4)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<14_000 { counts[generator.below(7)] += 1 }
    // 2000 expected, standard deviation 41.
    for count in counts { #expect(abs(count - 2000) < 210) }
    var large = SeededGenerator(seed: 5)
    let bound = Int.max / 3 * 2
    #expect((0..<200).allSatisfy { _ in (0..<bound).contains(large.below(bound)) })
  }

  @Test func permutationsHoldEveryNumberOnce() {
    var generator = SeededGenerator(seed: 6)
    let order = generator.permutation(100)
    #expect(order.sorted() == Array(0..<100))
    #expect(order != Array(0..<100))
    #expect(generator.permutation(0).isEmpty)
    #expect(generator.permutation(1) == [0])
    var firsts = [Int](repeating: 0, count: 4)
    for _ in 0..<4000 { firsts[generator.permutation(4)[0]] += 1 }
    // 1000 expected, standard deviation 27.
    for count in firsts { #expect(abs(count - 1000) < 140) }
  }
}
