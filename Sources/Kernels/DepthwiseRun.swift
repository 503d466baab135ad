import CKernels

/// Carries out a plan in which every channel is filtered on its own.
struct DepthwiseRun: @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let tiles: Tiles
  private let source: UnsafeRawPointer
  private let target: UnsafeMutableRawPointer
  private let reach: ConvolutionView.Reach
  private let rowSpans: ConvolutionSpans
  private let columnSpans: ConvolutionSpans
  /// For each column span, the taps that its pixels meet, row by row: where they lie relative to a
  /// pixel, and their weights.
  private let taps: [(starts: Offsets, weights: Memory)]

  init(
    _ plan: ConvolutionPlan, _ tiles: Tiles, source: UnsafeRawPointer, kernel: UnsafeRawPointer,
    kernelWidth: Int, target: UnsafeMutableRawPointer
  ) {
    self.plan = plan
    self.tiles = tiles
    self.source = source
    self.target = target
    // Nothing outside the source is read, so that it need not be copied.
    let reach = ConvolutionView.Reach(plan, tiles, clipsRows: true, clipsColumns: true)
    self.reach = reach
    rowSpans = ConvolutionSpans(
      plan.tapRows, positions: plan.gridHeight, stride: plan.sourceStrideHeight,
      size: plan.sourceHeight)
    columnSpans = ConvolutionSpans(
      plan.tapColumns, positions: plan.gridWidth, stride: plan.sourceStrideWidth,
      size: plan.sourceWidth)
    let bytes = plan.sourceChannels * tiles.width
    taps = columnSpans.spans.map { span in
      let taps = plan.tapRows.flatMap { row in plan.tapColumns[span.taps].map { (row, $0) } }
      let weights = Memory(byteCount: taps.count * bytes)
      for (index, (row, column)) in taps.enumerated() {
        (weights.pointer + index * bytes).copyMemory(
          from: kernel + (row.kernel * kernelWidth + column.kernel) * bytes, byteCount: bytes)
      }
      let starts = taps.map { row, column in
        (row.offset * reach.rowStep + column.offset * reach.pixelStep) / tiles.width
      }
      return (Offsets(starts), weights)
    }
  }

  /// Asks for what the next row of the grid is the first to read, while one is computed.
  ///
  /// - Parameters:
  ///   - lines: where that begins, in bytes from the row's first pixel at `from`.
  ///   - across: the columns of taps.
  private func ask(
    for lines: [Int], after from: UnsafeRawPointer, _ view: ConvolutionView, across: [Int]
  ) {
    let bytes = plan.sourceChannels * tiles.width
    for line in lines {
      let line = from + line
      if plan.sourceStrideWidth <= across.count {
        tg_prefetch(line, view.rowStep)
        continue
      }
      // Pixels between those that are read stay where they are.
      for pixel in 0..<plan.gridWidth {
        for column in across {
          tg_prefetch(line + (pixel * plan.sourceStrideWidth + column) * view.pixelStep, bytes)
        }
      }
    }
  }

  /// Bytes of a block that are worth a thread's while.
  private static let leastBytes = 32 << 10

  /// Carries out plans that write to the same target in turn, some lines after the other: a line that
  /// several of them write to is then near.
  static func run(_ phases: [DepthwiseRun]) {
    guard let first = phases.first else { return }
    let plan = first.plan
    let targetRow =
      plan.targetStrideHeight * plan.targetWidth * plan.targetChannels * first.tiles.width
    var cut = ConvolutionView.Cut(
      first.reach, batch: plan.batch, gridHeight: plan.gridHeight, targetRow: targetRow,
      leastRows: plan.tapRows.count, budget: 512 << 10)
    // Few blocks do not come out even.
    let image = first.reach.bytes(plan.gridHeight) + plan.gridHeight * targetRow
    while cut.blocks < 16, cut.images > 1, cut.images * image >= 2 * leastBytes {
      cut.images = (cut.images + 1) / 2
    }
    // Where the phases lie alone: counting references to them from several threads is slow.
    phases.withUnsafeBufferPointer { phases in
      Threads.run(blocks: cut.blocks) { block in
        for index in phases.indices {
          let rows = cut.rows(block).clamped(to: 0..<phases[index].plan.gridHeight)
          if !rows.isEmpty { phases[index].runBlock(images: cut.images(block), rows: rows) }
        }
      }
    }
  }

  private func runBlock(images: Range<Int>, rows: Range<Int>) {
    let width = tiles.width
    let targetPixel = plan.targetChannels * width
    let columns = plan.tapColumns
    let scratch =
      reach.copies ? Memory(byteCount: images.count * reach.copyBytes(rows.count)) : nil
    defer { withExtendedLifetime(scratch) {} }
    let view = ConvolutionView(
      reach, tiles, source: source, firstImage: images.lowerBound, images: images.count,
      row: rows.lowerBound, rows: rows.count, scratch: scratch?.pointer)
    let pixelStep = plan.sourceStrideWidth * view.pixelStep
    let stride = plan.sourceStrideHeight
    let asked =
      reach.copies
      ? []
      : plan.tapRows.filter { $0.offset + stride > reach.rows.upperBound }
        .map { ($0.offset + stride) * view.rowStep }
    let across = columns.map(\.offset)
    for span in rowSpans.spans {
      let rows = span.positions.clamped(to: rows)
      guard !rows.isEmpty else { continue }
      // Prepared once for all rows: references to lists that threads share are slow to count.
      var pieces = pieces(span.taps, pixelStep: pixelStep)
      pieces.withUnsafeMutableBufferPointer { pieces in
        for image in images {
          for row in rows {
            let from =
              view.origin + (image - images.lowerBound) * view.imageStep
              + row * stride * view.rowStep
            ask(for: asked, after: from, view, across: across)
            let targetRow =
              image * plan.targetHeight + plan.originRow + row * plan.targetStrideHeight
            let to = target + (targetRow * plan.targetWidth + plan.originColumn) * targetPixel
            for index in pieces.indices {
              let (source, target) = (from + pieces[index].source, to + pieces[index].target)
              tiles.filter(source, pieces[index].weights, into: target, &pieces[index].filter)
            }
          }
        }
      }
    }
  }

  /// The pixels of a row that meet the same columns of taps: where they begin, in bytes from the row's
  /// first, and what they meet.
  private struct Piece {
    let source: Int
    let target: Int
    let weights: UnsafeRawPointer
    var filter: tg_filter
  }

  private func pieces(_ rows: Range<Int>, pixelStep: Int) -> [Piece] {
    let columns = plan.tapColumns
    let neighbours =
      plan.sourceStrideWidth == 1 && columns.last!.offset - columns[0].offset == columns.count - 1
    let toStep = plan.targetStrideWidth * plan.targetChannels
    return zip(columnSpans.spans, taps).map { span, taps in
      let across = span.taps.count
      let before = rows.lowerBound * across
      let first = span.positions.lowerBound
      return Piece(
        source: first * pixelStep, target: first * toStep * tiles.width,
        weights: taps.weights.pointer + before * plan.sourceChannels * tiles.width,
        filter: tg_filter(
          pixels: span.positions.count, channels: plan.sourceChannels, taps: rows.count * across,
          taps_across: neighbours ? across : 1, starts: taps.starts.pointer + before,
          from_step: pixelStep / tiles.width, to_step: toStep, rows: 1, from_row: 0, to_row: 0,
          rows_together: 1, from_ahead: 0, to_ahead: 0))
    }
  }
}
