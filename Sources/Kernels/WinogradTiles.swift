import CKernels

/// The tiles that cover one group of a plan's grid, the pieces of up to 3 x 3 taps that its kernel
/// consists of, and the transforms of one dtype.
///
/// A kernel larger than 3 x 3 is cut into pieces; one that steps over the source is first taken apart
/// by the pixels it meets, every so many of them being an image of their own. Each piece has patches
/// of its own, and at the points all pieces are terms of one sum.
struct WinogradTiles: @unchecked Sendable {
  let tiles: Tiles
  let transforms: UnsafePointer<tg_winograd>
  /// Positions at which products are taken.
  let points: Int
  let count: Int
  let pieces: [Piece]
  /// Input channels of a piece, and terms of a product: those of all pieces.
  let channels: Int
  let terms: Int
  /// The target's tiles, and where its first pixel lies, in elements.
  let squares: tg_tile_map
  let squareStart: Int

  /// Some taps of the kernel.
  struct Piece {
    /// The source's pixels that they meet, and where the first of those lies, in elements.
    let patches: tg_tile_map
    let patchStart: Int
    /// The kernel's rows and columns of the first tap, the steps to the next, and how many there are.
    let rows: Run
    let columns: Run
  }

  /// Taps along one axis that meet neighbouring pixels of an image which is every so many of the
  /// source's.
  struct Run {
    /// The first pixel of that image, and where the first tap lies in it.
    var phase: Int
    var origin: Int
    /// In the kernel.
    var first: Int
    var step = 0
    var count = 1

    /// How many pixels of that image the taps meet from so many grid positions, or lie before those.
    func pixels(size: Int, step: Int, grid: Int) -> Int {
      max(0, min((size - phase + step - 1) / step, origin + grid + count - 1))
    }
  }

  /// Cuts an axis' taps into runs of at most three.
  static func runs(_ taps: [ConvolutionPlan.Tap], stride: Int) -> [Run] {
    func place(_ offset: Int) -> (phase: Int, origin: Int) {
      let phase = (offset % stride + stride) % stride
      return (phase, (offset - phase) / stride)
    }
    var runs: [Run] = []
    for phase in 0..<stride {
      var open: Run?
      for tap in taps where place(tap.offset).phase == phase {
        let origin = place(tap.offset).origin
        if var run = open, run.count < 3, run.origin + run.count == origin,
          run.count == 1 || tap.kernel == run.first + run.count * run.step
        {
          run.step = tap.kernel - run.first - (run.count - 1) * run.step
          run.count += 1
          open = run
        } else {
          if let open { runs.append(open) }
          open = Run(phase: phase, origin: origin, first: tap.kernel)
        }
      }
      if let open { runs.append(open) }
    }
    return runs
  }

  /// - Parameter tile: 2 or 4.
  init(_ plan: ConvolutionPlan, _ tiles: Tiles, tile: Int, group: Int) {
    self.tiles = tiles
    transforms = tiles.winograd(tile)
    points = (tile + 2) * (tile + 2)
    let down = (plan.gridHeight + tile - 1) / tile
    let across = (plan.gridWidth + tile - 1) / tile
    count = plan.batch * down * across
    channels = plan.groupSources
    let row = plan.sourceWidth * plan.sourceChannels
    let columns = WinogradTiles.runs(plan.tapColumns, stride: plan.sourceStrideWidth)
    pieces = WinogradTiles.runs(plan.tapRows, stride: plan.sourceStrideHeight).flatMap { rows in
      columns.map { columns in
        let stride = (plan.sourceStrideHeight, plan.sourceStrideWidth)
        // No further than taps reach: what a pixel holds that no tap meets must not show, not even in
        // the last digit or as something that is not a number.
        return Piece(
          patches: tg_tile_map(
            height: rows.pixels(size: plan.sourceHeight, step: stride.0, grid: plan.gridHeight),
            width: columns.pixels(size: plan.sourceWidth, step: stride.1, grid: plan.gridWidth),
            image_step: plan.sourceHeight * row, row_step: stride.0 * row,
            pixel_step: stride.1 * plan.sourceChannels, channels: plan.groupSources,
            tiles_down: down, tiles_across: across, origin_row: rows.origin,
            origin_column: columns.origin),
          patchStart: rows.phase * row + columns.phase * plan.sourceChannels
            + group * plan.groupSources, rows: rows, columns: columns)
      }
    }
    terms = pieces.count * channels
    let targetRow = plan.targetWidth * plan.targetChannels
    squares = tg_tile_map(
      height: plan.gridHeight, width: plan.gridWidth, image_step: plan.targetHeight * targetRow,
      row_step: plan.targetStrideHeight * targetRow,
      pixel_step: plan.targetStrideWidth * plan.targetChannels, channels: plan.groupTargets,
      tiles_down: down, tiles_across: across, origin_row: 0, origin_column: 0)
    squareStart =
      plan.originRow * targetRow + plan.originColumn * plan.targetChannels
      + group * plan.groupTargets
  }

  /// How a block of points lies in memory: position by position, tile by tile, channel by channel.
  struct Layout {
    /// Elements from one tile, position to the next.
    let tileStep: Int
    let positionStep: Int
    let byteCount: Int

    init(_ tiles: Tiles, points: Int, count: Int, channels: Int) {
      let line = 64 / tiles.width
      var tileStep = tiles.padded(channels)
      // Rows a multiple of a page apart would all fall into the same cache sets.
      if tileStep * tiles.width % 2048 == 0 { tileStep += line }
      self.tileStep = tileStep
      positionStep = Layout.oddLines(count * tileStep, tiles)
      byteCount = points * positionStep * tiles.width
    }

    /// As many elements or a few more, so many that they are an odd number of cache lines: the
    /// transforms write to all positions at once, and each shall have a cache set of its own.
    static func oddLines(_ elements: Int, _ tiles: Tiles) -> Int {
      let line = 64 / tiles.width
      return ((elements + line - 1) / line | 1) * line
    }
  }

  func layout(count: Int, channels: Int) -> Layout {
    Layout(tiles, points: points, count: count, channels: channels)
  }

  /// The layout of patches: every piece's channels side by side.
  func patchLayout(count: Int) -> Layout {
    // The transforms write whole vectors, and so beyond the last piece where channels are few.
    let last = max(channels, channels < tiles.lanes ? tiles.lanes : 0)
    return layout(count: count, channels: terms - channels + last)
  }

  /// Brings the patches of tiles from `first` on to the points.
  func transformPatches(
    _ source: UnsafeRawPointer, into points: UnsafeMutableRawPointer, _ layout: Layout,
    first: Int, count: Int, zeros: UnsafeRawPointer
  ) {
    for (index, piece) in pieces.enumerated() {
      withUnsafePointer(to: piece.patches) {
        transforms.pointee.from_patches(
          points + index * channels * tiles.width, source + piece.patchStart * tiles.width, $0,
          first, count, layout.positionStep, layout.tileStep, zeros)
      }
    }
  }

  /// The pixels that patches of a range of tiles are the first to read.
  func patchLines(_ source: UnsafeRawPointer, _ range: Range<Int>) -> PixelLines {
    let piece = pieces[0]
    return PixelLines(
      source + piece.patchStart * tiles.width, piece.patches, range,
      tile: transforms.pointee.tile, margin: transforms.pointee.patch - transforms.pointee.tile,
      width: tiles.width)
  }

  /// The pixels of a range of tiles.
  func squareLines(_ images: UnsafeRawPointer, _ range: Range<Int>) -> PixelLines {
    PixelLines(
      images, squares, range, tile: transforms.pointee.tile, margin: 0, width: tiles.width)
  }

  /// Calls `body` for each piece that has some of these terms, with its channels and the number of
  /// terms before them.
  func forEachPiece(
    _ range: Range<Int>, _ body: (_ piece: Piece, _ channels: Range<Int>, _ before: Int) -> Void
  ) {
    for (index, piece) in pieces.enumerated() {
      let own = range.clamped(to: index * channels..<(index + 1) * channels)
      if !own.isEmpty {
        body(
          piece, own.lowerBound - index * channels..<own.upperBound - index * channels,
          own.lowerBound - range.lowerBound)
      }
    }
  }

  /// A line of zeros, which stands for pixels outside.
  func margin() -> (memory: Memory, zeros: UnsafeRawPointer) {
    let bytes = (max(channels, squares.channels) + 2 * tiles.lanes) * tiles.width
    let memory = Memory(byteCount: bytes)
    memory.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return (memory, UnsafeRawPointer(memory.pointer))
  }
}
