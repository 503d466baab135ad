import CKernels

/// The kernel's gradient where every channel is filtered on its own.
struct DepthwiseKernelGradient: @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let tiles: Tiles
  private let input: UnsafeRawPointer
  private let cotangent: UnsafeRawPointer

  private static let mostParts = 16

  init(
    _ g: ConvolutionGeometry, _ tiles: Tiles, input: UnsafeRawPointer,
    cotangent: UnsafeRawPointer
  ) {
    plan = .forward(g)
    self.tiles = tiles
    self.input = input
    self.cotangent = cotangent
  }

  func run(into kernel: UnsafeMutableRawPointer) {
    let reach = ConvolutionView.Reach(plan, tiles)
    let starts = Offsets(
      plan.tapRows.flatMap { row in
        plan.tapColumns.map {
          (row.offset * reach.rowStep + $0.offset * reach.pixelStep) / tiles.width
        }
      })
    let taps = plan.tapRows.count * plan.tapColumns.count
    let count = taps * plan.sourceChannels
    let pixel = plan.targetChannels * tiles.width
    let cut = ConvolutionView.Cut(
      reach, batch: plan.batch, gridHeight: plan.gridHeight, targetRow: plan.gridWidth * pixel,
      leastRows: plan.tapRows.count)
    let parts = min(cut.blocks, DepthwiseKernelGradient.mostParts)
    let size = (count * tiles.width + 63) / 64 * 64
    let sums = Memory(byteCount: parts * size)
    defer { withExtendedLifetime((sums, starts)) {} }
    sums.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: parts * size)
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
        var line = tg_filter(
          pixels: plan.gridWidth, channels: plan.sourceChannels, taps: taps, taps_across: 1,
          starts: starts.pointer,
          from_step: plan.sourceStrideWidth * view.pixelStep / tiles.width,
          to_step: plan.targetChannels)
        for image in images {
          for row in rows {
            tiles.filterGradient(
              view.origin + (image - images.lowerBound) * view.imageStep
                + row * plan.sourceStrideHeight * view.rowStep,
              cotangent + (image * plan.targetHeight + row) * plan.targetWidth * pixel,
              addedTo: sums.pointer + part * size, &line)
          }
        }
      }
    }
    for part in 1..<max(1, parts) {
      tiles.add(sums.pointer + part * size, to: sums.pointer, count: count)
    }
    kernel.copyMemory(from: sums.pointer, byteCount: count * tiles.width)
  }
}
