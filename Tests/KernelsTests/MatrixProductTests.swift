import Kernels
import Testing

@Suite(.serialized) struct MatrixProductTests {
  struct Case {
    var batch = 1
    var m: Int
    var n: Int
    var k: Int
    var aTransposed = false
    var bTransposed = false
    var aShared = false
    var bShared = false
  }

  private func check(_ c: Case, _ dtype: DType, seed: UInt64) {
    var numbers = Numbers(seed: seed)
    let aStride = c.aShared ? 0 : c.m * c.k
    let bStride = c.bShared ? 0 : c.k * c.n
    let a = numbers.values(c.aShared ? c.m * c.k : c.batch * c.m * c.k)
    let b = numbers.values(c.bShared ? c.k * c.n : c.batch * c.k * c.n)
    var expected = Sums(count: c.batch * c.m * c.n)
    for s in 0..<c.batch {
      for i in 0..<c.m {
        for j in 0..<c.n {
          for l in 0..<c.k {
            let left = a[s * aStride + (c.aTransposed ? l * c.m + i : i * c.k + l)]
            let right = b[s * bStride + (c.bTransposed ? j * c.k + l : l * c.n + j)]
            expected.add(left * right, at: (s * c.m + i) * c.n + j)
          }
        }
      }
    }
    let result = product(c, dtype, a, b)
    #expect(result.marginsAreIntact, "\(c)")
    let wrong = expected.firstBeyond(result.values, dtype)
    #expect(wrong == nil, "\(c) \(dtype)")
  }

  private func product(_ c: Case, _ dtype: DType, _ a: [Double], _ b: [Double]) -> Buffer {
    let left = Buffer(dtype, a)
    let right = Buffer(dtype, b)
    let result = Buffer(dtype, count: c.batch * c.m * c.n)
    matrixProduct(
      dtype, batch: c.batch, rows: c.m, columns: c.n, inner: c.k, a: left.pointer,
      aTransposed: c.aTransposed, aBatchStride: c.aShared ? 0 : c.m * c.k, b: right.pointer,
      bTransposed: c.bTransposed, bBatchStride: c.bShared ? 0 : c.k * c.n, into: result.pointer)
    return result
  }

  @Test(arguments: combinations)
  func `equals the triple loop on random sizes`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) {
      var numbers = Numbers(seed: 11)
      for round in 0..<120 {
        let sizes = [0, 1, 2, 3, 5, 7, 13, 14, 15, 16, 17, 28, 29, 31, 32, 33, 48, 63, 65]
        let c = Case(
          batch: numbers.pick([1, 1, 2, 3]), m: numbers.pick(sizes), n: numbers.pick(sizes),
          k: numbers.pick(sizes), aTransposed: numbers.pick([false, true]),
          bTransposed: numbers.pick([false, true]), aShared: numbers.pick([false, true]),
          bShared: numbers.pick([false, true]))
        check(c, dtype, seed: UInt64(round))
      }
    }
  }

  /// So few rows that each thread has all of them near and packs the columns that it uses.
  @Test(arguments: combinations)
  func `equals the triple loop for many columns`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) {
      for (m, n, k) in [(60, 256, 100), (33, 523, 70), (90, 270, 20), (40, 300, 130)] {
        for bTransposed in [false, true] {
          check(Case(m: m, n: n, k: k, bTransposed: bTransposed), dtype, seed: 6)
        }
      }
    }
  }

  @Test(arguments: combinations)
  func `equals the triple loop for many rows`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) {
      let sizes = [
        (1, 40), (3, 33), (6, 200), (11, 300), (16, 510), (20, 10), (33, 7), (70, 32),
      ]
      for (n, k) in sizes {
        for bTransposed in [false, true] {
          check(Case(m: 1003, n: n, k: k, bTransposed: bTransposed), dtype, seed: 4)
        }
      }
    }
  }

  /// All panels of a few rows at a time: as many vectors as end in each kind of panel, rows left over.
  @Test(arguments: combinations)
  func `equals the triple loop for short sums`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) {
      for n in [17, 33, 40, 49, 64, 70, 85, 112, 309] {
        for k in [1, 4, 6, 19, 40, 41] {
          check(
            Case(m: 30 + n % 9, n: n, k: k, bTransposed: k % 2 == 0), dtype,
            seed: UInt64(n + k))
        }
      }
      check(Case(m: 1003, n: 309, k: 6), dtype, seed: 9)
    }
  }

  @Test func `equals the triple loop where hardly a cache holds the result of short sums`() {
    check(Case(m: 50_003, n: 131, k: 5, bTransposed: true), .float32, seed: 5)
  }

  /// So large that it is written past the caches; its rows are no whole cache lines.
  @Test func `equals the triple loop where no cache holds the result`() {
    check(Case(m: 160_001, n: 70, k: 3), .float32, seed: 5)
  }

  /// All of a row's columns before the next rows: panels of two widths, two stretches of the inner axis.
  @Test func `equals the triple loop where no cache holds the left side`() {
    check(Case(m: 6103, n: 35, k: 520), .float64, seed: 5)
  }

  @Test(arguments: combinations)
  func `equals the triple loop where blocks and stretches end`(dtype: DType, set: InstructionSet) {
    Processor.withInstructionSet(set) {
      // k beyond one stretch, m beyond one block of rows, rows of A a power of two apart, many
      // panels: each in all four transpositions.
      let sizes = [
        (170, 40, 650), (20, 300, 512), (400, 70, 33), (3, 200, 700), (1, 1, 2000),
        (20, 70, 2100), (31, 40, 1500),
      ]
      for (m, n, k) in sizes {
        for flags in 0..<4 {
          let c = Case(m: m, n: n, k: k, aTransposed: flags & 1 > 0, bTransposed: flags & 2 > 0)
          check(c, dtype, seed: UInt64(m + flags))
        }
      }
    }
  }

  @Test(arguments: [DType.float32, .float64])
  func `the bits do not depend on the number of threads`(dtype: DType) {
    let cases = [
      Case(m: 300, n: 200, k: 500), Case(m: 37, n: 500, k: 700, bTransposed: true),
      Case(m: 500, n: 90, k: 200, aTransposed: true), Case(batch: 9, m: 60, n: 70, k: 80),
      Case(m: 5, n: 3000, k: 300), Case(m: 1500, n: 309, k: 6),
    ]
    for c in cases {
      var numbers = Numbers(seed: 5)
      let a = numbers.values(c.batch * c.m * c.k)
      let b = numbers.values(c.batch * c.k * c.n)
      var first: [Double]?
      withEachThreadCount([1, 2, 3, 8]) { count in
        let values = product(c, dtype, a, b).values
        #expect(first == nil || first == values, "\(c) with \(count) threads")
        first = values
      }
    }
  }

  @Test func `a row's bits do not depend on the rows around it`() {
    var numbers = Numbers(seed: 3)
    let a = numbers.values(40 * 100)
    let b = numbers.values(100 * 50)
    let whole = product(Case(m: 40, n: 50, k: 100), .float32, a, b).values
    for row in [0, 13, 39] {
      let one = product(
        Case(m: 1, n: 50, k: 100), .float32, Array(a[row * 100..<(row + 1) * 100]), b
      ).values
      #expect(one == Array(whole[row * 50..<(row + 1) * 50]))
    }
  }

  /// Rows of B so many that it is gone through in passes, several stretches of the inner axis, and rows
  /// enough for low blocks, beside a few rows that read B where it lies.
  @Test(arguments: [DType.float32, .float64])
  func `a row's bits do not depend on how a large product is cut`(dtype: DType) {
    var numbers = Numbers(seed: 6)
    let (m, n, k) = (700, 1100, 2000)
    let a = numbers.values(m * k)
    let b = numbers.values(k * n)
    let whole = product(Case(m: m, n: n, k: k), dtype, a, b).values
    for rows in [0..<1, 170..<190, 655..<700] {
      let some = product(
        Case(m: rows.count, n: n, k: k), dtype,
        Array(a[rows.lowerBound * k..<rows.upperBound * k]), b
      ).values
      #expect(some == Array(whole[rows.lowerBound * n..<rows.upperBound * n]), "rows \(rows)")
    }
  }
}
