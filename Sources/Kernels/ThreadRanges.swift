extension Threads {
  /// Runs `body` over ranges that together are 0 ..< `items`, on all threads. Ranges hold about
  /// 32,768 elements, a size that depends on the problem alone; a small problem is one range.
  package static func run(items: Int, elementsPerItem: Int, _ body: (Range<Int>) -> Void) {
    guard items > 0 else { return }
    guard items > 1, items * elementsPerItem >= 65536 else {
      return run(blocks: 1) { _ in body(0..<items) }
    }
    let perBlock = max(1, 32768 / max(1, elementsPerItem))
    run(blocks: (items + perBlock - 1) / perBlock) { block in
      body(block * perBlock..<min(items, (block + 1) * perBlock))
    }
  }

  /// The same, and returns at once: see ``launch(blocks:end:_:)``.
  static func launch(
    items: Int, elementsPerItem: Int, _ body: @escaping (Range<Int>) -> Void
  ) {
    let isShared = items > 1 && items * elementsPerItem >= 65536
    let perBlock = isShared ? max(1, 32768 / max(1, elementsPerItem)) : items
    launch(blocks: items > 0 ? (items + perBlock - 1) / perBlock : 0) { block in
      body(block * perBlock..<min(items, (block + 1) * perBlock))
    }
  }

  /// Runs `body` for each of several pieces of work of so many elements: large ones in turn, as each
  /// may use all threads, and small ones side by side.
  package static func run(pieces: [Int], _ body: (Int) -> Void) {
    var small: [[Int]] = []
    // What is in the last block; a piece costs something however small it is.
    var work = 0
    for (index, count) in pieces.enumerated() {
      guard count < 65536 else {
        body(index)
        continue
      }
      if work == 0 { small.append([]) }
      small[small.count - 1].append(index)
      work += count + 2048
      if work >= 8192 { work = 0 }
    }
    run(blocks: small.count) { block in
      for index in small[block] { body(index) }
    }
  }
}

extension Range<Int> {
  /// One of so many parts of nearly equal size, in order.
  func part(_ index: Int, of parts: Int) -> Range<Int> {
    lowerBound + index * count / parts..<lowerBound + (index + 1) * count / parts
  }
}
