import Datasets
import Testing

@Suite struct SeededGeneratorTests {
  // Known answers published with the Random123 library (kat_vectors, philox4x32 10 rounds).
  @Test func philoxKnownAnswers() {
    #expect(
      SeededGenerator.philox(counter: [0, 0, 0, 0], key: [0, 0])
        == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
    #expect(
      SeededGenerator.philox(
        counter: [.max, .max, .max, .max], key: [.max, .max])
        == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD])
    #expect(
      SeededGenerator.philox(
        counter: [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344],
        key: [0xA409_3822, 0x299F_31D0])
        == [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1])
  }

  @Test func valuesAreTheWordsOfTheBlocksInOrder() {
    var generator = SeededGenerator(seed: 0, stream: 0)
    #expect(generator.next() == 0xE169_C58D_6627_E8D5)
    #expect(generator.next() == 0x9B00_DBD8_BC57_AC4C)
    let second = SeededGenerator.philox(counter: [1, 0, 0, 0], key: [0, 0])
    #expect(generator.next() == UInt64(second[1]) << 32 | UInt64(second[0]))
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
