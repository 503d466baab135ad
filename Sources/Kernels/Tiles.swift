import CKernels

/// The register tiles of one dtype under the instruction set in force where it was made.
///
/// A product is covered by panels of columns, two vectors wide but for the last where their number is
/// odd, and each panel by tiles of rows of nearly equal height. The last panel is three vectors wide
/// then, as one vector alone would need a value read for every multiply-add. No cut shows in the
/// bits: see `TileLoops.h`.
struct Tiles: Hashable, @unchecked Sendable {
  private let family: UnsafePointer<tg_tile_family>
  /// Bytes of an element.
  let width: Int
  /// Elements of a vector.
  let lanes: Int

  /// A stretch of columns one tile wide.
  struct Panel {
    let first: Int
    let columns: Int
    /// Vectors, 1 to 3.
    let vectors: Int
    /// Columns with those that fill up the last vector.
    let padded: Int
  }

  init(_ dtype: DType) {
    let table = Processor.kernels.pointee.contraction!
    let raw = UnsafeRawPointer(table)
    switch dtype {
    case .float32:
      let offset = MemoryLayout<tg_contraction_table>.offset(of: \.float32)!
      family = (raw + offset).assumingMemoryBound(to: tg_tile_family.self)
    case .float64:
      let offset = MemoryLayout<tg_contraction_table>.offset(of: \.float64)!
      family = (raw + offset).assumingMemoryBound(to: tg_tile_family.self)
    default: fatalError("products are defined on float32 and float64, not on \(dtype)")
    }
    width = dtype.byteWidth
    lanes = family.pointee.lanes
  }

  // MARK: - Cutting

  /// The number of panels that cover so many columns.
  func panelCount(_ columns: Int) -> Int {
    columns > lanes ? (columns + lanes - 1) / lanes / 2 : min(columns, 1)
  }

  /// One of the panels that cover so many columns.
  func panel(_ index: Int, of columns: Int) -> Panel {
    let first = index * 2 * lanes
    let left = columns - first
    let vectors = left > 3 * lanes ? 2 : (left + lanes - 1) / lanes
    return Panel(
      first: first, columns: min(left, vectors * lanes), vectors: vectors, padded: vectors * lanes)
  }

  /// The most columns, filled up, that so many neighbouring panels of them hold.
  func width(ofPanels count: Int, of columns: Int) -> Int {
    let vectors = (columns + lanes - 1) / lanes
    return min(vectors, 2 * count + vectors % 2) * lanes
  }

  /// The columns of some neighbouring panels.
  func columns(of panels: Range<Int>, of columns: Int) -> Range<Int> {
    let last = panel(panels.upperBound - 1, of: columns)
    return panels.lowerBound * 2 * lanes..<last.first + last.columns
  }

  /// The columns of all panels, filled up.
  func padded(_ columns: Int) -> Int { (columns + lanes - 1) / lanes * lanes }

  /// The most rows of a tile.
  func rows(_ vectors: Int) -> Int {
    switch vectors {
    case 1: family.pointee.rows.1
    case 2: family.pointee.rows.2
    default: family.pointee.rows.3
    }
  }

  /// The most rows of a tile of the first panel that covers so many columns.
  func rows(ofColumns columns: Int) -> Int { rows(panel(0, of: columns).vectors) }

  /// Calls `body` with first row and height of each tile of nearly equal height.
  @inline(__always)
  func forEachTile(rows total: Int, vectors: Int, _ body: (_ first: Int, _ height: Int) -> Void) {
    forEachTile(rows: total, most: rows(vectors), body)
  }

  /// The same for tiles of so many rows at most.
  @inline(__always)
  func forEachTile(rows total: Int, most: Int, _ body: (_ first: Int, _ height: Int) -> Void) {
    if total <= most {
      if total > 0 { body(0, total) }
      return
    }
    let tiles = (total + most - 1) / most
    let (height, taller) = total.quotientAndRemainder(dividingBy: tiles)
    var first = 0
    for tile in 0..<tiles {
      let here = tile < taller ? height + 1 : height
      body(first, here)
      first += here
    }
  }

  // MARK: - Loops

  /// The row form's instances for a panel, to be indexed by the number of rows.
  func rowKernels(_ vectors: Int) -> UnsafePointer<tg_row_kernel?> {
    switch vectors {
    case 1: family.pointee.by_rows.1!
    case 2: family.pointee.by_rows.2!
    default: family.pointee.by_rows.3!
    }
  }

  /// The outer form's instances for a panel, to be indexed by the number of rows.
  func outerKernels(_ vectors: Int) -> UnsafePointer<tg_outer_kernel?> {
    switch vectors {
    case 1: family.pointee.by_outer.1!
    case 2: family.pointee.by_outer.2!
    default: family.pointee.by_outer.3!
    }
  }

  /// The columns that ``dots(_:rows:_:into:_:_:)`` computes at a time.
  static let dotColumns = 4

  /// Whether sums over the lanes of a vector are cheaper than one panel of columns: where part of it would
  /// be empty, or, for plain products, sums are so long that reading a value for every multiply-add is
  /// what a panel waits for.
  func prefersDots(columns: Int, runs: Int, terms: Int, plain: Bool = false) -> Bool {
    guard columns <= lanes, plain || columns < lanes else { return false }
    // Every sum ends with the total of a vector. Many columns read each row several times.
    let least = columns > 8 && !plain ? 0.9 : 1.2
    return Double(columns * (runs * ((terms + lanes - 1) / lanes) + 6))
      < least * Double(runs * terms)
  }

  /// The row form for a few columns of a transposed right side, whose terms lie side by side.
  func dots(
    _ from: UnsafePointer<UnsafeRawPointer?>, rows: Int, _ right: UnsafeRawPointer,
    into to: UnsafePointer<UnsafeMutableRawPointer?>, _ column: Int, _ tile: inout tg_tile
  ) {
    family.pointee.dots(from, rows, right, to, column, &tile)
  }

  /// Terms of a sum up to which a register tile spends much of its time on its beginning and end.
  private static let shortSum = 40

  /// A multiple of the rows that ``bands(_:rows:_:into:_:_:)`` computes at a time.
  static let bandRows = 24

  /// Whether some rows of all columns are to be computed before the next ones, in low tiles.
  func prefersBands(columns: Int, terms: Int) -> Bool {
    terms <= Tiles.shortSum && columns > 2 * lanes
  }

  /// The row form for short sums: neighbouring panels that end with the last one or cover a multiple of
  /// two vectors. The tile holds their columns; its `b_step` is the terms of a panel, and its
  /// `b_starts` count terms.
  func bands(
    _ from: UnsafePointer<UnsafeRawPointer?>, rows: Int, _ right: UnsafeRawPointer,
    into to: UnsafePointer<UnsafeMutableRawPointer?>, _ column: Int, _ tile: inout tg_tile
  ) {
    family.pointee.bands(from, rows, right, to, column, &tile)
  }

  /// The most pixels of a tile of neighbours.
  var slidePixels: Int { family.pointee.slides.pointee.pixels }

  /// Calls `body` with each of the nearly equal tiles of so many neighbouring pixels.
  @inline(__always)
  func forEachSlide(
    pixels total: Int, _ body: (_ first: Int, _ pixels: Int, _ kernel: tg_slide_kernel) -> Void
  ) {
    let most = slidePixels
    let count = (total + most - 1) / most
    let (pixels, longer) = total.quotientAndRemainder(dividingBy: count)
    var first = 0
    for tile in 0..<count {
      let here = tile < longer ? pixels + 1 : pixels
      body(first, here, family.pointee.slides.pointee.tiles[here]!)
      first += here
    }
  }

  /// Copies bytes past the caches to a place as far into a cache line.
  func stream(_ from: UnsafeRawPointer, to: UnsafeMutableRawPointer, byteCount: Int) {
    family.pointee.stream(to, from, byteCount)
  }

  /// Adds `count` elements of `part` to `sum`.
  func add(_ part: UnsafeRawPointer, to sum: UnsafeMutableRawPointer, count: Int) {
    family.pointee.add(sum, part, count)
  }

  /// Copies rows of `columns` elements, `step` apart, side by side and filled up to `padded`.
  func pack(
    _ from: UnsafeRawPointer, into to: UnsafeMutableRawPointer, rows: Int, columns: Int,
    padded: Int, step: Int
  ) {
    family.pointee.pack(to, from, rows, columns, padded, step)
  }

  /// The same from the transposed: `step` is from one column of the result to the next.
  func packTransposed(
    _ from: UnsafeRawPointer, into to: UnsafeMutableRawPointer, rows: Int, columns: Int,
    padded: Int, step: Int
  ) {
    family.pointee.pack_transposed(to, from, rows, columns, padded, step)
  }

  /// The transforms of F(tile x tile, 3 x 3), for tile 2 or 4.
  func winograd(_ tile: Int) -> UnsafePointer<tg_winograd> {
    let offset =
      tile == 2
      ? MemoryLayout<tg_tile_family>.offset(of: \.winograd2)!
      : MemoryLayout<tg_tile_family>.offset(of: \.winograd4)!
    return (UnsafeRawPointer(family) + offset).assumingMemoryBound(to: tg_winograd.self)
  }

  /// The loops of convolutions with an image in each lane.
  var imageLanes: UnsafePointer<tg_image_lanes> { family.pointee.image_lanes }

  /// Filters a row of pixels, each channel on its own.
  func filter(
    _ from: UnsafeRawPointer, _ weights: UnsafeRawPointer, into to: UnsafeMutableRawPointer,
    _ row: inout tg_filter
  ) {
    family.pointee.filter(to, from, weights, &row)
  }

  /// Adds some rows' part of the gradient of such a filter to `sums`.
  func filterGradient(
    _ from: UnsafeRawPointer, _ to: UnsafeRawPointer, addedTo sums: UnsafeMutableRawPointer,
    _ row: inout tg_filter
  ) {
    family.pointee.filter_gradient(sums, from, to, &row)
  }
}

/// A list of whole numbers at a fixed address, for the loops in C.
final class Offsets {
  let pointer: UnsafeMutablePointer<Int>

  init(_ values: [Int]) {
    pointer = .allocate(capacity: max(values.count, 1))
    pointer.initialize(from: values, count: values.count)
  }

  deinit { pointer.deallocate() }
}
