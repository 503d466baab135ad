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

  /// What one block's source and target may take of the second-level cache.
  private static let blockBytes = 256 << 10

  /// - Parameter transposed: whether the kernel's input channels are the target's.
  init(
    _ plan: ConvolutionPlan, _ tiles: Tiles, source: UnsafeRawPointer, kernel: UnsafeRawPointer,
    kernelWidth: Int, transposed: Bool, target: UnsafeMutableRawPointer
  ) {
    self.plan = plan
    self.tiles = tiles
    self.source = source
    self.target = target
    let rows = plan.tapRows.map(\.offset)
    let columns = plan.tapColumns.map(\.offset)
    reach = ConvolutionView.Reach(
      height: plan.sourceHeight, width: plan.sourceWidth, channels: plan.sourceChannels,
      rows: rows.first!...rows.last!, columns: columns.first!...columns.last!,
      gridHeight: plan.gridHeight, gridWidth: plan.gridWidth,
      strideHeight: plan.sourceStrideHeight, strideWidth: plan.sourceStrideWidth,
      elementWidth: tiles.width)
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

  /// How the grid is cut: whole images together, or rows of one image; and panels into groups.
  private struct Cut {
    var images: Int
    var rows: Int
    var panelGroups = 1
  }

  private func cut() -> Cut {
    let targetRow = plan.gridWidth * plan.targetChannels * tiles.width
    let budget = ConvolutionRun.blockBytes
    func bytes(_ rows: Int) -> Int { reach.copyBytes(rows) + rows * targetRow }
    let image = bytes(plan.gridHeight)
    var cut: Cut
    if image <= budget {
      cut = Cut(images: min(plan.batch, max(1, budget / image)), rows: plan.gridHeight)
    } else {
      let fixed = bytes(1)
      let more = plan.gridHeight > 1 ? (image - fixed) / (plan.gridHeight - 1) : 1
      let rows = 1 + max(0, budget - fixed) / max(1, more)
      // A block of few rows would copy most of them twice.
      let least = min(plan.gridHeight, plan.tapRows.count)
      cut = Cut(images: 1, rows: min(plan.gridHeight, max(rows, least)))
    }
    // Enough blocks to share out evenly, as long as each is worth a thread's while.
    let least = max(
      4 * tiles.rows(2),
      MatrixProduct.worthABlock * plan.batch * plan.gridPixels
        / max(1, plan.multiplyAdds))
    func blocks() -> Int {
      (plan.batch + cut.images - 1) / cut.images * ((plan.gridHeight + cut.rows - 1) / cut.rows)
    }
    while blocks() < 16, cut.images > 1, cut.images * plan.gridPixels / 2 >= least {
      cut.images = (cut.images + 1) / 2
    }
    while blocks() < 16, cut.images == 1, cut.rows > 1, cut.rows * plan.gridWidth / 2 >= least {
      cut.rows = (cut.rows + 1) / 2
    }
    if plan.groups == 1, blocks() < 8 {
      let perPanel = plan.multiplyAdds / blocks() / panels
      let worthwhile = max(1, MatrixProduct.worthABlock / max(1, perPanel))
      cut.panelGroups = max(1, min(panels / worthwhile, (16 + blocks() - 1) / blocks()))
    }
    return cut
  }

  func run() {
    let cut = cut()
    let rowBlocks = (plan.gridHeight + cut.rows - 1) / cut.rows
    let imageBlocks = (plan.batch + cut.images - 1) / cut.images
    let blocks = imageBlocks * rowBlocks * cut.panelGroups
    let joined = max(1, MatrixProduct.worthABlock / max(1, plan.multiplyAdds / blocks))
    Threads.run(blocks: (blocks + joined - 1) / joined) { group in
      for block in group * joined..<min(blocks, (group + 1) * joined) {
        let panelGroup = block % cut.panelGroups
        let place = block / cut.panelGroups
        let rowBlock = place % rowBlocks
        let imageBlock = place / rowBlocks
        runBlock(
          images: imageBlock * plan.batch / imageBlocks..<(imageBlock + 1) * plan.batch
            / imageBlocks,
          rows: rowBlock * plan.gridHeight / rowBlocks..<(rowBlock + 1) * plan.gridHeight
            / rowBlocks,
          panels: panelGroup * panels / cut.panelGroups..<(panelGroup + 1) * panels
            / cut.panelGroups)
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
