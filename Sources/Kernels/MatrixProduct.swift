import CKernels

/// C = op(A) op(B) for each matrix of a batch, row-major: op(A) is `[m, k]`, stored `[k, m]` when
/// transposed; op(B) is `[k, n]`, stored `[n, k]` when transposed; C is `[m, n]`.
///
/// Batch strides are in elements; 0 shares one operand among the batch. C must not overlap A or B.
/// With `k == 0` the result is zero. Costs 2 batch m n k operations. Each element is a sum in
/// blocks of at most 1024 terms (512 in float64), in ascending order within a block and over the
/// blocks, so the bits do not depend on m, the batch or the number of threads, nor on n from 17 on.
/// Fewer columns are summed in as many parts as a vector has lanes, where that is faster.
package func matrixProduct(
  _ dtype: DType, batch: Int, rows m: Int, columns n: Int, inner k: Int,
  a: UnsafeRawPointer, aTransposed: Bool, aBatchStride: Int,
  b: UnsafeRawPointer, bTransposed: Bool, bBatchStride: Int,
  into c: UnsafeMutableRawPointer
) {
  guard batch > 0, m > 0, n > 0 else { return }
  let width = dtype.byteWidth
  guard k > 0 else {
    c.initializeMemory(as: UInt8.self, repeating: 0, count: batch * m * n * width)
    return
  }
  var product = MatrixProduct(
    tiles: Tiles(dtype), m: m, n: n, k: k, a: a, aTransposed: aTransposed,
    aStep: aTransposed ? m : k, b: b, bTransposed: bTransposed, bStep: bTransposed ? k : n, c: c)
  if batch > 1, !aTransposed, aBatchStride == m * k, bBatchStride == 0 {
    // One tall matrix.
    product.m = batch * m
    return product.run()
  }
  let one = product
  func run(_ index: Int) {
    var product = one
    product.a += index * aBatchStride * width
    product.b += index * bBatchStride * width
    product.c += index * m * n * width
    product.run()
  }
  if batch > 1, m * n * k < 8_000_000 {
    // Small matrices: several to a block, each on one thread.
    let together = max(1, MatrixProduct.worthABlock / (m * n * k))
    let blocks = (batch + together - 1) / together
    Threads.run(blocks: blocks) { block in
      for index in block * together..<min(batch, (block + 1) * together) { run(index) }
    }
  } else {
    for index in 0..<batch { run(index) }
  }
}

/// One product and how it is cut.
struct MatrixProduct: @unchecked Sendable {
  let tiles: Tiles
  var m: Int
  let n: Int
  let k: Int
  var a: UnsafeRawPointer
  let aTransposed: Bool
  /// Elements from one stored row of A to the next.
  let aStep: Int
  var b: UnsafeRawPointer
  let bTransposed: Bool
  let bStep: Int
  var c: UnsafeMutableRawPointer

  /// Where rows of A lie that are pixels of an image, every so many of them; only where
  /// ``canRunByTiles`` holds.
  var pixels: Pixels?

  struct Pixels {
    let height: Int
    let width: Int
    /// Elements from one image, row, pixel to the next.
    let imageStep: Int
    let rowStep: Int
    let pixelStep: Int

    func place(_ index: Int) -> Int {
      let (row, x) = index.quotientAndRemainder(dividingBy: width)
      let (image, y) = row.quotientAndRemainder(dividingBy: height)
      return image * imageStep + y * rowStep + x * pixelStep
    }
  }

  /// Multiplications for which handing a block to another thread pays.
  static let worthABlock = 400_000
  /// The same where no sum is cut and nothing is copied twice: about a microsecond's.
  private static let worthASlice = 100_000
  /// Bytes of a row of A that one stretch of the inner axis takes at most. A panel of B as long stays
  /// in the second-level cache, from where it comes as fast as tiles use it; shorter stretches fit the
  /// first-level cache, but their tiles begin and end so often that a twentieth is lost.
  private static let stretchBytes = 4096
  /// Bytes of A that a block of many rows takes.
  private static let blockBytes = 192 << 10
  /// Bytes of B that blocks which follow each other share, so that it stays in the last-level cache.
  private static let sharedBytes = 8 << 20

  /// Bytes of A that each thread may have near, and rows for which packing B is a good part of the work.
  private static let nearBytes = 1 << 20
  private static let fewRows = 1024

  /// How many stretches the inner axis is cut into.
  var stretches: Int {
    let longest = MatrixProduct.stretchBytes / tiles.width
    return (k + longest - 1) / longest
  }

  func run() {
    if !aTransposed, tiles.prefersDots(columns: n, runs: 1, terms: k, plain: true) {
      return runDots()
    }
    let width = tiles.width
    let panels = tiles.panelCount(n)
    // A few rows use each element of B so little that packing it would cost more than it saves.
    let packsAll = bTransposed || m > 2 * tiles.rows(2)
    let packsLast = !packsAll && n % tiles.lanes != 0
    let scratch: Memory? =
      packsAll
      ? Memory(byteCount: k * tiles.padded(n) * width)
      : packsLast ? Memory(byteCount: k * tiles.panel(panels - 1, of: n).padded * width) : nil
    defer { withExtendedLifetime(scratch) {} }
    // Blocks take the address alone: counting references to one object from several threads is slow.
    let packed = scratch?.pointer
    if packsAll, let packed, canPackWhereUsed(panels) {
      return runByPanels(panels, packed)
    }
    if packsAll {
      let together = max(1, MatrixProduct.worthABlock / (k * 2 * tiles.lanes * 8))
      let blocks = (panels + together - 1) / together
      Threads.run(blocks: blocks) { block in
        for index in (0..<panels).part(block, of: blocks) {
          let panel = tiles.panel(index, of: n)
          pack(panel, into: packed! + panel.first * k * width)
        }
      }
    } else if packsLast {
      pack(tiles.panel(panels - 1, of: n), into: packed!)
    }

    if packsAll, canRunByTiles, let scratch {
      return runByTiles(right: scratch.pointer)
    }

    // Blocks of C. Tall enough to use a panel of B often, small enough to share out evenly.
    var rowBlock = tiles.rows(2) * 12
    while rowBlock > 3 * tiles.rows(2), m >= 4 * rowBlock,
      rowBlock * (k / stretches) * width > MatrixProduct.blockBytes
    {
      rowBlock /= 2
    }
    while rowBlock > 2 * tiles.rows(2), (m + rowBlock - 1) / rowBlock * panels < 8,
      min(m, rowBlock) * n * k >= 2 * panels * MatrixProduct.worthASlice
    {
      rowBlock /= 2
    }
    let rowBlocks = (m + rowBlock - 1) / rowBlock
    let perPanel = min(m, rowBlock) * k * 2 * tiles.lanes
    var columnBlocks = 1
    if rowBlocks < 16 {
      let worthwhile = max(1, MatrixProduct.worthASlice / perPanel)
      columnBlocks = min((panels + worthwhile - 1) / worthwhile, (16 + rowBlocks - 1) / rowBlocks)
    }
    // A large B is gone through once: all rows meet some of its columns before the next.
    let passes = min((k * n * width - 1) / MatrixProduct.sharedBytes + 1, (panels + 7) / 8)
    let byColumns = passes > 1 && rowBlocks > 1
    if byColumns { columnBlocks = max(columnBlocks, passes) }
    // Blocks too small for a thread of their own are joined.
    let blocks = rowBlocks * columnBlocks
    let joined = max(1, MatrixProduct.worthASlice / max(1, m * n * k / blocks))
    Threads.run(blocks: (blocks + joined - 1) / joined) { group in
      for block in group * joined..<min(blocks, (group + 1) * joined) {
        let row = byColumns ? block % rowBlocks : block / columnBlocks
        let column = byColumns ? block / rowBlocks : block % columnBlocks
        runBlock(
          rows: (0..<m).part(row, of: rowBlocks),
          panels: (0..<panels).part(column, of: columnBlocks),
          narrow: !packsAll && m > tiles.rows(2),
          banded: packsAll && !aTransposed && tiles.prefersBands(columns: n, terms: k)
        ) { panel in
          if packsAll {
            return (UnsafeRawPointer(packed!) + panel.first * k * width, panel.padded)
          }
          if packsLast, panel.first + panel.columns == n {
            return (UnsafeRawPointer(packed!), panel.padded)
          }
          return (b + panel.first * width, bStep)
        }
      }
    }
  }

  /// Whether every panel of B is to be packed by the thread that uses it: where A is so small that each
  /// thread may have all of it near. What one thread packs and another reads has to come from one
  /// core to the other: where that is slow, as between cores that share no cache, a product of
  /// 256 x 256 waited for a third of its time.
  private func canPackWhereUsed(_ panels: Int) -> Bool {
    let isCopied = aTransposed || aStep * tiles.width % 4096 == 0
    return !isCopied && panels >= 8 && m <= MatrixProduct.fewRows
      && m * k * tiles.width <= MatrixProduct.nearBytes && !canRunByTiles
  }

  /// All rows of C, some panels at a time.
  private func runByPanels(_ panels: Int, _ packed: UnsafeMutableRawPointer) {
    let perPanel = m * k * 2 * tiles.lanes
    let jobs = max(1, min(panels, 16, panels * perPanel / MatrixProduct.worthASlice))
    Threads.run(blocks: jobs) { job in
      let own = (0..<panels).part(job, of: jobs)
      for index in own {
        let panel = tiles.panel(index, of: n)
        pack(panel, into: packed + panel.first * k * tiles.width)
      }
      runBlock(
        rows: 0..<m, panels: own, narrow: false, banded: tiles.prefersBands(columns: n, terms: k)
      ) { panel in
        (UnsafeRawPointer(packed) + panel.first * k * tiles.width, panel.padded)
      }
    }
  }

  /// Copies a panel of op(B) so that its rows lie side by side.
  private func pack(_ panel: Tiles.Panel, into to: UnsafeMutableRawPointer) {
    if bTransposed {
      tiles.packTransposed(
        b + panel.first * bStep * tiles.width, into: to, rows: k, columns: panel.columns,
        padded: panel.padded, step: bStep)
    } else {
      tiles.pack(
        b + panel.first * tiles.width, into: to, rows: k, columns: panel.columns,
        padded: panel.padded, step: bStep)
    }
  }

  /// Computes rows x panels of C, stretch by stretch of the inner axis.
  ///
  /// - Parameter narrow: whether tiles are one vector wide: twice as tall, they read a B that is not
  ///   packed, and whose rows push each other out of the caches, once.
  /// - Parameter banded: whether all panels, which are packed, are computed together.
  private func runBlock(
    rows: Range<Int>, panels: Range<Int>, narrow: Bool, banded: Bool,
    weights: (Tiles.Panel) -> (UnsafeRawPointer, Int)
  ) {
    let width = tiles.width
    let longest = (k + stretches - 1) / stretches
    // Rows of A that are pages apart would fall into the same cache sets, and columns of
    // a transposed one far apart cost a page each: such a block is copied, if it is used often.
    let copies = panels.count > 1 && (aTransposed || aStep * width % 4096 == 0)
    let lineLanes = 64 / width
    let copyStep =
      aTransposed
      ? rows.count
      : (longest + lineLanes - 1) / lineLanes * lineLanes
        + lineLanes
    let copy =
      copies ? Memory(byteCount: (aTransposed ? longest : rows.count) * copyStep * width) : nil
    let pointers = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: 2 * rows.count)
    defer {
      pointers.deallocate()
      withExtendedLifetime(copy) {}
    }
    pointers.initialize(repeating: nil, count: 2 * rows.count)
    let from = pointers
    let to = UnsafeMutableRawPointer(pointers + rows.count)
      .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    for r in 0..<rows.count { to[r] = c + (rows.lowerBound + r) * n * width }
    var zero = 0

    withUnsafePointer(to: &zero) { zero in
      for stretch in 0..<stretches {
        let first = stretch * k / stretches
        let terms = (stretch + 1) * k / stretches - first
        var left: UnsafeRawPointer
        var leftStep = aStep
        if aTransposed {
          left = a + (first * aStep + rows.lowerBound) * width
          if let copy {
            tiles.pack(
              left, into: copy.pointer, rows: terms, columns: rows.count, padded: rows.count,
              step: aStep)
            left = UnsafeRawPointer(copy.pointer)
            leftStep = copyStep
          }
        } else {
          left = a + (rows.lowerBound * aStep + first) * width
          if let copy {
            tiles.pack(
              left, into: copy.pointer, rows: rows.count, columns: terms, padded: copyStep,
              step: aStep)
            left = UnsafeRawPointer(copy.pointer)
            leftStep = copyStep
          }
          for r in 0..<rows.count { from[r] = left + r * leftStep * width }
        }
        if banded {
          let columns = tiles.columns(of: panels, of: n)
          var tile = tg_tile(
            runs: 1, terms: k, a_starts: zero, b_starts: zero, a_step: 1, b_step: k,
            columns: columns.count, accumulate: 0, asks: 0)
          tiles.bands(
            from, rows: rows.count, weights(tiles.panel(panels.lowerBound, of: n)).0, into: to,
            columns.lowerBound, &tile)
          continue
        }
        for index in panels {
          let panel = tiles.panel(index, of: n)
          let (whole, step) = weights(panel)
          let right = whole + first * step * width
          let vectors = narrow ? 1 : panel.vectors
          for part in stride(from: 0, to: panel.columns, by: vectors * tiles.lanes) {
            let column = panel.first + part
            var tile = tg_tile(
              runs: 1, terms: terms, a_starts: zero, b_starts: zero, a_step: leftStep,
              b_step: step, columns: min(panel.columns - part, vectors * tiles.lanes),
              accumulate: stretch == 0 ? 0 : 1, asks: 1)
            if aTransposed {
              let kernels = tiles.outerKernels(vectors)
              tiles.forEachTile(rows: rows.count, vectors: vectors) { row, height in
                kernels[height]!(
                  left + row * width, right + part * width,
                  c + ((rows.lowerBound + row) * n + column) * width, n, &tile)
              }
            } else {
              let kernels = tiles.rowKernels(vectors)
              tiles.forEachTile(rows: rows.count, vectors: vectors) { row, height in
                kernels[height]!(from + row, right + part * width, to + row, column, &tile)
              }
            }
          }
        }
      }
    }
  }
}
