import CKernels

/// Lines of memory that will be wanted soon, `step` bytes apart: a register tile asks the second-level
/// cache for one of them with each of its terms.
///
/// So few at a time come while the tile is computed. A core can wait for only so many: asked for in
/// bursts before a tile, the same lines kept the tile itself waiting, and gained nothing. ``Ahead``
/// asks between the tiles of direct convolutions, whose blocks are read line after line.
struct Lines {
  let first: UnsafeRawPointer
  let step: Int
}

/// Some columns of a matrix: all rows' lines for the first few, then those for the next.
struct ColumnLines {
  private var next: UnsafeRawPointer
  private let end: UnsafeRawPointer
  private let step: Int

  /// - Parameters:
  ///   - bytes: of the columns in a row.
  ///   - step: bytes from one row to the next.
  init(_ first: UnsafeRawPointer, bytes: Int, step: Int) {
    next = UnsafeRawPointer(bitPattern: UInt(bitPattern: first) & ~63)!
    end = first + bytes
    self.step = step
  }

  mutating func take() -> Lines? {
    guard next < end else { return nil }
    defer { next += 64 }
    return Lines(first: next, step: step)
  }
}

/// The lines of pixels that a range of tiles is the first to read, to be asked for in order while
/// something else is computed: memory would have nothing to do meanwhile, and when the tiles are
/// brought to the points a processor waits for a few dozen lines at a time.
struct PixelLines {
  private let images: UnsafeRawPointer
  private let map: tg_tile_map
  private let range: Range<Int>
  private let tile: Int
  private let margin: Int
  private let width: Int
  /// The run of lines being handed out, and where to look for the next: a tile and its row of pixels.
  private var next: UnsafeRawPointer
  private var left = 0
  private var first: Int
  private var row = 0

  /// - Parameter margin: by how many pixels a patch begins before its tile's first own one.
  init(
    _ images: UnsafeRawPointer, _ map: tg_tile_map, _ range: Range<Int>, tile: Int, margin: Int,
    width: Int
  ) {
    self.images = images
    self.map = map
    self.range = range
    self.tile = tile
    self.margin = margin
    self.width = width
    next = images
    first = range.lowerBound
  }

  /// The next so many lines; nil when none is left.
  @inline(__always)
  mutating func take(_ lines: Int) -> Lines? {
    if left <= 0 {
      guard first < range.upperBound else { return nil }
      findRun()
    }
    defer {
      next += 64 * lines
      left -= 64 * lines
    }
    return Lines(first: next, step: 64)
  }

  private mutating func findRun() {
    let (tileRow, column) = first.quotientAndRemainder(dividingBy: map.tiles_across)
    let (image, down) = tileRow.quotientAndRemainder(dividingBy: map.tiles_down)
    let tiles = min(map.tiles_across - column, range.upperBound - first)
    let y = map.origin_row + margin + down * tile + row
    let x = map.origin_column + margin + column * tile
    next =
      images + (image * map.image_step + y * map.row_step + x * map.pixel_step) * width
    // Rows of tiles that are whole lie in one piece.
    let isWhole = tiles == map.tiles_across
    left = (isWhole ? map.row_step : tiles * map.pixel_step) * tile * width
    row += 1
    if isWhole || row == tile {
      row = 0
      first += tiles
    }
  }
}

extension tg_tile {
  /// A tile that asks for nothing ahead.
  init(
    runs: Int, terms: Int, a_starts: UnsafePointer<Int>?, b_starts: UnsafePointer<Int>?,
    a_step: Int, b_step: Int, columns: Int, accumulate: Int, asks: Int
  ) {
    self.init(
      runs: runs, terms: terms, a_starts: a_starts, b_starts: b_starts, a_step: a_step,
      b_step: b_step, columns: columns, accumulate: accumulate, asks: asks, ahead: nil,
      ahead_step: 0)
  }

  /// What the next call asks the second-level cache for.
  mutating func ask(for lines: Lines?) {
    ahead = lines?.first.assumingMemoryBound(to: CChar.self)
    ahead_step = lines?.step ?? 0
  }
}
