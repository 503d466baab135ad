import CKernels

/// Carries out one group of a plan by minimal filtering: patches of the source and the kernel are brought
/// to n x n points, where the convolution is one matrix product of tiles by channels for each
/// point, and the products are brought back to tiles of the target.
///
/// Two orders of work. Tile by tile: the whole kernel at the points is kept, blocks of tiles go all
/// the way through in the second-level cache. Panel by panel, where tiles are fewer than channels:
/// all patches at the points are kept, and each stretch of the kernel is brought to the points where
/// it is used, so that it is read once and never written.
struct WinogradRun: @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let cover: WinogradTiles
  private let tiles: Tiles
  private let source: UnsafeRawPointer
  private let kernel: UnsafeRawPointer
  private let kernelWidth: Int
  private let transposed: Bool
  private let group: Int
  private let target: UnsafeMutableRawPointer
  /// Terms of the products at the points, and channels of the target.
  private let terms: Int
  private let targets: Int
  private let panels: Int
  private let points: Int
  private let zero = Offsets([0])

  /// Bytes that a block's patches and products may take in the second-level cache.
  private static let blockBytes = 640 << 10
  /// Terms of the sums between two visits to the products, where the kernel is brought to the points
  /// in stretches; and the tiles that use each stretch.
  private static let stretch = 64
  /// Panels whose products are brought back together: 64 channels where vectors are widest.
  private static let panelsTogether = 2

  /// - Parameter transposed: whether the kernel's input channels are the target's.
  init(
    _ plan: ConvolutionPlan, _ tiles: Tiles, tile: Int, group: Int, source: UnsafeRawPointer,
    kernel: UnsafeRawPointer, kernelWidth: Int, transposed: Bool, target: UnsafeMutableRawPointer
  ) {
    self.plan = plan
    self.tiles = tiles
    self.source = source
    self.kernel = kernel
    self.kernelWidth = kernelWidth
    self.transposed = transposed
    self.group = group
    cover = WinogradTiles(plan, tiles, tile: tile, group: group)
    self.target = target + cover.squareStart * tiles.width
    terms = cover.terms
    targets = plan.groupTargets
    panels = tiles.panelCount(targets)
    points = cover.points
  }

  func run() {
    // What one thread writes and another reads is slow: keep the smaller of patches and kernel at
    // the points. With few tiles to use it, a large kernel is not worth keeping anyway.
    let channels = terms * targets
    if cover.count <= min(64, targets) || channels >= 1 << 16 && cover.count <= 256
      || channels >= 1 << 17 && cover.count <= 512
    {
      runByPanels()
    } else {
      runByTiles()
    }
  }

  /// Multiply-adds, with the transforms counted by the time they take.
  private var multiplyAdds: Int {
    let before = cover.pieces.count * ((cover.channels + tiles.lanes - 1) / tiles.lanes)
    let after = (targets + tiles.lanes - 1) / tiles.lanes
    return cover.count * tiles.lanes * points * (terms * after + 14 * before + 9 * after)
  }

  /// Into how many jobs so many pieces are joined, so that each is worth a thread's while.
  private func jobs(_ pieces: Int, multiplyAdds: Int) -> Int {
    max(1, min(pieces, multiplyAdds / (2 * MatrixProduct.worthABlock)))
  }

  // MARK: - The kernel at the points

  /// Brings some of the kernel's terms, for a panel of the target's channels, to the points.
  private func transformKernel(
    rows: Range<Int>, panel: Tiles.Panel, into to: UnsafeMutableRawPointer, positionStep: Int
  ) {
    cover.forEachPiece(rows) { piece, channels, before in
      transformKernel(
        piece, channels: channels, panel: panel,
        into: to + before * panel.padded * tiles.width, positionStep: positionStep)
    }
  }

  /// Where some of a piece's taps lie, from one of the target's channels on, and where the first is.
  private func taps(
    _ piece: WinogradTiles.Piece, channels: Range<Int>, column: Int
  ) -> (map: tg_kernel_map, first: UnsafeRawPointer) {
    // The kernel's last two axes: input channels of a group, output channels of all groups.
    let inputs = transposed ? targets : cover.channels
    let outputs = transposed ? plan.sourceChannels : plan.targetChannels
    let tap = inputs * outputs
    let map = tg_kernel_map(
      rows: channels.count, columns: 0, padded: 0, row_step: outputs,
      taps_down: piece.rows.count, taps_across: piece.columns.count,
      tap_row_step: piece.rows.step * kernelWidth * tap, tap_step: piece.columns.step * tap,
      position_step: 0, streams: 0)
    let first = (piece.rows.first * kernelWidth + piece.columns.first) * tap
    let from =
      transposed
      ? column * outputs + group * cover.channels + channels.lowerBound
      : channels.lowerBound * outputs + group * targets + column
    return (map, kernel + (first + from) * tiles.width)
  }

  private func transformKernel(
    _ piece: WinogradTiles.Piece, channels: Range<Int>, panel: Tiles.Panel,
    into to: UnsafeMutableRawPointer, positionStep: Int
  ) {
    let width = tiles.width
    var (map, first) = taps(piece, channels: channels, column: panel.first)
    map.columns = panel.columns
    map.padded = panel.padded
    map.position_step = positionStep
    guard transposed else {
      cover.transforms.pointee.from_kernel(to, first, &map)
      return
    }
    let turnedTap = channels.count * panel.padded
    let turned = Memory(byteCount: 9 * turnedTap * width)
    defer { withExtendedLifetime(turned) {} }
    let outputs = map.row_step
    for i in 0..<piece.rows.count {
      for j in 0..<piece.columns.count {
        tiles.packTransposed(
          first + (i * map.tap_row_step + j * map.tap_step) * width,
          into: turned.pointer + (3 * i + j) * turnedTap * width, rows: channels.count,
          columns: panel.columns, padded: panel.padded, step: outputs)
      }
    }
    map.columns = panel.padded
    map.row_step = panel.padded
    map.tap_row_step = 3 * turnedTap
    map.tap_step = turnedTap
    cover.transforms.pointee.from_kernel(to, turned.pointer, &map)
  }

  /// Lines of one tap that bringing some of the kernel to the points will read, one from each row; nil where
  /// there are no more, or where rows of the kernel are long enough to be foreseen.
  private func kernelLines(_ index: Int, rows: Range<Int>, columns: Range<Int>) -> Lines? {
    guard !transposed, !columns.isEmpty else { return nil }
    let perTap = (columns.count * tiles.width + 63) / 64
    let (tap, line) = index.quotientAndRemainder(dividingBy: perTap)
    let (piece, from) = rows.lowerBound.quotientAndRemainder(dividingBy: cover.channels)
    let (map, first) = taps(
      cover.pieces[piece], channels: from..<from + rows.count, column: columns.lowerBound)
    guard tap < map.taps_down * map.taps_across else { return nil }
    let (i, j) = tap.quotientAndRemainder(dividingBy: map.taps_across)
    return Lines(
      first: first + (i * map.tap_row_step + j * map.tap_step) * tiles.width + 64 * line,
      step: map.row_step * tiles.width)
  }

  // MARK: - Blocks of tiles

  /// Products at one point, of a block's patches with some of the kernel's terms for a panel.
  ///
  /// - Parameters:
  ///   - start: where in each patch the terms begin.
  ///   - place: where among each tile's products the panel's first one lies.
  ///   - ahead: what the next register tile asks for.
  @inline(__always)
  private func multiply(
    _ scratch: WinogradScratch, tiles count: Int, terms: Int, from start: UnsafePointer<Int>,
    _ weights: UnsafeMutableRawPointer, _ panel: Tiles.Panel, at place: Int, adding: Bool,
    ahead: () -> Lines?
  ) {
    var tile = tg_tile(
      runs: 1, terms: terms, a_starts: start, b_starts: zero.pointer, a_step: 1,
      b_step: panel.padded, columns: panel.padded, accumulate: adding ? 1 : 0, asks: 0)
    let kernels = tiles.rowKernels(panel.vectors)
    tiles.forEachTile(rows: count, vectors: panel.vectors) { row, height in
      tile.ask(for: ahead())
      kernels[height]!(scratch.from + row, weights, scratch.to + row, place, &tile)
    }
  }

  /// Brings a block's products back to some channels of the target's tiles.
  private func finish(
    _ scratch: WinogradScratch, _ products: WinogradTiles.Layout, first: Int, count: Int,
    channels: Range<Int>
  ) {
    var squares = cover.squares
    squares.channels = channels.count
    cover.transforms.pointee.to_tiles(
      target + channels.lowerBound * tiles.width, scratch.products, &squares, first, count,
      products.positionStep, products.tileStep, scratch.waste)
  }

  // MARK: - Tile by tile

  private func runByTiles() {
    let width = tiles.width
    let channels = terms
    // The whole kernel at the points, panel by panel.
    let steps = (0..<panels).map { index in
      WinogradTiles.Layout.oddLines(
        channels * tiles.panel(index, of: targets).padded, tiles)
    }
    var starts = [0]
    for step in steps { starts.append(starts.last! + points * step) }
    let weights = Memory(byteCount: starts.last! * width)
    let slices = max(1, channels / 16)
    let pieces = panels * slices
    // Counted by the time it takes: the memory it writes was last read by all threads.
    let transformJobs = jobs(pieces, multiplyAdds: 1500 * channels * panels * 2 * tiles.lanes)
    Threads.run(blocks: transformJobs) { [starts] job in
      for piece in (0..<pieces).part(job, of: transformJobs) {
        let index = piece / slices
        let slice = piece % slices
        let panel = tiles.panel(index, of: targets)
        let rows = (0..<channels).part(slice, of: slices)
        transformKernel(
          rows: rows, panel: panel,
          into: weights.pointer + (starts[index] + rows.lowerBound * panel.padded) * width,
          positionStep: steps[index])
      }
    }

    let together = WinogradRun.panelsTogether
    let columns = min(targets, tiles.width(ofPanels: together, of: targets))
    let rows = tiles.rows(ofColumns: targets)
    let most = WinogradRun.blockBytes / (points * (channels + columns) * width)
    var block = max(1, most / rows) * rows
    let work = multiplyAdds
    while block > rows, (cover.count + block - 1) / block < jobs(8, multiplyAdds: work) {
      block -= rows
    }
    let blocks = (cover.count + block - 1) / block
    let blockJobs = jobs(blocks, multiplyAdds: work)
    let largest = (cover.count + blocks - 1) / blocks
    let patches = cover.patchLayout(count: largest)
    let products = cover.layout(count: largest, channels: columns)
    let positions = Offsets((0..<points).map { $0 * patches.positionStep })
    let margin = cover.margin()
    defer { withExtendedLifetime((weights, margin.memory)) {} }

    Threads.launch(blocks: blockJobs) { [starts] job in
      let scratch = WinogradScratch(patches, products, tiles: tiles, count: largest)
      let own = (0..<blocks).part(job, of: blockJobs)
      for block in own {
        let first = block * cover.count / blocks
        let count = (block + 1) * cover.count / blocks - first
        // While a block is multiplied come the next one's pixels, and those that its products go to,
        // unless they are brought back in several turns.
        let isLast = block + 1 == own.upperBound
        var nextPixels = cover.patchLines(
          source, isLast ? 0..<0 : (0..<cover.count).part(block + 1, of: blocks))
        var ownPixels = cover.squareLines(
          target, panels <= together ? first..<first + count : 0..<0)
        cover.transformPatches(
          source, into: scratch.patches, patches, first: first, count: count, zeros: margin.zeros)
        for group in stride(from: 0, to: panels, by: together) {
          let indices = group..<min(group + together, panels)
          let own = tiles.columns(of: indices, of: targets)
          for position in 0..<points {
            for index in indices {
              let panel = tiles.panel(index, of: targets)
              multiply(
                scratch, tiles: count, terms: channels, from: positions.pointer + position,
                weights.pointer + (starts[index] + position * steps[index]) * width, panel,
                at: position * products.positionStep + panel.first - own.lowerBound,
                adding: false
              ) { nextPixels.take(channels) ?? ownPixels.take(channels) }
            }
          }
          finish(scratch, products, first: first, count: count, channels: own)
        }
      }
    }
  }

  // MARK: - Panel by panel

  private func runByPanels() {
    let width = tiles.width
    let channels = terms
    let patches = cover.patchLayout(count: cover.count)
    let all = Memory(byteCount: patches.byteCount)
    let margin = cover.margin()
    let few = max(1, min(cover.count, 8192 / channels))
    let transforms = (cover.count + few - 1) / few
    Threads.run(blocks: transforms) { block in
      let first = block * cover.count / transforms
      let count = (block + 1) * cover.count / transforms - first
      cover.transformPatches(
        source, into: all.pointer + first * patches.tileStep * width, patches, first: first,
        count: count, zeros: margin.zeros)
    }

    let blocks = (cover.count + WinogradRun.stretch - 1) / WinogradRun.stretch
    let largest = (cover.count + blocks - 1) / blocks
    // Two where rows of the kernel lie a page apart, or patches must come from far.
    let isWide = targets * width >= 4096 || patches.byteCount > 16 << 20
    let together = isWide ? WinogradRun.panelsTogether : 1
    let groups = (panels + together - 1) / together
    let columns = tiles.width(ofPanels: together, of: targets)
    let products = cover.layout(count: largest, channels: columns)
    let stretches = (channels + WinogradRun.stretch - 1) / WinogradRun.stretch
    let longest = (channels + stretches - 1) / stretches
    let step = WinogradTiles.Layout.oddLines(
      longest * tiles.width(ofPanels: 1, of: targets), tiles)
    let positions = Offsets(
      (0..<stretches).flatMap { stretch in
        (0..<points).map { $0 * patches.positionStep + stretch * channels / stretches }
      })
    defer { withExtendedLifetime((all, margin.memory)) {} }

    func panelsOfGroup(_ group: Int) -> Range<Int> {
      group * together..<min(panels, (group + 1) * together)
    }
    let pieces = blocks * groups
    let pieceJobs = jobs(pieces, multiplyAdds: multiplyAdds)
    Threads.launch(blocks: pieceJobs) { job in
      let jobPieces = (0..<pieces).part(job, of: pieceJobs)
      for piece in jobPieces {
        let block = piece / groups
        let first = block * cover.count / blocks
        let count = (block + 1) * cover.count / blocks - first
        let here = all.pointer + first * patches.tileStep * width
        let indices = panelsOfGroup(piece % groups)
        let chosen = indices.map { tiles.panel($0, of: targets) }
        let own = tiles.columns(of: indices, of: targets)
        let scratch = WinogradScratch(
          patches, products, tiles: tiles, count: count, readingFrom: here)
        let weights = Memory(byteCount: together * points * step * width)
        defer { withExtendedLifetime(weights) {} }
        for stretch in 0..<stretches {
          let rows = (0..<channels).part(stretch, of: stretches)
          for (index, panel) in chosen.enumerated() {
            transformKernel(
              rows: rows, panel: panel, into: weights.pointer + index * points * step * width,
              positionStep: step)
          }
          let isLast = stretch + 1 == stretches
          let nextRows = (0..<channels).part(isLast ? 0 : stretch + 1, of: stretches)
          var nextColumns = own
          if isLast {
            let isEnd = piece + 1 == jobPieces.upperBound
            nextColumns =
              isEnd ? 0..<0 : tiles.columns(of: panelsOfGroup((piece + 1) % groups), of: targets)
          }
          let kernelLinesEach = (9 * ((own.count * width + 63) / 64) + points - 1) / points
          for position in 0..<points {
            // Meanwhile come the next position's patches, and the next stretch of the kernel.
            let after =
              position + 1 < points
              ? (position + 1) * patches.positionStep + rows.lowerBound : nextRows.lowerBound
            var nextPatches = ColumnLines(
              here + after * width, bytes: rows.count * width, step: patches.tileStep * width)
            var nextTaps = (0..<kernelLinesEach).makeIterator()
            for (index, panel) in chosen.enumerated() {
              multiply(
                scratch, tiles: count, terms: rows.count,
                from: positions.pointer + stretch * points + position,
                weights.pointer + (index * points + position) * step * width, panel,
                at: position * products.positionStep + panel.first - own.lowerBound,
                adding: stretch > 0
              ) {
                let lines = nextTaps.next().flatMap {
                  kernelLines(
                    position * kernelLinesEach + $0, rows: nextRows, columns: nextColumns)
                }
                return lines ?? nextPatches.take()
              }
            }
          }
        }
        finish(scratch, products, first: first, count: count, channels: own)
      }
    }
  }
}

/// A block's patches and products at the points, and where each tile's rows begin.
struct WinogradScratch {
  let patches: UnsafeMutableRawPointer
  let products: UnsafeMutableRawPointer
  let from: UnsafeMutablePointer<UnsafeRawPointer?>
  let to: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// A line for what is written to pixels outside.
  let waste: UnsafeMutableRawPointer
  private let memory: Memory

  /// - Parameter readingFrom: the patches, where they lie elsewhere.
  init(
    _ patches: WinogradTiles.Layout, _ products: WinogradTiles.Layout, tiles: Tiles, count: Int,
    readingFrom given: UnsafeMutableRawPointer? = nil
  ) {
    let own = given == nil ? (patches.byteCount + 63) / 64 * 64 : 0
    let second = (products.byteCount + 63) / 64 * 64
    let pointerBytes = count * MemoryLayout<UnsafeRawPointer?>.stride
    let line = (products.tileStep + 2 * tiles.lanes) * tiles.width
    memory = Memory(byteCount: own + second + 2 * pointerBytes + line)
    self.patches = given ?? memory.pointer
    self.products = memory.pointer + own
    let lists = memory.pointer + own + second
    from = lists.bindMemory(to: UnsafeRawPointer?.self, capacity: count)
    to = (lists + pointerBytes).bindMemory(to: UnsafeMutableRawPointer?.self, capacity: count)
    waste = lists + 2 * pointerBytes
    for index in 0..<count {
      (from + index).initialize(
        to: UnsafeRawPointer(self.patches) + index * patches.tileStep * tiles.width)
      (to + index).initialize(to: self.products + index * products.tileStep * tiles.width)
    }
  }
}
