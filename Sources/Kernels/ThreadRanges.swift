extension Threads {
  /// Runs `body` over ranges that together are 0 ..< `items`, on all threads. Ranges hold about
  /// 32,768 elements, a size that depends on the problem alone; a small problem is one range.
  package static func run(items: Int, elementsPerItem: Int, _ body: (Range<Int>) -> Void) {
    guard items > 0 else { return }
    guard items > 1, items * elementsPerItem >= 65536 else { return body(0..<items) }
    let perBlock = max(1, 32768 / max(1, elementsPerItem))
    run(blocks: (items + perBlock - 1) / perBlock) { block in
      body(block * perBlock..<min(items, (block + 1) * perBlock))
    }
  }
}

extension DType {
  /// Which of a pair of loops computes in this dtype: 0 for float32, 1 for float64.
  var isFloat64: Bool {
    precondition(isCompute, "arithmetic runs in float32 and float64, not in \(self)")
    return self == .float64
  }
}
