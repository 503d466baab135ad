import Operations
import Tensors
import Testing

/// Pointwise work waits; nobody can tell.
@Suite struct DeferralTests {
  /// A random graph of pointwise operations, sums and broadcasts, evaluated all at once, operation by
  /// operation, and with some values read on the way.
  @Test(arguments: 1...12)
  func randomGraphsGiveTheSameBits(_ seed: Int) {
    func build(_ look: (Int, Tensor) -> Void) -> [Tensor] {
      var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
      func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
      }
      let dtype: DType = seed % 2 == 0 ? .float32 : .float64
      var pool = [
        waves([7, 9, 5], phase: 1, dtype: dtype), waves([5], phase: 2, dtype: dtype),
        waves([7, 1, 1], phase: 3, dtype: dtype), waves([9, 5], phase: 4, dtype: dtype),
        waves([7, 9, 5], phase: 5, dtype: dtype),
      ]
      for step in 0..<120 {
        let a = pool[random(pool.count)]
        let b = pool[random(pool.count)]
        let next: Tensor
        switch random(11) {
        case 0: next = a + b
        case 1: next = a * b
        case 2: next = a - b * 0.5
        case 3: next = tanh(a)
        case 4: next = maximum(a, b)
        case 5: next = select(a .> 0, a, a * 0.25)
        case 6 where a.rank > 0: next = a - a.mean(axis: 0, keepsAxes: true)
        case 7 where a.rank > 0: next = (a * a).sum(axis: a.rank - 1, keepsAxes: true) * 0.125
        case 8: next = sigmoid(a) * b
        case 9: next = abs(a) + 0.5
        default: next = a * 0.75
        }
        look(step, next)
        pool.append(tanh(next))
      }
      return pool
    }
    let plain = build { _, _ in }.map { $0.evaluated() }
    let read = build { $1.evaluated() }
    let some = build { if $0 % 3 == 0 { $1.evaluated() } }
    let eager = withoutDeferral { build { _, _ in } }
    for (index, value) in plain.enumerated() {
      #expect(read[index].hasSameBits(as: value), "\(index)")
      #expect(some[index].hasSameBits(as: value), "\(index)")
      #expect(eager[index].hasSameBits(as: value), "\(index)")
    }
    // Reading in another order changes nothing either.
    let backwards = build { _, _ in }
    for value in backwards.reversed() { value.evaluated() }
    for (one, two) in zip(backwards, plain) { #expect(one.hasSameBits(as: two)) }
  }

  @Test func longExpressionsAreCutIntoPieces() {
    let x = waves([1000])
    var y = x
    for step in 0..<500 { y = y * 0.999 + Double(step) * 1e-3 }
    var expected = x.numbers
    for step in 0..<500 { expected = expected.map { $0 * 0.999 + Double(step) * 1e-3 } }
    #expect(y.numbers == expected)
  }

  /// Doubling 60 times: a tree of 2^60 leaves, a graph of 60 nodes.
  @Test func sharedNodesAreComputedOnce() {
    var x = Tensor([1.0], dtype: .float64)
    for _ in 0..<60 { x = x + x }
    #expect(x.item == 0x1p60)
  }

  @Test func wideExpressions() {
    let terms = (0..<200).map { waves([300], phase: Double($0)) }
    let sum = terms.dropFirst().reduce(terms[0]) { $0 + $1 * $1 }
    var expected = terms[0].numbers
    for term in terms.dropFirst() { expected = zip(expected, term.numbers).map { $0 + $1 * $1 } }
    #expect(sum.numbers == expected)
  }

  @Test func sumsOfBroadcastsOfSums() {
    var x = waves([20, 30])
    for _ in 0..<150 { x = x - x.mean(axes: [0], keepsAxes: true) * 0.5 + 0.01 }
    #expect(x.numbers.allSatisfy { $0.isFinite })
    let means = x.mean(axis: 0).numbers
    // m -> m / 2 + 0.01 has the fixed point 0.02.
    #expect(means.allSatisfy { abs($0 - 0.02) < 1e-12 })
  }

  @Test func blocksOfEveryLength() {
    for count in [0, 1, 2, 3, 7, 8, 15, 16, 17, 511, 512, 513, 1023, 1025, 4097, 70_001] {
      let x = waves([count], dtype: .float32)
      let y = (x * 2 + 1) * x - abs(x)
      let expected = x.scalars(of: Float.self).map { ($0 * 2 + 1) * $0 - Swift.abs($0) }
      #expect(y.scalars(of: Float.self) == expected, "\(count)")
    }
  }

  @Test func valuesReadFromManyTasksAtOnce() async {
    let x = waves([5000])
    let y = tanh(x * 2) + x.mean()
    let expected = withoutDeferral { tanh(x * 2) + x.mean() }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { y.hasSameBits(as: expected) } }
      for await same in group { #expect(same) }
    }
  }
}
