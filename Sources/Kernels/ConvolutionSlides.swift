import CKernels

/// Whether a correlation, computed directly, slides over the lines of its output.
package func slidesOverLines(_ dtype: DType, _ g: ConvolutionGeometry) -> Bool {
  ConvolutionSlides.pays(.forward(g), Tiles(dtype))
}

/// How a line's pixels and the taps of a row are cut so that they are neighbours: every so many of them,
/// where a source steps over some, or taps lie apart.
struct SlideCut {
  /// Grid pixels from one of a tile to the next.
  let apart: Int
  /// The runs of a row of taps, as indices into the plan's.
  let runs: [[Int]]

  init(_ plan: ConvolutionPlan) {
    let stride = plan.sourceStrideWidth
    let taps = plan.tapColumns
    let between = taps.count > 1 ? taps[1].offset - taps[0].offset : stride
    // The least number of pixels whose source is a whole number of taps away.
    var apart = 1
    while apart * stride % between != 0 { apart += 1 }
    let classes = apart * stride / between
    self.apart = apart
    runs = (0..<min(classes, taps.count)).flatMap { first in
      let own = Array(Swift.stride(from: first, to: taps.count, by: classes))
      let pieces = (own.count - 1) / Int(TG_MOST_SLIDE_TAPS) + 1
      return (0..<pieces).map { piece in
        Array(own[piece * own.count / pieces..<(piece + 1) * own.count / pieces])
      }
    }
  }
}

/// A plan's terms for tiles that slide: a vector of target channels wide, over neighbouring pixels of
/// a line, reading a value once for all taps that meet it. See `SlideLoops.h`.
struct ConvolutionSlides: @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let tiles: Tiles
  /// Vectors of a group's target channels.
  let vectors: Int
  /// Grid pixels from one of a tile to the next.
  private let apart: Int
  /// Runs of a row of taps; for each group, row of taps and run, where it begins relative to a pixel and
  /// how many taps it has.
  private let runs: Int
  private let starts: Offsets
  private let taps: Offsets
  /// Elements from one pixel of a tile to the next in the source.
  private let step: Int
  /// The weights in the order in which the tiles read them: group, vector, row of taps, run, tap,
  /// source channel.
  private let packed: Memory

  /// Whether a plan is to be computed this way: by its shape, not by the batch, so that an image's bits
  /// do not depend on the others.
  ///
  /// The costs, in multiply-adds of a vector for each term, were measured on one core of an AVX-512
  /// machine (Zen 5).
  static func pays(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Bool {
    known.value(of: Key(plan: plan, tiles: tiles)) { isCheaper(plan, tiles) }
  }

  private struct Key: Hashable {
    let plan: ConvolutionPlan
    let tiles: Tiles
  }

  private static let known = Remembered<Key, Bool>()

  private static func isCheaper(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Bool {
    guard plan.tapColumns.count > 1, ConvolutionRun.dots(plan, tiles) == nil,
      !ImageLanes.mayPay(plan, tiles)
    else { return false }
    // Tiles of few pixels wait for their sums.
    let apart = SlideCut(plan).apart
    let pixels = min(tiles.slidePixels, (plan.gridWidth + apart - 1) / apart)
    let sliding = max(1, 8 / Double(pixels))
    // One after the other, pixels may leave out taps beside the source, but not all of them will.
    let met = ConvolutionSpans.met(
      plan.tapColumns, positions: plan.gridWidth, stride: plan.sourceStrideWidth,
      size: plan.sourceWidth)
    let vectors = (plan.groupTargets + tiles.lanes - 1) / tiles.lanes
    let together = plan.groups == 1 || plan.splitsGroups(tiles) ? plan.tapColumns.count : 1
    let perRun = 1 / Double(plan.groupSources * together)
    let channels =
      vectors == 1 ? 1.18 + 1.6 * perRun : vectors % 2 == 0 ? 1 + 0.5 * perRun : 1
    return sliding < 0.95 * channels * (1 + met) / 2
  }

  init(
    _ plan: ConvolutionPlan, _ tiles: Tiles, _ reach: ConvolutionView.Reach,
    kernel: UnsafeRawPointer, kernelWidth: Int, transposed: Bool
  ) {
    self.plan = plan
    self.tiles = tiles
    vectors = (plan.groupTargets + tiles.lanes - 1) / tiles.lanes
    let cut = SlideCut(plan)
    let runs = cut.runs
    apart = cut.apart
    self.runs = runs.count
    let rowStep = reach.rowStep / tiles.width
    let pixelStep = reach.pixelStep / tiles.width
    step = apart * plan.sourceStrideWidth * pixelStep
    starts = Offsets(
      (0..<plan.groups).flatMap { group in
        plan.tapRows.flatMap { row in
          runs.map {
            row.offset * rowStep + plan.tapColumns[$0[0]].offset * pixelStep
              + group * (reach.groupStep / tiles.width)
          }
        }
      })
    taps = Offsets(plan.tapRows.flatMap { _ in runs.map(\.count) })
    packed = ConvolutionSlides.pack(
      plan, tiles, runs: runs, kernel: kernel, kernelWidth: kernelWidth, transposed: transposed)
  }

  private static func pack(
    _ plan: ConvolutionPlan, _ tiles: Tiles, runs: [[Int]], kernel: UnsafeRawPointer,
    kernelWidth: Int, transposed: Bool
  ) -> Memory {
    let width = tiles.width
    let lanes = tiles.lanes
    let vectors = (plan.groupTargets + lanes - 1) / lanes
    let packed = Memory(byteCount: plan.groups * vectors * plan.terms * lanes * width)
    let sources = plan.groupSources
    let inputs = transposed ? plan.groupTargets : sources
    let outputs = transposed ? plan.sourceChannels : plan.targetChannels
    let pieces = plan.groups * vectors * plan.tapRows.count
    let perPiece = plan.tapColumns.count * sources * lanes
    let together = max(1, 16384 / perPiece)
    Threads.run(blocks: (pieces + together - 1) / together) { block in
      for piece in block * together..<min(pieces, (block + 1) * together) {
        let row = plan.tapRows[piece % plan.tapRows.count]
        let vector = piece / plan.tapRows.count % vectors
        let group = piece / plan.tapRows.count / vectors
        let first = vector * lanes
        let columns = min(lanes, plan.groupTargets - first)
        var to = packed.pointer + piece * perPiece * width
        for column in runs.joined() {
          let position = row.kernel * kernelWidth + plan.tapColumns[column].kernel
          if transposed {
            tiles.packTransposed(
              kernel + ((position * inputs + first) * outputs + group * sources) * width,
              into: to, rows: sources, columns: columns, padded: lanes, step: outputs)
          } else {
            tiles.pack(
              kernel + (position * inputs * outputs + group * plan.groupTargets + first) * width,
              into: to, rows: sources, columns: columns, padded: lanes, step: outputs)
          }
          to += sources * lanes * width
        }
      }
    }
    return packed
  }

  /// Computes some rows of the grid in some vectors of each group's target channels.
  ///
  /// - Parameter line: where the line of the target begins, or of what stands for it.
  func run(
    _ view: ConvolutionView, _ images: Range<Int>, _ rowSpans: ConvolutionSpans, rows: Range<Int>,
    vectors: Range<Int>, _ ahead: inout Ahead,
    line: (_ image: Int, _ row: Int) -> UnsafeMutableRawPointer
  ) {
    let width = tiles.width
    let pixelStep = plan.sourceStrideWidth * view.pixelStep
    let targetStep = plan.targetStrideWidth * plan.targetChannels
    let ofRow = plan.tapColumns.count * plan.groupSources * tiles.lanes * width
    for group in 0..<plan.groups {
      for vector in vectors {
        let first = vector * tiles.lanes
        let channel = group * plan.groupTargets + first
        let weights =
          packed.pointer + (group * self.vectors + vector) * plan.tapRows.count * ofRow
        for span in rowSpans.spans {
          let before = (group * plan.tapRows.count + span.taps.lowerBound) * runs
          var slide = tg_slide(
            runs: span.taps.count * runs, starts: starts.pointer + before, taps: taps.pointer,
            channels: plan.groupSources, step: step,
            columns: min(tiles.lanes, plan.groupTargets - first), to_step: apart * targetStep)
          for image in images {
            for row in span.positions.clamped(to: rows) {
              let from =
                view.origin + (image - images.lowerBound) * view.imageStep
                + row * plan.sourceStrideHeight * view.rowStep
              let to =
                line(image, row) + (plan.originColumn * plan.targetChannels + channel) * width
              for begin in 0..<min(apart, plan.gridWidth) {
                let count = (plan.gridWidth - begin + apart - 1) / apart
                tiles.forEachSlide(pixels: count) { pixel, pixels, kernel in
                  let place = begin + pixel * apart
                  ahead.ask()
                  kernel(
                    to + place * targetStep * width, from + place * pixelStep,
                    weights + span.taps.lowerBound * ofRow, &slide)
                }
              }
            }
          }
        }
      }
    }
  }
}
