import CKernels

/// The register tiles of one dtype under the instruction set in force where it was made.
///
/// A product is covered by panels of columns, two vectors wide where there are that many columns
/// left and one where not, and each panel by tiles of rows of nearly equal height. No cut shows in
/// the bits: see `TileLoops.h`.
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
    /// Vectors, 1 or 2.
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
  func panelCount(_ columns: Int) -> Int { (columns + 2 * lanes - 1) / (2 * lanes) }

  /// One of the panels that cover so many columns.
  func panel(_ index: Int, of columns: Int) -> Panel {
    let first = index * 2 * lanes
    let here = min(2 * lanes, columns - first)
    let vectors = here > lanes ? 2 : 1
    return Panel(first: first, columns: here, vectors: vectors, padded: vectors * lanes)
  }

  /// The columns of all panels, filled up.
  func padded(_ columns: Int) -> Int { (columns + lanes - 1) / lanes * lanes }

  /// The most rows of a tile.
  func rows(_ vectors: Int) -> Int {
    vectors == 1 ? family.pointee.rows.1 : family.pointee.rows.2
  }

  /// Calls `body` with first row and height of each tile of nearly equal height.
  @inline(__always)
  func forEachTile(rows total: Int, vectors: Int, _ body: (_ first: Int, _ height: Int) -> Void) {
    let most = rows(vectors)
    let tiles = (total + most - 1) / most
    guard tiles > 0 else { return }
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
    (vectors == 1 ? family.pointee.by_rows.1 : family.pointee.by_rows.2)!
  }

  /// The outer form's instances for a panel, to be indexed by the number of rows.
  func outerKernels(_ vectors: Int) -> UnsafePointer<tg_outer_kernel?> {
    (vectors == 1 ? family.pointee.by_outer.1 : family.pointee.by_outer.2)!
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

  /// Adds a row's part of the gradient of such a filter to `sums`.
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
