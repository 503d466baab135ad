import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct PhiloxTests {
  private func words(_ key: UInt64, _ high: UInt64, _ low: UInt64) -> [UInt32] {
    let block = Philox(key: key).block(counter: (high, low))
    return [block.0, block.1, block.2, block.3]
  }

  /// The three cases of philox4x32-10 in the known-answer file of the authors' library Random123;
  /// there, counter and key are listed from the lowest word up.
  @Test func `the published known answers come out`() {
    #expect(words(0, 0, 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      words(.max, .max, .max) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      words(0x299f_31d0_a409_3822, 0x0370_7344_1319_8a2e, 0x85a3_08d3_243f_6a88)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  private typealias Filled = (floats: [Float], doubles: [Double], bools: [UInt8])

  private func uniforms(_ key: UInt64, _ counter: UInt64, _ count: Int) -> Filled {
    let floats = Elements(Float.nan, count: count)
    let doubles = Elements(Double.nan, count: count)
    let bools = Elements(UInt8(9), count: count)
    fillUniform(.float32, key: key, counter: counter, count: count, into: floats.raw)
    fillUniform(.float64, key: key, counter: counter, count: count, into: doubles.raw)
    fillBernoulli(probability: 0.3, key: key, counter: counter, count: count, into: bools.raw)
    return (floats.array, doubles.array, bools.array)
  }

  private func normals(
    _ key: UInt64, _ counter: UInt64, _ count: Int
  ) -> (floats: [Float], doubles: [Double]) {
    let floats = Elements(Float.nan, count: count)
    let doubles = Elements(Double.nan, count: count)
    fillNormal(.float32, key: key, counter: counter, count: count, into: floats.raw)
    fillNormal(.float64, key: key, counter: counter, count: count, into: doubles.raw)
    return (floats.array, doubles.array)
  }

  /// Positions at the start, off a block's start, and where the low word of the block carries.
  @Test(arguments: [0, 3, 0x3_ffff_ffc1, 0x1_ffff_ffe1, 1 << 62] as [UInt64])
  func `every element is the number its position names`(_ counter: UInt64) {
    let key: UInt64 = 0x0123_4567_89ab_cdef
    onEveryInstructionSet { set in
      let (floats, doubles, bools) = uniforms(key, counter, 1100)
      let normal = normals(key, counter, 1100)
      var wrong = 0
      for i in 0..<1100 {
        let position = counter + UInt64(i)
        // Sixteen blocks give 64 words: all first words, all second words, and so on.
        let row = Int(position % 64 / 16)
        let block = position / 64 * 16 + position % 16
        // Or 32 pairs of words.
        let half = Int(position % 32 / 16)
        let wideBlock = position / 32 * 16 + position % 16

        if floats[i] != Float(words(key, 0, block)[row] >> 8) * 0x1p-24 { wrong += 1 }
        let w = words(key, 1, wideBlock)
        let wide = (UInt64(w[2 * half + 1]) << 32 | UInt64(w[2 * half])) >> 11
        if doubles[i] != Double(wide) * 0x1p-53 { wrong += 1 }
        let isTrue = Double(words(key, 4, block)[row]) < 0.3 * 0x1p32
        if bools[i] != (isTrue ? 1 : 0) { wrong += 1 }

        let f = words(key, 2, block)
        let radius = sqrt(-2 * log((Double(f[row & 2]) + 1) * 0x1p-32))
        let angle = 2 * Double.pi * Double(f[row & 2 + 1]) * 0x1p-32
        let single = row % 2 == 0 ? radius * cos(angle) : radius * sin(angle)
        if abs(Double(normal.floats[i]) - single) > 2e-6 { wrong += 1 }

        let d = words(key, 3, wideBlock)
        let first = (UInt64(d[1]) << 32 | UInt64(d[0])) >> 11
        let second = (UInt64(d[3]) << 32 | UInt64(d[2])) >> 11
        let far = sqrt(-2 * log((Double(first) + 1) * 0x1p-53))
        let turn = 2 * Double.pi * Double(second) * 0x1p-53
        let double = half == 0 ? far * cos(turn) : far * sin(turn)
        if abs(normal.doubles[i] - double) > 1e-14 { wrong += 1 }
      }
      #expect(wrong == 0, "\(set)")
    }
  }

  @Test func `parts join to the whole`() {
    let whole = uniforms(5, 0, 3000)
    let normal = normals(5, 0, 3000)
    for (from, count) in [(0, 1), (1, 2), (513, 700), (2999, 1), (7, 0)] {
      let part = uniforms(5, UInt64(from), count)
      let range = from..<from + count
      #expect(part.floats == Array(whole.floats[range]))
      #expect(part.doubles == Array(whole.doubles[range]))
      #expect(part.bools == Array(whole.bools[range]))
      let some = normals(5, UInt64(from), count)
      #expect(some.floats == Array(normal.floats[range]))
      #expect(some.doubles == Array(normal.doubles[range]))
    }
  }

  /// Six standard errors either way; the numbers are fixed, so this passes always or never.
  @Test func `moments and probabilities are those of the distributions`() {
    let count = 1_000_000
    let error = 6 / Double(count).squareRoot()
    let uniform = uniforms(1, 0, count)
    let normal = normals(1, 0, count)
    for values in [uniform.floats.map(Double.init), uniform.doubles] {
      let mean = values.reduce(0, +) / Double(count)
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(count)
      #expect(abs(mean - 0.5) < error * 0.2887)  // deviation of x: sqrt(1/12)
      #expect(abs(square - 1.0 / 3) < error * 0.2982)  // of x^2: sqrt(1/5 - 1/9)
      let inside = values.allSatisfy { $0 >= 0 && $0 < 1 }
      #expect(inside)
    }
    for values in [normal.floats.map(Double.init), normal.doubles] {
      let mean = values.reduce(0, +) / Double(count)
      let square = values.reduce(0) { $0 + $1 * $1 } / Double(count)
      let fourth = values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(count)
      #expect(abs(mean) < error)
      #expect(abs(square - 1) < error * 1.4142)  // variance of z^2: 2
      #expect(abs(fourth - 3) < error * 9.7980)  // variance of z^4: 105 - 9
      let far = Double(values.filter { abs($0) > 3 }.count) / Double(count)
      #expect(abs(far - 0.0026998) < error * 0.0519)  // sqrt(p (1 - p))
    }
    let share = Double(uniform.bools.reduce(0) { $0 + Int($1) }) / Double(count)
    #expect(abs(share - 0.3) < error * 0.4583)
  }

  @Test func `certain and impossible events`() {
    let always = Elements(UInt8(9), count: 5000)
    let never = Elements(UInt8(9), count: 5000)
    fillBernoulli(probability: 1, key: 3, counter: 0, count: 5000, into: always.raw)
    fillBernoulli(probability: 0, key: 3, counter: 0, count: 5000, into: never.raw)
    #expect(always.array == [UInt8](repeating: 1, count: 5000))
    #expect(never.array == [UInt8](repeating: 0, count: 5000))
  }
}

extension ThreadsTests {
  @Test func `random fills have the same bits for any number of threads`() {
    sameBitsForAnyThreadCount {
      let floats = Elements(Float.nan, count: 100_001)
      let normals = Elements(Float.nan, count: 100_001)
      let bools = Elements(UInt8(9), count: 100_001)
      fillUniform(.float32, key: 8, counter: 3, count: 100_001, into: floats.raw)
      fillNormal(.float32, key: 8, counter: 3, count: 100_001, into: normals.raw)
      fillBernoulli(probability: 0.5, key: 8, counter: 3, count: 100_001, into: bools.raw)
      return floats.bytes + normals.bytes + bools.bytes
    }
  }
}
