import CKernels

/// The kernel's gradient where every channel is filtered on its own.
struct DepthwiseKernelGradient: @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let tiles: Tiles
  private let input: UnsafeRawPointer
  private let cotangent: UnsafeRawPointer

  private let rowSpans: ConvolutionSpans
  private let columnSpans: ConvolutionSpans
  private let reach: ConvolutionView.Reach

  private static let mostParts = 16
  /// Positions that are summed in registers.
  private static let stretch = 160
  /// Bytes of both operands beyond which they come from the third-level cache.
  private static let nearBytes = 2 << 20

  init(
    _ g: ConvolutionGeometry, _ tiles: Tiles, input: UnsafeRawPointer,
    cotangent: UnsafeRawPointer
  ) {
    let plan = ConvolutionPlan.forward(g)
    self.plan = plan
    self.tiles = tiles
    self.input = input
    self.cotangent = cotangent
    rowSpans = ConvolutionSpans(
      plan.tapRows, positions: plan.gridHeight, stride: plan.sourceStrideHeight,
      size: plan.sourceHeight)
    let columnSpans = ConvolutionSpans(
      plan.tapColumns, positions: plan.gridWidth, stride: plan.sourceStrideWidth,
      size: plan.sourceWidth)
    // Long lines are read where they lie, and their ends on their own; others are copied, with zeros
    // beside them.
    let inside = columnSpans.spans.first { $0.taps.count == plan.tapColumns.count }
    let clips = (inside?.positions.count ?? 0) >= 12 * (columnSpans.spans.count - 1)
    self.columnSpans =
      clips ? columnSpans : ConvolutionSpans(whole: plan.tapColumns, positions: plan.gridWidth)
    reach = ConvolutionView.Reach(plan, tiles, clipsRows: true, clipsColumns: clips)
  }

  func run(into kernel: UnsafeMutableRawPointer) {
    let width = tiles.width
    let starts = Offsets(
      plan.tapRows.flatMap { row in
        plan.tapColumns.map {
          (row.offset * reach.rowStep + $0.offset * reach.pixelStep) / width
        }
      })
    let count = plan.tapRows.count * plan.tapColumns.count * plan.sourceChannels
    let line = plan.gridWidth * plan.targetChannels
    let cut = ConvolutionView.Cut(
      reach, batch: plan.batch, gridHeight: plan.gridHeight, targetRow: line * width,
      leastRows: plan.tapRows.count)
    let parts = min(cut.blocks, Self.mostParts)
    let size = (count * width + 63) / 64 * 64
    let sums = Memory(byteCount: parts * size)
    defer { withExtendedLifetime((sums, starts)) {} }
    sums.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: parts * size)
    let from = plan.sourceHeight * plan.sourceWidth * plan.sourceChannels
    let isFar = plan.batch * (from + plan.gridHeight * line) * width > Self.nearBytes
    Threads.run(blocks: parts) { part in
      for block in (0..<cut.blocks).part(part, of: parts) {
        let images = cut.images(block)
        let rows = cut.rows(block)
        let scratch =
          reach.copies ? Memory(byteCount: images.count * reach.copyBytes(rows.count)) : nil
        defer { withExtendedLifetime(scratch) {} }
        let view = ConvolutionView(
          reach, tiles, source: input, firstImage: images.lowerBound, images: images.count,
          row: rows.lowerBound, rows: rows.count, scratch: scratch?.pointer)
        let fromRow = plan.sourceStrideHeight * view.rowStep / width
        let asks = isFar && !reach.copies
        var filter = tg_filter(
          pixels: 0, channels: plan.sourceChannels, taps: 0, taps_across: 1,
          starts: starts.pointer, from_step: plan.sourceStrideWidth * view.pixelStep / width,
          to_step: plan.targetChannels, rows: 0, from_row: fromRow, to_row: line,
          rows_together: 1,
          from_ahead: asks ? rows.count * fromRow : 0, to_ahead: asks ? rows.count * line : 0)
        for image in images {
          for span in rowSpans.spans {
            let own = span.positions.clamped(to: rows)
            guard !own.isEmpty, !span.taps.isEmpty else { continue }
            filter.rows = own.count
            add(
              rows: span.taps, &filter, starts.pointer,
              view.origin + (image - images.lowerBound) * view.imageStep
                + own.lowerBound * fromRow * width,
              cotangent + (image * plan.gridHeight + own.lowerBound) * line * width,
              to: sums.pointer + part * size)
          }
        }
      }
    }
    for part in 1..<max(1, parts) {
      tiles.add(sums.pointer + part * size, to: sums.pointer, count: count)
    }
    kernel.copyMemory(from: sums.pointer, byteCount: count * width)
  }

  /// Adds what some lines, whose first ones begin at `from` and `to`, give the taps of some rows.
  private func add(
    rows: Range<Int>, _ filter: inout tg_filter, _ starts: UnsafePointer<Int>,
    _ from: UnsafeRawPointer, _ to: UnsafeRawPointer, to sums: UnsafeMutableRawPointer
  ) {
    let across = plan.tapColumns.count
    let width = tiles.width
    for span in columnSpans.spans where !span.taps.isEmpty {
      filter.pixels = span.positions.count
      filter.rows_together = max(1, Self.stretch / filter.pixels)
      let first = span.positions.lowerBound
      // All taps of all rows follow each other, or those of one row.
      let isWhole = span.taps.count == across
      filter.taps = span.taps.count * (isWhole ? rows.count : 1)
      for row in isWhole ? rows.prefix(1) : rows {
        let tap = row * across + span.taps.lowerBound
        filter.starts = starts + tap
        tiles.filterGradient(
          from + first * filter.from_step * width, to + first * filter.to_step * width,
          addedTo: sums + tap * plan.sourceChannels * width, &filter)
      }
    }
  }
}
