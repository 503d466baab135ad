import CKernels

/// Products whose left side has many rows and whose right side is small: what a 1 x 1 convolution is.
/// They wait for memory as much as for arithmetic.
extension MatrixProduct {
  /// Bytes of B that stay in the second-level cache.
  private static let nearPanels = 256 << 10
  /// Bytes beyond which a matrix hardly stays in any cache.
  private static let distant = 24 << 20
  /// Bytes beyond which a result certainly does not: it is written past the caches, which saves
  /// reading the lines it replaces.
  private static let far = 40 << 20
  /// Terms of a sum from which on a line of the result takes longer to compute than to read and write,
  /// if it was asked for in time.
  private static let longSum = 48

  /// Whether a result of so many bytes is to be written past the caches.
  static func isFar(byteCount: Int, terms: Int) -> Bool { byteCount >= far && terms < longSum }

  /// Bytes of C that are gathered before they are written past the caches.
  private static let gathered = 24 << 10
  /// The same for short sums. Each time all that was written is waited for: with 15 KB these took a third
  /// longer.
  private static let gatheredOfShortSums = 128 << 10

  /// Whether one tile of rows after the other is to go through all of B.
  var canRunByTiles: Bool {
    !aTransposed && k * tiles.padded(n) * tiles.width <= MatrixProduct.nearPanels
      && m >= 64 * tiles.rows(2)
      && m * max(k, n) * tiles.width >= MatrixProduct.distant
  }

  /// A panel of B and how a tile of it is computed, stretch by stretch of the inner axis.
  private struct Panel {
    let right: UnsafeRawPointer
    let vectors: Int
    let column: Int
    var tile: tg_tile
  }

  /// The same where sums are short: some rows of all columns after the other. Not for pixels that lie
  /// apart, whose rows are to be asked for a few at a time.
  private func runByBands(right: UnsafeRawPointer) {
    let width = tiles.width
    let rowBytes = n * width
    let isFar = MatrixProduct.isFar(byteCount: m * rowBytes, terms: k)
    let least = Tiles.bandRows
    let together =
      isFar ? max(1, MatrixProduct.gatheredOfShortSums / rowBytes / least) * least : 4 * least
    let worthwhile = MatrixProduct.worthABlock / ((k + 16) * tiles.padded(n))
    let rowBlock = max(worthwhile / least * least, together)
    let blocks = (m + rowBlock - 1) / rowBlock
    Threads.run(blocks: blocks) { block in
      let rows = (0..<m).part(block, of: blocks)
      let gather = isFar ? Memory(byteCount: together * rowBytes + 64) : nil
      defer { withExtendedLifetime(gather) {} }
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: 2 * together) { places in
        let from = places.baseAddress!
        let to = UnsafeMutableRawPointer(from + together)
          .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        var zero = 0
        withUnsafePointer(to: &zero) { zero in
          var tile = tg_tile(
            runs: 1, terms: k, a_starts: zero, b_starts: zero, a_step: 1, b_step: k, columns: n,
            accumulate: 0, asks: 0)
          for begin in stride(from: rows.lowerBound, to: rows.upperBound, by: together) {
            let count = min(together, rows.upperBound - begin)
            let target = c + begin * rowBytes
            // Cache lines are written as a whole: the gathered rows begin as far into one as C's do.
            let into = gather.map { $0.pointer + Int(bitPattern: target) % 64 } ?? target
            for r in 0..<count {
              from[r] = a + (begin + r) * aStep * width
              to[r] = into + r * rowBytes
            }
            tiles.bands(from, rows: count, right, into: to, 0, &tile)
            if gather != nil { tiles.stream(into, to: target, byteCount: count * rowBytes) }
          }
        }
      }
    }
  }

  /// - Parameter right: B, packed.
  func runByTiles(right: UnsafeRawPointer) {
    if pixels == nil, tiles.prefersBands(columns: n, terms: k) { return runByBands(right: right) }
    let width = tiles.width
    let zero = Offsets([0])
    let stretches = stretches
    let isFar = MatrixProduct.isFar(byteCount: m * n * width, terms: k)
    let panels = (0..<tiles.panelCount(n)).flatMap { index in
      let panel = tiles.panel(index, of: n)
      return (0..<stretches).map { stretch in
        let first = stretch * k / stretches
        return Panel(
          right: right + (panel.first * k + first * panel.padded) * width,
          vectors: panel.vectors, column: panel.first,
          tile: tg_tile(
            runs: 1, terms: (stretch + 1) * k / stretches - first, a_starts: zero.pointer,
            b_starts: zero.pointer, a_step: 1, b_step: panel.padded, columns: panel.columns,
            accumulate: stretch == 0 ? 0 : 1,
            asks: stretch == 0 && !isFar ? 1 : 0))
      }
    }
    let firsts = (0..<stretches).map { $0 * k / stretches }
    // A last panel's tiles are lower: it takes two of them.
    let most = tiles.rows(ofColumns: n)
    let rowBytes = n * width
    let gatheredRows = max(most, MatrixProduct.gathered / rowBytes / most * most)

    let perRow = (k + 16) * tiles.padded(n)
    let rowBlock = max(4 * most, (MatrixProduct.worthABlock / perRow + most - 1) / most * most)
    let blocks = (m + rowBlock - 1) / rowBlock
    // Rows a multiple of a page apart would all fall into the same cache sets.
    let copies =
      panels.count > stretches && (pixels?.pixelStep ?? aStep) * width % 4096 == 0
    let copyStep = k + 64 / width
    Threads.run(blocks: blocks) { block in
      let rows = (0..<m).part(block, of: blocks)
      let copy = copies ? Memory(byteCount: most * copyStep * width) : nil
      let gather = isFar ? Memory(byteCount: gatheredRows * rowBytes + 64) : nil
      defer { withExtendedLifetime((copy, gather)) {} }
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: (1 + stretches) * most) {
        places in
        let from = places.baseAddress!
        let to = UnsafeMutableRawPointer(from + stretches * most)
          .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        for begin in stride(from: rows.lowerBound, to: rows.upperBound, by: gatheredRows) {
          let end = min(begin + gatheredRows, rows.upperBound)
          let target = c + begin * rowBytes
          // Cache lines are written as a whole: the gathered rows begin as far into one as C's do.
          let into =
            gather.map { $0.pointer + Int(bitPattern: target) % 64 } ?? target
          tiles.forEachTile(rows: end - begin, most: most) { row, height in
            var left = a + (begin + row) * aStep * width
            var leftStep = aStep
            // The next tile's rows come from memory while this one is computed, some with each panel.
            let next = left + height * aStep * width
            let nextBytes = pixels == nil ? height * aStep * width : 0
            if let copy, pixels == nil {
              tiles.pack(
                left, into: copy.pointer, rows: height, columns: k, padded: copyStep, step: aStep)
              left = UnsafeRawPointer(copy.pointer)
              leftStep = copyStep
            }
            for r in 0..<height { to[r] = into + (row + r) * rowBytes }
            for r in 0..<height {
              var place = left + r * leftStep * width
              if let pixels {
                place = a + pixels.place(begin + row + r) * width
                tg_prefetch(a + pixels.place(begin + row + height + r) * width, k * width)
                if let copy {
                  let own = copy.pointer + r * copyStep * width
                  own.copyMemory(from: place, byteCount: k * width)
                  place = UnsafeRawPointer(own)
                }
              }
              for stretch in 0..<stretches {
                from[stretch * most + r] = place + firsts[stretch] * width
              }
            }
            var stretch = 0
            var fetched = 0
            let share = panels.reduce(0) {
              $0 + (height + tiles.rows($1.vectors) - 1) / tiles.rows($1.vectors)
            }
            for panel in panels {
              var tile = panel.tile
              let kernels = tiles.rowKernels(panel.vectors)
              tiles.forEachTile(rows: height, vectors: panel.vectors) { first, height in
                let skip = nextBytes / 64 * fetched / share * 64
                fetched += 1
                tg_prefetch(next + skip, nextBytes / 64 * fetched / share * 64 - skip)
                kernels[height]!(
                  from + stretch * most + first, panel.right, to + first, panel.column, &tile)
              }
              stretch = stretch + 1 == stretches ? 0 : stretch + 1
            }
          }
          if gather != nil { tiles.stream(into, to: target, byteCount: (end - begin) * rowBytes) }
        }
      }
    }
    withExtendedLifetime(zero) {}
  }

  /// The product with few columns: see `DotLoops.h`.
  func runDots() {
    let width = tiles.width
    let scratch = bTransposed ? nil : Memory(byteCount: n * k * width)
    defer { withExtendedLifetime(scratch) {} }
    var right = b
    if let scratch {
      for j in 0..<n {
        tiles.packTransposed(
          b + j * width, into: scratch.pointer + j * k * width, rows: 1, columns: k, padded: k,
          step: bStep)
      }
      right = UnsafeRawPointer(scratch.pointer)
    }
    let rowBlock = max(tiles.rows(2), MatrixProduct.worthABlock / 4 / (k + 16))
    let blocks = (m + rowBlock - 1) / rowBlock
    Threads.run(blocks: blocks) { block in
      let rows = (0..<m).part(block, of: blocks)
      // A few rows at a time: their places are written and read in the first-level cache, and they
      // stay in the second-level cache for all columns.
      let together = min(96, max(24, MatrixProduct.nearPanels / (k * width) / 24 * 24))
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: 2 * 96) { places in
        let from = places.baseAddress!
        let to = UnsafeMutableRawPointer(from + 96)
          .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        var zero = 0
        withUnsafePointer(to: &zero) { zero in
          for first in stride(from: rows.lowerBound, to: rows.upperBound, by: together) {
            let count = min(together, rows.upperBound - first)
            for r in 0..<count {
              from[r] = a + (pixels?.place(first + r) ?? (first + r) * aStep) * width
              to[r] = c + (first + r) * n * width
            }
            for column in stride(from: 0, to: n, by: Tiles.dotColumns) {
              var tile = tg_tile(
                runs: 1, terms: k, a_starts: zero, b_starts: zero, a_step: 1,
                b_step: bTransposed ? bStep : k,
                columns: min(Tiles.dotColumns, n - column), accumulate: 0, asks: 0)
              tiles.dots(
                from, rows: count, right + column * (bTransposed ? bStep : k) * width, into: to,
                column, &tile)
            }
          }
        }
      }
    }
  }
}
