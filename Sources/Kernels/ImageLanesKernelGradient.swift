import CKernels

/// The kernel's gradient with an image in each lane: every lane sums over its own image's positions,
/// the lanes are added at the end, in order.
struct ImageLanesKernelGradient: @unchecked Sendable {
  private let g: ConvolutionGeometry
  private let tiles: Tiles
  private let layout: ImageLanes
  private let input: UnsafeRawPointer
  private let cotangent: UnsafeRawPointer
  /// Rows of the gradient: taps and input channels.
  private let rows: Int

  private static let mostParts = 16
  /// The sums of all lanes stay in the second-level cache.
  private static let mostSumBytes = 512 << 10
  /// Positions that are summed in registers.
  private static let stretch = 48
  private static let longestStretch = 160

  /// nil where it does not pay.
  init?(
    _ g: ConvolutionGeometry, _ tiles: Tiles, input: UnsafeRawPointer, cotangent: UnsafeRawPointer
  ) {
    let plan = ConvolutionPlan.forward(g)
    guard g.groups == 1, g.kernelCount * tiles.lanes * tiles.width <= Self.mostSumBytes else {
      return nil
    }
    let rowsTogether = g.inputChannels * (g.dilationWidth == 1 ? g.kernelWidth : 1)
    guard ImageLanes.pays(plan, tiles, height: rowsTogether),
      let layout = ImageLanes(plan, tiles)
    else { return nil }
    self.g = g
    self.tiles = tiles
    self.layout = layout
    self.input = input
    self.cotangent = cotangent
    rows = g.kernelHeight * g.kernelWidth * g.inputChannels
  }

  func run(into kernel: UnsafeMutableRawPointer) {
    let blocks = layout.blocks
    let parts = min(blocks, Self.mostParts)
    let bytes = g.kernelCount * tiles.width
    let results = Memory(byteCount: parts * bytes)
    defer { withExtendedLifetime(results) {} }
    Threads.run(blocks: parts) { part in
      let sums = Memory(byteCount: bytes * tiles.lanes)
      for block in (0..<blocks).part(part, of: parts) {
        add(block, to: sums.pointer, replacing: block == part * blocks / parts)
      }
      collect(sums.pointer, into: results.pointer + part * bytes)
      withExtendedLifetime(sums) {}
    }
    kernel.copyMemory(from: results.pointer, byteCount: bytes)
    for part in 1..<max(parts, 1) {
      tiles.add(results.pointer + part * bytes, to: kernel, count: g.kernelCount)
    }
  }

  /// Adds up the lanes.
  private func collect(_ sums: UnsafeMutableRawPointer, into result: UnsafeMutableRawPointer) {
    let bytes = g.kernelCount * tiles.width
    let lanes = Memory(byteCount: bytes * tiles.lanes)
    layout.loops.pointee.deinterleave(
      lanes.pointer, sums, tiles.lanes, g.kernelCount, g.kernelCount)
    result.copyMemory(from: lanes.pointer, byteCount: bytes)
    for lane in 1..<tiles.lanes {
      tiles.add(lanes.pointer + lane * bytes, to: result, count: g.kernelCount)
    }
    withExtendedLifetime(lanes) {}
  }

  private func add(_ block: Int, to sums: UnsafeMutableRawPointer, replacing: Bool) {
    let width = tiles.width
    let lanes = tiles.lanes
    let lines = layout.rows(block).count
    let sourceBytes = layout.sourceBytes(lines)
    let pixel = g.outputChannels * lanes
    let memory = Memory(byteCount: sourceBytes + lines * g.outputWidth * pixel * width)
    defer { withExtendedLifetime(memory) {} }
    layout.layOut(input, block: block, into: memory.pointer)
    let right = memory.pointer + sourceBytes
    layOutCotangent(block, into: right)

    let pieces = (g.outputWidth + Self.longestStretch - 1) / Self.longestStretch
    let together = max(1, Self.stretch / g.outputWidth)
    let fromStarts = Offsets((0..<lines).map { $0 * g.strideHeight * layout.lineStep })
    let toStarts = Offsets((0..<lines).map { $0 * g.outputWidth * pixel })
    let fromStep = g.strideWidth * layout.pixelStep
    let rowsTogether = rows / layout.starts.count
    let kernels = layout.loops.pointee
    for line in stride(from: 0, to: lines, by: together) {
      for piece in 0..<pieces {
        let begin = piece * g.outputWidth / pieces
        let end = (piece + 1) * g.outputWidth / pieces
        var tile = tg_lane_sums(
          runs: min(together, lines - line), terms: end - begin,
          from_starts: fromStarts.pointer + line, to_starts: toStarts.pointer + line,
          from_step: fromStep, to_step: pixel, sums_step: g.outputChannels * lanes,
          accumulate: replacing && line == 0 && piece == 0 ? 0 : 1)
        ImageLanes.forEachPart(g.outputChannels, most: kernels.sum_outputs) { output, outputs in
          let to = right + (begin * pixel + output * lanes) * width
          for (run, start) in layout.starts.enumerated() {
            ImageLanes.forEachPart(rowsTogether, most: kernels.sum_rows) { row, height in
              let sum = ((run * rowsTogether + row) * g.outputChannels + output) * lanes
              layout.loops.sums(height, outputs)(
                sums + sum * width,
                memory.pointer + (begin * fromStep + start + row * lanes) * width, to, &tile)
            }
          }
        }
      }
    }
    withExtendedLifetime((fromStarts, toStarts)) {}
  }

  private func layOutCotangent(_ block: Int, into target: UnsafeMutableRawPointer) {
    let (firstImage, images) = layout.images(block)
    let rows = layout.rows(block)
    let line = g.outputWidth * g.outputChannels
    let image = g.outputHeight * line
    layout.loops.pointee.interleave(
      target, cotangent + (firstImage * image + rows.lowerBound * line) * tiles.width, images,
      image, rows.count * line)
  }
}
