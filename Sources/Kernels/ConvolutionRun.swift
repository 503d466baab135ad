import CKernels

/// Carries out a plan as an implicit matrix product: tiles of grid pixels times panels of target
/// channels, the source read in place or from a small padded copy.
struct ConvolutionRun: @unchecked Sendable {
  let plan: ConvolutionPlan
  let tiles: Tiles
  let source: UnsafeRawPointer
  let target: UnsafeMutableRawPointer
  private let reach: ConvolutionView.Reach
  private let panels: Int
  /// Stretches of terms that lie side by side in the source, and how long each is.
  private let runs: Int
  private let runTerms: Int
  private let sourceStarts: Offsets
  /// Where each stretch's weights begin, for panels of one and of two vectors.
  private let weightStarts: [Offsets]
  private let packed: Memory

  /// - Parameter transposed: whether the kernel's input channels are the target's.
  init(
    _ plan: ConvolutionPlan, _ tiles: Tiles, source: UnsafeRawPointer, kernel: UnsafeRawPointer,
    kernelWidth: Int, transposed: Bool, target: UnsafeMutableRawPointer
  ) {
    self.plan = plan
    self.tiles = tiles
    self.source = source
    self.target = target
    let columns = plan.tapColumns.map(\.offset)
    reach = ConvolutionView.Reach(plan, tiles)
    panels = tiles.panelCount(plan.groupTargets)

    let rowStep = reach.rowStep / tiles.width
    let pixelStep = reach.pixelStep / tiles.width
    let sideBySide =
      plan.groups == 1 && pixelStep == plan.sourceChannels
      && columns.last! - columns.first! == columns.count - 1
    let starts = plan.tapRows.flatMap { row in
      (sideBySide ? [plan.tapColumns[0]] : plan.tapColumns).map {
        row.offset * rowStep + $0.offset * pixelStep
      }
    }
    let runs = starts.count
    let terms = plan.terms / runs
    self.runs = runs
    runTerms = terms
    sourceStarts = Offsets(
      (0..<plan.groups).flatMap { group in starts.map { $0 + group * plan.groupSources } })
    let lanes = tiles.lanes
    weightStarts = (0...2).map { vectors in
      Offsets((0..<runs).map { $0 * terms * vectors * lanes })
    }
    packed = ConvolutionRun.pack(
      plan, tiles, kernel: kernel, kernelWidth: kernelWidth, transposed: transposed)
  }

  /// The weights in the order in which the tiles read them: group, panel, tap, source channel.
  private static func pack(
    _ plan: ConvolutionPlan, _ tiles: Tiles, kernel: UnsafeRawPointer, kernelWidth: Int,
    transposed: Bool
  ) -> Memory {
    let width = tiles.width
    let columns = tiles.padded(plan.groupTargets)
    let packed = Memory(byteCount: plan.groups * plan.terms * columns * width)
    let panels = tiles.panelCount(plan.groupTargets)
    // The kernel's last two axes: input channels of a group, output channels of all groups.
    let inputs = transposed ? plan.groupTargets : plan.groupSources
    let outputs = transposed ? plan.sourceChannels : plan.targetChannels
    let pieces = plan.groups * panels * plan.tapRows.count
    let together = max(1, 16384 * pieces / max(1, plan.groups * plan.terms * columns))
    Threads.run(blocks: (pieces + together - 1) / together) { block in
      for piece in block * together..<min(pieces, (block + 1) * together) {
        let row = piece % plan.tapRows.count
        let panel = tiles.panel(piece / plan.tapRows.count % panels, of: plan.groupTargets)
        let group = piece / plan.tapRows.count / panels
        for (column, tap) in plan.tapColumns.enumerated() {
          let position = plan.tapRows[row].kernel * kernelWidth + tap.kernel
          let first = (row * plan.tapColumns.count + column) * plan.groupSources
          let to =
            packed.pointer
            + ((group * columns + panel.first) * plan.terms + first * panel.padded) * width
          if transposed {
            tiles.packTransposed(
              kernel
                + ((position * inputs + panel.first) * outputs + group * plan.groupSources)
                  * width,
              into: to, rows: plan.groupSources, columns: panel.columns,
              padded: panel.padded, step: outputs)
          } else {
            tiles.pack(
              kernel
                + (position * inputs * outputs + group * plan.groupTargets + panel.first) * width,
              into: to, rows: plan.groupSources, columns: panel.columns, padded: panel.padded,
              step: outputs)
          }
        }
      }
    }
    return packed
  }

  // MARK: - Blocks

  func run() {
    var cut = ConvolutionView.Cut(
      reach, batch: plan.batch, gridHeight: plan.gridHeight,
      targetRow: plan.gridWidth * plan.targetChannels * tiles.width,
      leastRows: plan.tapRows.count)
    // Enough blocks to share out evenly, as long as each is worth a thread's while.
    let perPixel = plan.terms * plan.targetChannels
    let least = max(4 * tiles.rows(2), MatrixProduct.worthABlock / perPixel)
    while cut.blocks < 16, cut.images > 1, cut.images * plan.gridPixels / 2 >= least {
      cut.images = (cut.images + 1) / 2
    }
    while cut.blocks < 16, cut.images == 1, cut.rows > 1, cut.rows * plan.gridWidth / 2 >= least {
      cut.rows = (cut.rows + 1) / 2
    }
    // Still too few: the panels are shared out too.
    var panelGroups = 1
    if plan.groups == 1, cut.blocks < 8 {
      let perPanel = max(1, plan.multiplyAdds / cut.blocks / panels)
      let worthwhile = max(1, MatrixProduct.worthABlock / perPanel)
      panelGroups = max(1, min(panels / worthwhile, (16 + cut.blocks - 1) / cut.blocks))
    }
    let blocks = cut.blocks * panelGroups
    let joined = max(1, MatrixProduct.worthABlock / max(1, plan.multiplyAdds / blocks))
    Threads.run(blocks: (blocks + joined - 1) / joined) { [cut] group in
      for block in group * joined..<min(blocks, (group + 1) * joined) {
        let panelGroup = block % panelGroups
        let place = block / panelGroups
        runBlock(
          images: cut.images(place), rows: cut.rows(place),
          panels: panelGroup * panels / panelGroups..<(panelGroup + 1) * panels / panelGroups)
      }
    }
  }

  private func runBlock(images: Range<Int>, rows: Range<Int>, panels: Range<Int>) {
    let width = tiles.width
    let scratch =
      reach.copies ? Memory(byteCount: images.count * reach.copyBytes(rows.count)) : nil
    let view = ConvolutionView(
      reach, source: source, firstImage: images.lowerBound, images: images.count,
      row: rows.lowerBound, rows: rows.count, scratch: scratch?.pointer)
    let pixels = images.count * rows.count * plan.gridWidth
    let pointers = Memory(byteCount: 2 * pixels * MemoryLayout<UnsafeRawPointer?>.stride)
    let from = pointers.pointer.bindMemory(to: UnsafeRawPointer?.self, capacity: 2 * pixels)
    defer { withExtendedLifetime((scratch, pointers)) {} }
    let to = UnsafeMutableRawPointer(from + pixels)
      .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    fill(from, to, view, images, rows)

    for group in 0..<plan.groups {
      let starts = sourceStarts.pointer + group * runs
      for index in panels {
        let panel = tiles.panel(index, of: plan.groupTargets)
        let weights =
          packed.pointer
          + (group * tiles.padded(plan.groupTargets) + panel.first) * plan.terms * width
        var tile = tg_tile(
          runs: runs, terms: runTerms, a_starts: starts,
          b_starts: weightStarts[panel.vectors].pointer, a_step: 1, b_step: panel.padded,
          columns: panel.columns, accumulate: 0)
        let kernels = tiles.rowKernels(panel.vectors)
        let column = group * plan.groupTargets + panel.first
        tiles.forEachTile(rows: pixels, vectors: panel.vectors) { first, height in
          kernels[height]!(from + first, weights, to + first, column, &tile)
        }
      }
    }
  }

  /// Where each grid pixel of a block is read and written.
  private func fill(
    _ from: UnsafeMutablePointer<UnsafeRawPointer?>,
    _ to: UnsafeMutablePointer<UnsafeMutableRawPointer?>,
    _ view: ConvolutionView, _ images: Range<Int>, _ rows: Range<Int>
  ) {
    let targetPixel = plan.targetChannels * tiles.width
    let sourceStep = plan.sourceStrideWidth * view.pixelStep
    let targetStep = plan.targetStrideWidth * targetPixel
    var next = 0
    for image in images {
      for row in rows {
        var read =
          view.origin + (image - images.lowerBound) * view.imageStep
          + row * plan.sourceStrideHeight * view.rowStep
        let targetRow =
          image * plan.targetHeight + plan.originRow + row * plan.targetStrideHeight
        var write =
          target + (targetRow * plan.targetWidth + plan.originColumn) * targetPixel
        for _ in 0..<plan.gridWidth {
          from[next] = read
          to[next] = write
          next += 1
          read += sourceStep
          write += targetStep
        }
      }
    }
  }
}
