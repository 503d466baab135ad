import CKernels

/// The kernel's gradient by minimal filtering: patches of the input and tiles of the cotangent are
/// brought to n x n points, where the gradient is, for each point, one product of channels by tiles
/// with tiles by channels; the sums over all tiles are brought back to 3 x 3 taps.
///
/// Three orders of work, by what is large. Where the sums are not, every part of the images has sums
/// of its own: its tiles are brought to the points and multiplied by one thread, block by block, and
/// no thread waits for what another one wrote. Where channels are many and tiles are few, all tiles
/// are brought to the points first, and the threads share out blocks of the gradient, whose sums are
/// brought back as soon as they are complete. Where both are many, tiles go through the third-level
/// cache in chunks, and the threads share out the points. All cuts are made by size, and every sum is
/// added up in one order.
struct WinogradKernelGradient: @unchecked Sendable {
  private let g: ConvolutionGeometry
  private let cover: WinogradTiles
  private let tiles: Tiles
  private let input: UnsafeRawPointer
  private let cotangent: UnsafeRawPointer
  private let kernel: UnsafeMutableRawPointer
  /// Rows of the sums: input channels of all pieces. And their columns.
  private let terms: Int
  private let columns: Int
  private let group: Int
  private let panels: Int
  private let points: Int
  private let margin: (memory: Memory, zeros: UnsafeRawPointer)
  private let zero = Offsets([0])

  /// Sums up to here are kept for every part.
  private static let partSums = 3 << 20
  /// The fewest tiles that make a part.
  private static let leastTiles = 28
  /// Tiles at the points that the third-level cache holds beside the rest.
  private static let fewTiles = 20 << 20
  /// Bytes of a kernel whose gradient leaves the caches before anything reads it.
  private static let farBytes = 2 << 20
  /// Tiles summed between two visits to the sums.
  private static let stretch = 160

  init(
    _ g: ConvolutionGeometry, _ tiles: Tiles, tile: Int, group: Int, input: UnsafeRawPointer,
    cotangent: UnsafeRawPointer, kernel: UnsafeMutableRawPointer
  ) {
    self.g = g
    self.tiles = tiles
    self.input = input
    self.kernel = kernel
    self.group = group
    cover = WinogradTiles(.forward(g), tiles, tile: tile, group: group)
    self.cotangent = cotangent + cover.squareStart * tiles.width
    terms = cover.terms
    columns = g.groupOutputs
    panels = tiles.panelCount(columns)
    points = cover.points
    margin = cover.margin()
  }

  /// Sums at the points: rows of input channels, `pitch` elements apart.
  private struct SumLayout {
    let pitch: Int
    let positionStep: Int

    init(_ tiles: Tiles, rows: Int, columns: Int) {
      pitch = tiles.padded(columns)
      positionStep = WinogradTiles.Layout.oddLines(rows * pitch, tiles)
    }
  }

  func run() {
    let sums = points * terms * tiles.padded(columns) * tiles.width
    let work = cover.count * points * terms * columns
    let most = sums <= 512 << 10 ? 16 : sums <= 1 << 20 ? 8 : 4
    let parts = min(
      most, cover.count / WinogradKernelGradient.leastTiles,
      work / (2 * MatrixProduct.worthABlock))
    if sums <= WinogradKernelGradient.partSums, parts >= 4 || work < 16 * MatrixProduct.worthABlock
    {
      runByParts(max(1, parts), blockBytes: sums <= 192 << 10 ? 512 << 10 : 1536 << 10)
    } else if cover.count * tileBytes <= WinogradKernelGradient.fewTiles,
      sums > WinogradKernelGradient.partSums
    {
      runByBlocks()
    } else {
      runByPoints()
    }
  }

  // MARK: - Pieces of the work

  /// Tiles at the points: the input's patches and the cotangent's tiles.
  private struct Chunk {
    let first: Int
    let count: Int
    let patches: UnsafeMutableRawPointer
    let squares: UnsafeMutableRawPointer
    let patchLayout: WinogradTiles.Layout
    let squareLayout: WinogradTiles.Layout
  }

  private func layouts(_ count: Int) -> (WinogradTiles.Layout, WinogradTiles.Layout) {
    (
      cover.patchLayout(count: count),
      cover.layout(count: count, channels: columns)
    )
  }

  /// Bytes of a tile at the points.
  private var tileBytes: Int { points * (terms + columns) * tiles.width }

  /// Brings `count` of a chunk's tiles to the points, from the tile `skip` on.
  private func transform(_ chunk: Chunk, skip: Int, count: Int) {
    cover.transformPatches(
      input, into: chunk.patches + skip * chunk.patchLayout.tileStep * tiles.width,
      chunk.patchLayout, first: chunk.first + skip, count: count, zeros: margin.zeros)
    withUnsafePointer(to: cover.squares) {
      cover.transforms.pointee.from_tiles(
        chunk.squares + skip * chunk.squareLayout.tileStep * tiles.width, cotangent, $0,
        chunk.first + skip, count, chunk.squareLayout.positionStep, chunk.squareLayout.tileStep,
        margin.zeros)
    }
  }

  /// The same on all threads.
  private func transform(_ chunk: Chunk) {
    let few = max(1, min(chunk.count, 16384 / (terms + columns)))
    let blocks = (chunk.count + few - 1) / few
    Threads.run(blocks: blocks) { block in
      let skip = block * chunk.count / blocks
      transform(chunk, skip: skip, count: (block + 1) * chunk.count / blocks - skip)
    }
  }

  /// Adds the products of a chunk at one point, for a block of the gradient, to its sums.
  ///
  /// What is multiplied next comes from farther than the second-level cache, and no processor foresees where
  /// it lies: tiles ask for it, unless `ahead` has something for them to ask for.
  private func multiply(
    _ chunk: Chunk, position: Int, channels: Range<Int>, panels: Range<Int>,
    sums: UnsafeMutableRawPointer, pitch: Int, replacing: Bool,
    ahead: (_ terms: Int) -> Lines? = { _ in nil }
  ) {
    let width = tiles.width
    let stretches =
      (chunk.count + WinogradKernelGradient.stretch - 1) / WinogradKernelGradient.stretch
    let own = tiles.columns(of: panels, of: columns)
    let left =
      chunk.patches + (position * chunk.patchLayout.positionStep + channels.lowerBound) * width
    let right = chunk.squares + position * chunk.squareLayout.positionStep * width
    for stretch in 0..<stretches {
      let skip = stretch * chunk.count / stretches
      let isLast = stretch + 1 == stretches
      let nextPosition = isLast ? 1 : 0
      let nextSkip = isLast ? 0 : (stretch + 1) * chunk.count / stretches
      func next(_ first: UnsafeRawPointer, _ layout: WinogradTiles.Layout, _ columns: Int)
        -> ColumnLines
      {
        let place = nextPosition * layout.positionStep + nextSkip * layout.tileStep
        return ColumnLines(
          first + place * width, bytes: columns * width, step: layout.tileStep * width)
      }
      var nextLeft = next(left, chunk.patchLayout, channels.count)
      var nextRight = next(right + own.lowerBound * width, chunk.squareLayout, own.count)
      for index in panels {
        let panel = tiles.panel(index, of: columns)
        var tile = tg_tile(
          runs: 1, terms: (stretch + 1) * chunk.count / stretches - skip, a_starts: zero.pointer,
          b_starts: zero.pointer, a_step: chunk.patchLayout.tileStep,
          b_step: chunk.squareLayout.tileStep, columns: panel.padded,
          accumulate: replacing && stretch == 0 ? 0 : 1, asks: 0)
        let kernels = tiles.outerKernels(panel.vectors)
        let from = left + skip * chunk.patchLayout.tileStep * width
        let by = right + (skip * chunk.squareLayout.tileStep + panel.first) * width
        let to = sums + (panel.first - own.lowerBound) * width
        tiles.forEachTile(rows: channels.count, vectors: panel.vectors) { row, height in
          tile.ask(for: ahead(tile.terms) ?? nextLeft.take() ?? nextRight.take())
          kernels[height]!(from + row * width, by, to + row * pitch * width, pitch, &tile)
        }
      }
    }
  }

  /// Brings sums back to the taps of a block of the gradient.
  private func finish(
    _ sums: UnsafeMutableRawPointer, _ layout: SumLayout, channels: Range<Int>, columns: Range<Int>
  ) {
    let tap = cover.channels * g.outputChannels
    let streams = g.kernelCount * tiles.width >= WinogradKernelGradient.farBytes
    cover.forEachPiece(channels) { piece, own, before in
      var map = tg_kernel_map(
        rows: own.count, columns: columns.count, padded: layout.pitch, row_step: g.outputChannels,
        taps_down: piece.rows.count, taps_across: piece.columns.count,
        tap_row_step: piece.rows.step * g.kernelWidth * tap, tap_step: piece.columns.step * tap,
        position_step: layout.positionStep, streams: streams ? 1 : 0)
      let first = (piece.rows.first * g.kernelWidth + piece.columns.first) * tap
      let to = own.lowerBound * g.outputChannels + group * self.columns + columns.lowerBound
      cover.transforms.pointee.to_kernel(
        kernel + (first + to) * tiles.width, sums + before * layout.pitch * tiles.width, &map)
    }
  }

  /// Runs `body` for slices of the terms.
  private func forEachSlice(elementsPerChannel: Int, _ body: @escaping (Range<Int>) -> Void) {
    // An element costs a fraction of what it does elsewhere: it comes from a cache.
    Threads.launch(items: terms, elementsPerItem: elementsPerChannel / 3, body)
  }

  // MARK: - Parts of the images

  private func runByParts(_ parts: Int, blockBytes: Int) {
    let width = tiles.width
    let rows = terms
    let layout = SumLayout(tiles, rows: rows, columns: self.columns)
    let most = max(14, min(WinogradKernelGradient.stretch, blockBytes / tileBytes))
    let perPart = (cover.count + parts - 1) / parts
    let blocks = parts * ((perPart + most - 1) / most)
    let size = points * layout.positionStep
    let sums = Memory(byteCount: parts * size * width)
    let (patchLayout, squareLayout) = layouts((cover.count + blocks - 1) / blocks)
    Threads.run(blocks: parts) { part in
      let scratch = Memory(byteCount: patchLayout.byteCount + squareLayout.byteCount)
      defer { withExtendedLifetime(scratch) {} }
      let begin = part * blocks / parts
      let end = (part + 1) * blocks / parts
      for block in begin..<end {
        let first = block * cover.count / blocks
        let chunk = Chunk(
          first: first, count: (block + 1) * cover.count / blocks - first,
          patches: scratch.pointer, squares: scratch.pointer + patchLayout.byteCount,
          patchLayout: patchLayout, squareLayout: squareLayout)
        transform(chunk, skip: 0, count: chunk.count)
        // The next block's pixels come while this one is multiplied.
        let next = block + 1 == end ? 0..<0 : (0..<cover.count).part(block + 1, of: blocks)
        var patchLines = cover.patchLines(input, next)
        var squareLines = cover.squareLines(cotangent, next)
        for position in 0..<points {
          multiply(
            chunk, position: position, channels: 0..<rows, panels: 0..<panels,
            sums: sums.pointer + (part * size + position * layout.positionStep) * width,
            pitch: layout.pitch, replacing: block == begin
          ) { patchLines.take($0) ?? squareLines.take($0) }
        }
      }
    }
    forEachSlice(elementsPerChannel: points * layout.pitch * parts) { channels in
      let start = sums.pointer + channels.lowerBound * layout.pitch * width
      for position in 0..<points {
        let at = start + position * layout.positionStep * width
        for part in 1..<max(parts, 1) {
          tiles.add(at + part * size * width, to: at, count: channels.count * layout.pitch)
        }
      }
      finish(start, layout, channels: channels, columns: 0..<self.columns)
    }
    withExtendedLifetime(sums) {}
  }

  // MARK: - Chunks of tiles

  /// A chunk's place in memory for so many tiles.
  private struct ChunkMemory {
    let patches: Memory
    let squares: Memory
    let patchLayout: WinogradTiles.Layout
    let squareLayout: WinogradTiles.Layout

    func chunk(_ range: Range<Int>) -> Chunk {
      Chunk(
        first: range.lowerBound, count: range.count, patches: patches.pointer,
        squares: squares.pointer, patchLayout: patchLayout, squareLayout: squareLayout)
    }
  }

  private func chunkMemory(_ count: Int) -> ChunkMemory {
    let (patchLayout, squareLayout) = layouts(count)
    return ChunkMemory(
      patches: Memory(byteCount: patchLayout.byteCount),
      squares: Memory(byteCount: squareLayout.byteCount), patchLayout: patchLayout,
      squareLayout: squareLayout)
  }

  private func runByPoints() {
    let width = tiles.width
    let rows = terms
    let layout = SumLayout(tiles, rows: rows, columns: self.columns)
    let sums = Memory(byteCount: points * layout.positionStep * width)
    // The larger the sums, the fewer visits.
    let most = max(
      1, (layout.positionStep * points * width <= 12 << 20 ? 12 << 20 : 24 << 20) / tileBytes)
    let chunks = (cover.count + most - 1) / most
    let memory = chunkMemory((cover.count + chunks - 1) / chunks)
    for index in 0..<chunks {
      let chunk = memory.chunk(
        (0..<cover.count).part(index, of: chunks))
      transform(chunk)
      let perPoint = rows * self.columns * chunk.count
      let together = max(1, min(points, MatrixProduct.worthABlock / max(1, perPoint)))
      let blocks = (points + together - 1) / together
      Threads.run(blocks: blocks) { block in
        for position in (0..<points).part(block, of: blocks) {
          multiply(
            chunk, position: position, channels: 0..<rows, panels: 0..<panels,
            sums: sums.pointer + position * layout.positionStep * width, pitch: layout.pitch,
            replacing: index == 0)
        }
      }
    }
    forEachSlice(elementsPerChannel: points * layout.pitch) { channels in
      finish(
        sums.pointer + channels.lowerBound * layout.pitch * width, layout, channels: channels,
        columns: 0..<self.columns)
    }
    withExtendedLifetime((sums, memory)) {}
  }

  // MARK: - Blocks of the gradient

  private func runByBlocks() {
    let width = tiles.width
    let memory = chunkMemory(cover.count)
    let chunk = memory.chunk(0..<cover.count)
    transform(chunk)
    // Eight register tiles by four panels, or as many as leave each thread a few blocks.
    let mostRows = 8 * tiles.rows(2)
    let rowBlocks = (terms + mostRows - 1) / mostRows
    let together = rowBlocks * panels < 64 ? 2 : 4
    let panelBlocks = (panels + together - 1) / together
    let columns = tiles.width(ofPanels: together, of: self.columns)
    let layout = SumLayout(
      tiles, rows: (terms + rowBlocks - 1) / rowBlocks, columns: columns)
    Threads.launch(blocks: rowBlocks * panelBlocks) { block in
      let sums = Memory(byteCount: points * layout.positionStep * width)
      defer { withExtendedLifetime(sums) {} }
      let row = block % rowBlocks
      let column = block / rowBlocks
      let channels = (0..<terms).part(row, of: rowBlocks)
      let indices = column * together..<min(panels, (column + 1) * together)
      for position in 0..<points {
        multiply(
          chunk, position: position, channels: channels, panels: indices,
          sums: sums.pointer + position * layout.positionStep * width, pitch: layout.pitch,
          replacing: true)
      }
      finish(
        sums.pointer, layout, channels: channels,
        columns: tiles.columns(of: indices, of: self.columns))
    }
    withExtendedLifetime(memory) {}
  }
}
