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

  /// Asks for what the next row of the grid is the first to read, while this one, whose pixels
  /// begin at `from`, is computed.
  private func askForNextRow(_ from: UnsafeRawPointer, _ view: ConvolutionView) {
    let stride = plan.sourceStrideHeight
    let across = plan.tapColumns
    let bytes = plan.sourceChannels * tiles.width
    for tap in plan.tapRows where tap.offset + stride > reach.rows.upperBound {
      let line = from + (tap.offset + stride) * view.rowStep
      if plan.sourceStrideWidth <= across.count {
        tg_prefetch(line, view.rowStep)
        continue
      }
      // Pixels between those that are read stay where they are.
      for pixel in 0..<plan.gridWidth {
        for tap in across {
          tg_prefetch(
            line + (pixel * plan.sourceStrideWidth + tap.offset) * view.pixelStep, bytes)
        }
      }
    }
  }

  func run() {
    let width = tiles.width
    let targetPixel = plan.targetChannels * width
    let columns = plan.tapColumns
    let neighbours =
      plan.sourceStrideWidth == 1 && columns.last!.offset - columns[0].offset == columns.count - 1
    let cut = ConvolutionView.Cut(
      reach, batch: plan.batch, gridHeight: plan.gridHeight,
      targetRow: plan.gridWidth * targetPixel, leastRows: plan.tapRows.count)
    Threads.run(blocks: cut.blocks) { block in
      let images = cut.images(block)
      let rows = cut.rows(block)
      let scratch =
        reach.copies ? Memory(byteCount: images.count * reach.copyBytes(rows.count)) : nil
      defer { withExtendedLifetime(scratch) {} }
      let view = ConvolutionView(
        reach, tiles, source: source, firstImage: images.lowerBound, images: images.count,
        row: rows.lowerBound, rows: rows.count, scratch: scratch?.pointer)
      let pixelStep = plan.sourceStrideWidth * view.pixelStep
      for image in images {
        for rowSpan in rowSpans.spans {
          for row in rowSpan.positions.clamped(to: rows) {
            let from =
              view.origin + (image - images.lowerBound) * view.imageStep
              + row * plan.sourceStrideHeight * view.rowStep
            if !reach.copies {
              askForNextRow(from, view)
            }
            let targetRow =
              image * plan.targetHeight + plan.originRow + row * plan.targetStrideHeight
            let to = target + (targetRow * plan.targetWidth + plan.originColumn) * targetPixel
            for (index, span) in columnSpans.spans.enumerated() {
              let across = span.taps.count
              let before = rowSpan.taps.lowerBound * across
              let first = span.positions.lowerBound
              var line = tg_filter(
                pixels: span.positions.count, channels: plan.sourceChannels,
                taps: rowSpan.taps.count * across, taps_across: neighbours ? across : 1,
                starts: taps[index].starts.pointer + before, from_step: pixelStep / width,
                to_step: plan.targetStrideWidth * plan.targetChannels, rows: 1, from_row: 0,
                to_row: 0, rows_together: 1, from_ahead: 0, to_ahead: 0)
              tiles.filter(
                from + first * pixelStep,
                taps[index].weights.pointer + before * plan.sourceChannels * width,
                into: to + first * plan.targetStrideWidth * targetPixel, &line)
            }
          }
        }
      }
    }
  }
}
