import CKernels

/// The kernel's gradient by minimal filtering: patches of the input and tiles of the cotangent are
/// brought to n x n points, where the gradient is, for each point, one product of channels by tiles
/// with tiles by channels; the sums over all tiles are brought back to 3 x 3 taps.
///
/// Three orders of work, by what is large. Where the sums are small, every part of the images has
/// sums of its own, and its tiles go through the second-level cache in blocks. Where they are larger,
/// tiles are brought to the points in chunks for the third-level cache, and the threads share out
/// the points; or, for many channels, blocks of the gradient, whose sums never leave the cache. All
/// cuts are made by size, and every sum is added up in one order.
struct WinogradKernelGradient: @unchecked Sendable {
  private let g: ConvolutionGeometry
  private let cover: WinogradTiles
  private let tiles: Tiles
  private let input: UnsafeRawPointer
  private let cotangent: UnsafeRawPointer
  private let kernel: UnsafeMutableRawPointer
  private let panels: Int
  private let points: Int
  private let margin: (memory: Memory, zeros: UnsafeRawPointer, waste: UnsafeMutableRawPointer)
  private let zero = Offsets([0])

  private static let mostParts = 16
  private static let blockBytes = 512 << 10
  private static let smallSums = 192 << 10
  private static let middlingSums = 3 << 20
  private static let chunkBytes = 6 << 20
  private static let largeChunkBytes = 40 << 20
  /// Tiles summed between two visits to the sums.
  private static let stretch = 160

  init(
    _ g: ConvolutionGeometry, _ tiles: Tiles, tile: Int, input: UnsafeRawPointer,
    cotangent: UnsafeRawPointer, kernel: UnsafeMutableRawPointer
  ) {
    self.g = g
    self.tiles = tiles
    self.input = input
    self.cotangent = cotangent
    self.kernel = kernel
    cover = WinogradTiles(.forward(g), tiles, tile: tile)
    panels = tiles.panelCount(g.outputChannels)
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
    let sums = points * g.inputChannels * tiles.padded(g.outputChannels) * tiles.width
    if sums <= WinogradKernelGradient.smallSums {
      runByParts()
    } else if sums <= WinogradKernelGradient.middlingSums {
      runByPoints()
    } else {
      runByBlocks()
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
      cover.layout(count: count, channels: g.inputChannels),
      cover.layout(count: count, channels: g.outputChannels)
    )
  }

  /// Bytes of a tile at the points.
  private var tileBytes: Int { points * (g.inputChannels + g.outputChannels) * tiles.width }

  /// Brings `count` of a chunk's tiles to the points, from the tile `skip` on.
  private func transform(_ chunk: Chunk, skip: Int, count: Int) {
    withUnsafePointer(to: cover.patches) {
      cover.transforms.pointee.from_patches(
        chunk.patches + skip * chunk.patchLayout.tileStep * tiles.width, input, $0,
        chunk.first + skip, count, chunk.patchLayout.positionStep, chunk.patchLayout.tileStep,
        margin.zeros)
    }
    withUnsafePointer(to: cover.squares) {
      cover.transforms.pointee.from_tiles(
        chunk.squares + skip * chunk.squareLayout.tileStep * tiles.width, cotangent, $0,
        chunk.first + skip, count, chunk.squareLayout.positionStep, chunk.squareLayout.tileStep,
        margin.zeros)
    }
  }

  /// The same on all threads.
  private func transform(_ chunk: Chunk) {
    let few = max(1, min(chunk.count, 16384 / (g.inputChannels + g.outputChannels)))
    let blocks = (chunk.count + few - 1) / few
    Threads.run(blocks: blocks) { block in
      let skip = block * chunk.count / blocks
      transform(chunk, skip: skip, count: (block + 1) * chunk.count / blocks - skip)
    }
  }

  /// Adds the products of a chunk at one point, for a block of the gradient, to its sums.
  private func multiply(
    _ chunk: Chunk, position: Int, channels: Range<Int>, panels: Range<Int>,
    sums: UnsafeMutableRawPointer, pitch: Int, replacing: Bool
  ) {
    let width = tiles.width
    let stretches =
      (chunk.count + WinogradKernelGradient.stretch - 1) / WinogradKernelGradient.stretch
    let firstColumn = panels.lowerBound * 2 * tiles.lanes
    let left =
      chunk.patches + (position * chunk.patchLayout.positionStep + channels.lowerBound) * width
    let right = chunk.squares + position * chunk.squareLayout.positionStep * width
    for stretch in 0..<stretches {
      let skip = stretch * chunk.count / stretches
      for index in panels {
        let panel = tiles.panel(index, of: g.outputChannels)
        var tile = tg_tile(
          runs: 1, terms: (stretch + 1) * chunk.count / stretches - skip, a_starts: zero.pointer,
          b_starts: zero.pointer, a_step: chunk.patchLayout.tileStep,
          b_step: chunk.squareLayout.tileStep, columns: panel.padded,
          accumulate: replacing && stretch == 0 ? 0 : 1)
        let kernels = tiles.outerKernels(panel.vectors)
        let from = left + skip * chunk.patchLayout.tileStep * width
        let by = right + (skip * chunk.squareLayout.tileStep + panel.first) * width
        let to = sums + (panel.first - firstColumn) * width
        tiles.forEachTile(rows: channels.count, vectors: panel.vectors) { row, height in
          kernels[height]!(from + row * width, by, to + row * pitch * width, pitch, &tile)
        }
      }
    }
  }

  /// Brings sums back to the taps of a block of the gradient.
  private func finish(
    _ sums: UnsafeMutableRawPointer, _ layout: SumLayout, channels: Range<Int>, columns: Range<Int>
  ) {
    cover.transforms.pointee.to_kernel(
      kernel + (channels.lowerBound * g.outputChannels + columns.lowerBound) * tiles.width, sums,
      channels.count, columns.count, layout.pitch, g.inputChannels * g.outputChannels,
      g.outputChannels, layout.positionStep)
  }

  /// Runs `body` for slices of the input channels.
  private func forEachSlice(elementsPerChannel: Int, _ body: (Range<Int>) -> Void) {
    Threads.run(items: g.inputChannels, elementsPerItem: elementsPerChannel, body)
  }

  // MARK: - Small sums

  private func runByParts() {
    let width = tiles.width
    let rows = g.inputChannels
    let layout = SumLayout(tiles, rows: rows, columns: g.outputChannels)
    let most = max(
      14, min(WinogradKernelGradient.stretch, WinogradKernelGradient.blockBytes / tileBytes))
    let blocks = (cover.count + most - 1) / most
    let perBlock = max(1, points * rows * g.outputChannels * (cover.count / blocks))
    let worthwhile = max(1, MatrixProduct.worthABlock / perBlock)
    let parts = max(1, min(blocks / worthwhile, WinogradKernelGradient.mostParts))
    let size = points * layout.positionStep
    let sums = Memory(byteCount: parts * size * width)
    let (patchLayout, squareLayout) = layouts((cover.count + blocks - 1) / blocks)
    Threads.run(blocks: parts) { part in
      let scratch = Memory(byteCount: patchLayout.byteCount + squareLayout.byteCount)
      defer { withExtendedLifetime(scratch) {} }
      let begin = part * blocks / parts
      for block in begin..<(part + 1) * blocks / parts {
        let first = block * cover.count / blocks
        let chunk = Chunk(
          first: first, count: (block + 1) * cover.count / blocks - first,
          patches: scratch.pointer, squares: scratch.pointer + patchLayout.byteCount,
          patchLayout: patchLayout, squareLayout: squareLayout)
        transform(chunk, skip: 0, count: chunk.count)
        for position in 0..<points {
          multiply(
            chunk, position: position, channels: 0..<rows, panels: 0..<panels,
            sums: sums.pointer + (part * size + position * layout.positionStep) * width,
            pitch: layout.pitch, replacing: block == begin)
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
      finish(start, layout, channels: channels, columns: 0..<g.outputChannels)
    }
    withExtendedLifetime(sums) {}
  }

  // MARK: - Chunks

  /// Runs `body` for one chunk of tiles at the points after the other.
  private func forEachChunk(bytes: Int, _ body: (Chunk, _ isFirst: Bool, _ isLast: Bool) -> Void) {
    let most = max(1, bytes / tileBytes)
    let chunks = (cover.count + most - 1) / most
    let (patchLayout, squareLayout) = layouts((cover.count + chunks - 1) / chunks)
    let patches = Memory(byteCount: patchLayout.byteCount)
    let squares = Memory(byteCount: squareLayout.byteCount)
    for index in 0..<chunks {
      let first = index * cover.count / chunks
      let chunk = Chunk(
        first: first, count: (index + 1) * cover.count / chunks - first,
        patches: patches.pointer, squares: squares.pointer, patchLayout: patchLayout,
        squareLayout: squareLayout)
      transform(chunk)
      body(chunk, index == 0, index == chunks - 1)
    }
    withExtendedLifetime((patches, squares)) {}
  }

  private func runByPoints() {
    let width = tiles.width
    let rows = g.inputChannels
    let layout = SumLayout(tiles, rows: rows, columns: g.outputChannels)
    let sums = Memory(byteCount: points * layout.positionStep * width)
    forEachChunk(bytes: WinogradKernelGradient.chunkBytes) { chunk, isFirst, _ in
      let perPoint = rows * g.outputChannels * chunk.count
      let together = max(1, min(points, MatrixProduct.worthABlock / max(1, perPoint)))
      let blocks = (points + together - 1) / together
      Threads.run(blocks: blocks) { block in
        for position in block * points / blocks..<(block + 1) * points / blocks {
          multiply(
            chunk, position: position, channels: 0..<rows, panels: 0..<panels,
            sums: sums.pointer + position * layout.positionStep * width, pitch: layout.pitch,
            replacing: isFirst)
        }
      }
    }
    forEachSlice(elementsPerChannel: points * layout.pitch) { channels in
      finish(
        sums.pointer + channels.lowerBound * layout.pitch * width, layout, channels: channels,
        columns: 0..<g.outputChannels)
    }
    withExtendedLifetime(sums) {}
  }

  private func runByBlocks() {
    let width = tiles.width
    // Four register tiles by two panels.
    let mostRows = 4 * tiles.rows(2)
    let rowBlocks = (g.inputChannels + mostRows - 1) / mostRows
    let panelBlocks = (panels + 1) / 2
    let layout = SumLayout(
      tiles, rows: (g.inputChannels + rowBlocks - 1) / rowBlocks, columns: 4 * tiles.lanes)
    let size = points * layout.positionStep * width
    let blocks = rowBlocks * panelBlocks
    var kept: Memory?
    forEachChunk(bytes: WinogradKernelGradient.largeChunkBytes) { chunk, isFirst, isLast in
      if !isLast, kept == nil { kept = Memory(byteCount: blocks * size) }
      Threads.run(blocks: blocks) { [kept] block in
        let scratch = kept == nil ? Memory(byteCount: size) : nil
        defer { withExtendedLifetime((scratch, kept)) {} }
        let sums = scratch?.pointer ?? kept!.pointer + block * size
        let row = block % rowBlocks
        let column = block / rowBlocks
        let channels =
          row * g.inputChannels / rowBlocks..<(row + 1) * g.inputChannels / rowBlocks
        let panels = column * 2..<min(panels, column * 2 + 2)
        for position in 0..<points {
          multiply(
            chunk, position: position, channels: channels, panels: panels,
            sums: sums + position * layout.positionStep * width, pitch: layout.pitch,
            replacing: isFirst)
        }
        if isLast {
          let first = column * 4 * tiles.lanes
          finish(
            sums, layout, channels: channels,
            columns: first..<min(g.outputChannels, first + 4 * tiles.lanes))
        }
      }
    }
  }
}
