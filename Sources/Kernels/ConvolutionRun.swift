import CKernels

/// Carries out a plan as an implicit matrix product: tiles of grid pixels times panels of target
/// channels, the source read in place or from a small padded copy.
struct ConvolutionRun: @unchecked Sendable {
  let plan: ConvolutionPlan
  let tiles: Tiles
  let source: UnsafeRawPointer
  let target: UnsafeMutableRawPointer
  private let reach: ConvolutionView.Reach
  private let cut: ConvolutionView.Cut
  /// Whether target channels are so few that sums run over the lanes.
  private let usesDots: Bool
  private let panels: Int
  private let rowSpans: ConvolutionSpans
  private let columnSpans: ConvolutionSpans
  /// Stretches of terms that lie side by side in the source: for each group, row span and column span
  /// where they begin, and the same in the weights for dots and panels of one to three vectors.
  private let stretches: [Stretches]
  private let sourceStarts: Offsets
  private let weightStarts: [Offsets]
  private let packed: Memory?
  /// Where tiles are to slide over the pixels of a line.
  private let slides: ConvolutionSlides?

  /// Those of one group and pair of spans.
  private struct Stretches {
    let first: Int
    let count: Int
    let terms: Int
  }

  /// - Parameter transposed: whether the kernel's input channels are the target's.
  init(
    _ plan: ConvolutionPlan, _ tiles: Tiles, source: UnsafeRawPointer, kernel: UnsafeRawPointer,
    kernelWidth: Int, transposed: Bool, target: UnsafeMutableRawPointer
  ) {
    self.plan = plan
    self.tiles = tiles
    self.source = source
    self.target = target
    usesDots = ConvolutionRun.dots(plan, tiles) != nil
    let slides = ConvolutionSlides.pays(plan, tiles)
    let (rowSpans, columnSpans, _) = ConvolutionRun.spans(plan, tiles, slides: slides)
    self.rowSpans = rowSpans
    self.columnSpans = columnSpans
    let reach = ConvolutionView.Reach(
      plan, tiles, clipsRows: rowSpans.spans.count > 1, clipsColumns: columnSpans.spans.count > 1,
      splitsGroups: plan.splitsGroups(tiles))
    self.reach = reach
    cut = ConvolutionRun.cut(
      plan, tiles, reach, spans: slides ? 1 : rowSpans.spans.count * columnSpans.spans.count)
    if slides {
      self.slides = ConvolutionSlides(
        plan, tiles, reach, kernel: kernel, kernelWidth: kernelWidth, transposed: transposed)
      panels = self.slides!.vectors
      stretches = []
      sourceStarts = Offsets([])
      weightStarts = []
      packed = nil
      return
    }
    self.slides = nil
    let columns = plan.tapColumns.map(\.offset)
    let rowStep = reach.rowStep / tiles.width
    let pixelStep = reach.pixelStep / tiles.width
    let sideBySide =
      (plan.groups == 1 || reach.splitsGroups) && pixelStep == plan.groupSources
      && columns.last! - columns.first! == columns.count - 1
    panels =
      usesDots
      ? (plan.groupTargets + Tiles.dotColumns - 1) / Tiles.dotColumns
      : tiles.panelCount(plan.groupTargets)
    var stretches: [Stretches] = []
    var sources: [Int] = []
    var weights: [Int] = []
    for group in 0..<plan.groups {
      for rows in rowSpans.spans {
        for columns in columnSpans.spans {
          let first = sources.count
          let beginnings = sideBySide ? columns.taps.prefix(1) : columns.taps[...]
          for row in rows.taps {
            for column in beginnings {
              sources.append(
                plan.tapRows[row].offset * rowStep + plan.tapColumns[column].offset * pixelStep
                  + group * (reach.groupStep / tiles.width))
              weights.append((row * plan.tapColumns.count + column) * plan.groupSources)
            }
          }
          stretches.append(
            Stretches(
              first: first, count: sources.count - first,
              terms: plan.groupSources * (sideBySide ? columns.taps.count : 1)))
        }
      }
    }
    self.stretches = stretches
    sourceStarts = Offsets(sources)
    let lanes = tiles.lanes
    weightStarts = (0...3).map { vectors in
      Offsets(weights.map { $0 * (vectors == 0 ? 1 : vectors * lanes) })
    }
    packed =
      usesDots
      ? ConvolutionRun.packForDots(
        plan, tiles, kernel: kernel, kernelWidth: kernelWidth, transposed: transposed)
      : ConvolutionRun.pack(
        plan, tiles, kernel: kernel, kernelWidth: kernelWidth, transposed: transposed)
  }

  /// Where target channels are so few that sums are to run over the lanes: the vectors of a sum.
  static func dots(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Int? {
    let columns = plan.tapColumns.count
    let neighbours = plan.tapColumns[columns - 1].offset - plan.tapColumns[0].offset == columns - 1
    let together =
      plan.groups == 1 && neighbours || plan.splitsGroups(tiles) ? columns : 1
    let runs = plan.tapRows.count * columns / together
    let terms = plan.groupSources * together
    guard tiles.prefersDots(columns: plan.groupTargets, runs: runs, terms: terms) else {
      return nil
    }
    return runs * ((terms + tiles.lanes - 1) / tiles.lanes)
  }

  /// What a plan costs as dot products, in multiply-adds of one vector; nil where it does not pay.
  static func costOfDots(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Double? {
    dots(plan, tiles).map {
      Double(plan.batch * plan.gridPixels * plan.targetChannels) * Double($0 + 6)
    }
  }

  /// The spans by which the grid is to be computed, one along an axis where more would not pay. And
  /// the share of the work that they leave.
  static func spans(
    _ plan: ConvolutionPlan, _ tiles: Tiles, slides: Bool
  ) -> (rows: ConvolutionSpans, columns: ConvolutionSpans, share: Double) {
    let whole = (
      rows: ConvolutionSpans(whole: plan.tapRows, positions: plan.gridHeight),
      columns: ConvolutionSpans(whole: plan.tapColumns, positions: plan.gridWidth), share: 1.0
    )
    let rows = ConvolutionSpans(
      plan.tapRows, positions: plan.gridHeight, stride: plan.sourceStrideHeight,
      size: plan.sourceHeight)
    let columns = ConvolutionSpans(
      plan.tapColumns, positions: plan.gridWidth, stride: plan.sourceStrideWidth,
      size: plan.sourceWidth)
    guard rows.spans.count > 1 || columns.spans.count > 1 else { return whole }
    if slides {
      // Tiles lie within a line: leaving out taps above and below it costs nothing.
      let share = ConvolutionSpans.met(
        plan.tapRows, positions: plan.gridHeight, stride: plan.sourceStrideHeight,
        size: plan.sourceHeight)
      return (rows, whole.columns, share)
    }
    let most = tiles.rows(ofColumns: plan.groupTargets)
    let sourceCount = plan.batch * plan.sourceHeight * plan.sourceWidth * plan.sourceChannels
    // The phases of a strided convolution's transpose follow each other: one of them reads.
    let isPhase = plan.targetStrideHeight > 1 || plan.targetStrideWidth > 1
    let copyIsDear = isPhase || sourceCount * tiles.width < copyingIsReading
    let panels = Double(plan.groups * tiles.panelCount(plan.groupTargets))
    /// In multiply-adds of a row with a panel; `terms`: those of the sums of one source channel.
    func cost(
      _ rows: ConvolutionSpans, _ columns: ConvolutionSpans
    ) -> (all: Double, terms: Double) {
      let reach = ConvolutionView.Reach(
        plan, tiles, clipsRows: rows.spans.count > 1, clipsColumns: columns.spans.count > 1,
        splitsGroups: plan.splitsGroups(tiles))
      let cut = cut(plan, tiles, reach, spans: rows.spans.count * columns.spans.count)
      var terms = 0.0
      var count = 0
      for row in rows.spans {
        for column in columns.spans {
          let pixels = cut.images * row.positions.count * column.positions.count
          terms +=
            Double(row.taps.count * column.taps.count)
            * ConvolutionSpans.cost(rows: pixels, most: most)
          count += (pixels + most - 1) / most
        }
      }
      let elements = cut.images * reach.copyBytes(plan.gridHeight) / tiles.width
      let copies = reach.copies && copyIsDear
      let sums = (terms * Double(plan.groupSources) + tileCost * Double(count)) * panels
      let images = Double(cut.images)
      return ((sums + (copies ? copyCost * Double(elements) : 0)) / images, terms / images)
    }
    var best = whole
    let all = cost(whole.rows, whole.columns)
    var least = 0.97 * all.all
    for candidate in [(rows, whole.columns), (whole.rows, columns), (rows, columns)] {
      let cost = cost(candidate.0, candidate.1)
      if cost.all < least {
        least = cost.all
        best = (candidate.0, candidate.1, cost.terms / all.terms)
      }
    }
    return best
  }

  /// What a tile costs beside its sums, and an element to copy, in multiply-adds of a row with a panel.
  private static let tileCost = 80.0
  private static let copyCost = 0.5
  /// Bytes of a source that comes from memory: copied in its order, it comes sooner.
  private static let copyingIsReading = 16 << 20

  /// Bytes of a block that reads many weights; half of the cache is left to those.
  private static let heavyBudget = 384 << 10

  /// Blocks small enough for the cache, and enough of them to share out evenly, as long as each is
  /// worth a thread's while.
  private static func cut(
    _ plan: ConvolutionPlan, _ tiles: Tiles, _ reach: ConvolutionView.Reach, spans: Int
  ) -> ConvolutionView.Cut {
    let perPixel = plan.terms * plan.targetChannels
    // Blocks that read many weights for a few pixels of each span wait for the weights.
    let isHeavy = spans > 1 && perPixel * tiles.width > 512 << 10
    var cut = ConvolutionView.Cut(
      reach, batch: plan.batch, gridHeight: plan.gridHeight,
      targetRow: plan.gridWidth * plan.targetChannels * tiles.width,
      leastRows: plan.tapRows.count, budget: isHeavy ? heavyBudget : 256 << 10)
    let least = max(
      max(4, isHeavy ? spans : 0) * tiles.rows(2), MatrixProduct.worthABlock / perPixel)
    while cut.blocks < 16, cut.images > 1, cut.images * plan.gridPixels / 2 >= least {
      cut.images = (cut.images + 1) / 2
    }
    while cut.blocks < 16, cut.images == 1, cut.rows > 1, cut.rows * plan.gridWidth / 2 >= least {
      cut.rows = (cut.rows + 1) / 2
    }
    return cut
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

  /// The weights target channel by target channel: tap, source channel.
  private static func packForDots(
    _ plan: ConvolutionPlan, _ tiles: Tiles, kernel: UnsafeRawPointer, kernelWidth: Int,
    transposed: Bool
  ) -> Memory {
    let width = tiles.width
    let packed = Memory(byteCount: plan.targetChannels * plan.terms * width)
    let inputs = transposed ? plan.groupTargets : plan.groupSources
    let outputs = transposed ? plan.sourceChannels : plan.targetChannels
    var to = packed.pointer
    Threads.landOwn()
    for target in 0..<plan.targetChannels {
      let group = target / plan.groupTargets
      for row in plan.tapRows {
        for column in plan.tapColumns {
          let tap = kernel + (row.kernel * kernelWidth + column.kernel) * inputs * outputs * width
          let count = plan.groupSources
          if transposed {
            let first = target % plan.groupTargets * outputs + group * count
            to.copyMemory(from: tap + first * width, byteCount: count * width)
          } else {
            tiles.packTransposed(
              tap + target * width, into: to, rows: 1, columns: count, padded: count, step: outputs)
          }
          to += count * width
        }
      }
    }
    return packed
  }

  // MARK: - Blocks

  /// Carries out plans that write to the same target in turn, block by block: what one of them has read
  /// of the source the next one finds near, and what it leaves of a cache line the next one fills.
  ///
  /// Plans that write to the same rows of the target follow each other.
  static func run(_ phases: [ConvolutionRun]) {
    guard let first = phases.first else { return }
    let plan = first.plan
    let cut = first.cut
    if plan.groups == 1, cut.blocks < 8 { return runApart(phases) }
    var ofRows: [[ConvolutionRun]] = []
    for phase in phases {
      if ofRows.last?[0].plan.originRow == phase.plan.originRow {
        ofRows[ofRows.count - 1].append(phase)
      } else {
        ofRows.append([phase])
      }
    }
    let blocks = cut.blocks
    let multiplyAdds = phases.map(\.plan.multiplyAdds).reduce(0, +)
    let joined = max(1, MatrixProduct.worthABlock / max(1, multiplyAdds / blocks))
    // Tiles ask for what the next block reads: roughly so many for a row of the grid.
    let sources = plan.sourceHeight * plan.sourceWidth * plan.sourceChannels
    let targets = phases.map { $0.plan.gridPixels * plan.targetChannels }.reduce(0, +)
    let asks =
      !first.reach.copies
      && Ahead.pays(
        multiplyAdds: multiplyAdds / first.tiles.lanes,
        byteCount: plan.batch * (sources + targets) * first.tiles.width)
    let calls = max(1, phases.map { $0.plan.gridWidth * $0.panels }.reduce(0, +) / 28)
    Threads.launch(blocks: (blocks + joined - 1) / joined) { group in
      for block in group * joined..<min(blocks, (group + 1) * joined) {
        let images = cut.images(block)
        let rows = cut.rows(block)
        var ahead = Ahead()
        if asks, block + 1 < blocks {
          ahead = Ahead(
            first.source, line: plan.sourceWidth * plan.sourceChannels * first.tiles.width,
            after: first.reach.lines(images: images, rows: rows),
            first.reach.lines(images: cut.images(block + 1), rows: cut.rows(block + 1)),
            times: images.count * rows.count * calls)
        }
        for phases in ofRows {
          let rows = rows.clamped(to: 0..<phases[0].plan.gridHeight)
          guard !rows.isEmpty else { continue }
          if phases[0].isFar {
            runFar(phases, images: images, rows: rows, &ahead)
            continue
          }
          for phase in phases {
            phase.runBlock(
              images: images, rows: rows, panels: 0..<phase.panels, &ahead, line: phase.line)
          }
        }
      }
    }
  }

  /// Where there are few blocks: their panels are shared out too, and those of small plans together.
  private static func runApart(_ phases: [ConvolutionRun]) {
    let multiplyAdds = phases.map(\.plan.multiplyAdds).reduce(0, +)
    if phases.count > 1, multiplyAdds / phases.count >= 4 * MatrixProduct.worthABlock {
      // One after the other: the threads read the same weights.
      for phase in phases { runApart([phase]) }
      return
    }
    var jobs: [(phase: ConvolutionRun, images: Range<Int>, rows: Range<Int>, panels: Range<Int>)] =
      []
    for phase in phases {
      let blocks = phase.cut.blocks
      let perPanel = max(1, phase.plan.multiplyAdds / blocks / phase.panels)
      let worthwhile = max(1, MatrixProduct.worthABlock / perPanel)
      let panelGroups = max(1, min(phase.panels / worthwhile, (16 + blocks - 1) / blocks))
      for block in 0..<blocks {
        for group in 0..<panelGroups {
          jobs.append(
            (
              phase, phase.cut.images(block), phase.cut.rows(block),
              (0..<phase.panels).part(group, of: panelGroups)
            ))
        }
      }
    }
    let joined = max(1, MatrixProduct.worthABlock / max(1, multiplyAdds / jobs.count))
    Threads.launch(blocks: (jobs.count + joined - 1) / joined) { group in
      for job in jobs[group * joined..<min(jobs.count, (group + 1) * joined)] {
        var ahead = Ahead()
        job.phase.runBlock(
          images: job.images, rows: job.rows, panels: job.panels, &ahead, line: job.phase.line)
      }
    }
  }

  /// Where the target's line begins that a row of the grid writes to.
  private func line(_ image: Int, _ row: Int) -> UnsafeMutableRawPointer {
    let line = image * plan.targetHeight + plan.originRow + row * plan.targetStrideHeight
    return target + line * plan.targetWidth * plan.targetChannels * tiles.width
  }

  /// Whether the target is to be written past the caches: where phases share its lines, these would be
  /// read and written several times.
  private var isFar: Bool {
    let count = plan.batch * plan.targetHeight * plan.targetWidth * plan.targetChannels
    return MatrixProduct.isFar(
      byteCount: count * tiles.width, terms: plan.targetStrideWidth > 1 ? 0 : plan.terms)
  }

  /// A block of a target that no cache holds: its lines are gathered and written past them.
  private static func runFar(
    _ phases: [ConvolutionRun], images: Range<Int>, rows: Range<Int>, _ ahead: inout Ahead
  ) {
    let first = phases[0]
    let plan = first.plan
    let bytes = plan.targetWidth * plan.targetChannels * first.tiles.width
    let step = bytes / 64 * 64 + 128
    let size = images.count * rows.count * step
    let gather = Memory(byteCount: size)
    defer { withExtendedLifetime(gather) {} }
    if phases.count < min(plan.targetStrideWidth, plan.targetWidth) {
      // Columns that meet no pixel of the source.
      gather.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }
    /// As far into a cache line as in the target.
    func gathered(_ image: Int, _ row: Int) -> UnsafeMutableRawPointer {
      let index = (image - images.lowerBound) * rows.count + row - rows.lowerBound
      return gather.pointer + index * step + Int(bitPattern: first.line(image, row)) % 64
    }
    for phase in phases {
      phase.runBlock(
        images: images, rows: rows, panels: 0..<phase.panels, &ahead, line: gathered)
    }
    for image in images {
      for row in rows {
        first.tiles.stream(gathered(image, row), to: first.line(image, row), byteCount: bytes)
      }
    }
  }

  /// - Parameter line: where the line of the target begins, or of what stands for it.
  private func runBlock(
    images: Range<Int>, rows: Range<Int>, panels: Range<Int>, _ ahead: inout Ahead,
    line: (_ image: Int, _ row: Int) -> UnsafeMutableRawPointer
  ) {
    let width = tiles.width
    let scratch =
      reach.copies ? Memory(byteCount: images.count * reach.copyBytes(rows.count)) : nil
    let view = ConvolutionView(
      reach, tiles, source: source, firstImage: images.lowerBound, images: images.count,
      row: rows.lowerBound, rows: rows.count, scratch: scratch?.pointer)
    if let slides {
      slides.run(view, images, rowSpans, rows: rows, vectors: panels, &ahead, line: line)
      withExtendedLifetime(scratch) {}
      return
    }
    let pixels = images.count * rows.count * plan.gridWidth
    let pointers = Memory(byteCount: 2 * pixels * MemoryLayout<UnsafeRawPointer?>.stride)
    let from = pointers.pointer.bindMemory(to: UnsafeRawPointer?.self, capacity: 2 * pixels)
    defer { withExtendedLifetime((scratch, pointers)) {} }
    let to = UnsafeMutableRawPointer(from + pixels)
      .assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    // Span by span: where its pixels begin in the lists.
    let pairs = rowSpans.spans.flatMap { rows in columnSpans.spans.map { (rows, $0) } }
    var begins = [0]
    for (span, columns) in pairs {
      begins.append(
        fill(
          from, to, view, images, rows: span.positions.clamped(to: rows),
          columns: columns.positions, next: begins.last!, line: line))
    }

    for group in 0..<plan.groups {
      if isBanded {
        runBands(group, panels, from, to, begins, &ahead)
        continue
      }
      for index in panels {
        let first = index * Tiles.dotColumns
        let panel = tiles.panel(index, of: plan.groupTargets)
        let column = group * plan.groupTargets + (usesDots ? first : panel.first)
        let weights =
          packed!.pointer
          + (usesDots ? column : group * tiles.padded(plan.groupTargets) + panel.first)
          * plan.terms * width
        let kernels = tiles.rowKernels(panel.vectors)
        for pair in 0..<pairs.count where begins[pair] < begins[pair + 1] {
          let stretch = stretches[group * pairs.count + pair]
          let begin = begins[pair]
          let count = begins[pair + 1] - begin
          var tile = tg_tile(
            runs: stretch.count, terms: stretch.terms,
            a_starts: sourceStarts.pointer + stretch.first,
            b_starts: weightStarts[usesDots ? 0 : panel.vectors].pointer + stretch.first,
            a_step: 1, b_step: panel.padded, columns: panel.columns, accumulate: 0, asks: 1)
          if usesDots {
            tile.b_step = plan.terms
            tile.columns = min(Tiles.dotColumns, plan.groupTargets - first)
            ahead.ask()
            tiles.dots(from + begin, rows: count, weights, into: to + begin, column, &tile)
            continue
          }
          tiles.forEachTile(rows: count, vectors: panel.vectors) { first, height in
            ahead.ask()
            kernels[height]!(from + begin + first, weights, to + begin + first, column, &tile)
          }
        }
      }
    }
  }

  /// Whether sums are so short that the panels of some pixels are computed together.
  private var isBanded: Bool {
    !usesDots && tiles.prefersBands(columns: plan.groupTargets, terms: plan.terms)
  }

  /// Panels of a group at pixels whose lists begin and end, span by span, where `begins` says.
  private func runBands(
    _ group: Int, _ panels: Range<Int>, _ from: UnsafePointer<UnsafeRawPointer?>,
    _ to: UnsafePointer<UnsafeMutableRawPointer?>, _ begins: [Int], _ ahead: inout Ahead
  ) {
    let columns = tiles.columns(of: panels, of: plan.groupTargets)
    let weights =
      packed!.pointer
      + (group * tiles.padded(plan.groupTargets) + columns.lowerBound) * plan.terms * tiles.width
    let spans = begins.count - 1
    for span in 0..<spans {
      let stretch = stretches[group * spans + span]
      var tile = tg_tile(
        runs: stretch.count, terms: stretch.terms,
        a_starts: sourceStarts.pointer + stretch.first,
        b_starts: weightStarts[0].pointer + stretch.first, a_step: 1, b_step: plan.terms,
        columns: columns.count, accumulate: 0, asks: 0)
      let end = begins[span + 1]
      let together = ahead.isDone ? end - begins[span] : Tiles.bandRows
      for first in stride(from: begins[span], to: end, by: max(1, together)) {
        if !ahead.isDone {
          for _ in 0...panels.count * together / 28 { ahead.ask() }
        }
        tiles.bands(
          from + first, rows: min(together, end - first), weights, into: to + first,
          group * plan.groupTargets + columns.lowerBound, &tile)
      }
    }
  }

  /// Where some grid pixels of a block are read and written; returns where the lists end.
  private func fill(
    _ from: UnsafeMutablePointer<UnsafeRawPointer?>,
    _ to: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ view: ConvolutionView,
    _ images: Range<Int>, rows: Range<Int>, columns: Range<Int>, next start: Int,
    line: (_ image: Int, _ row: Int) -> UnsafeMutableRawPointer
  ) -> Int {
    let targetPixel = plan.targetChannels * tiles.width
    let sourceStep = plan.sourceStrideWidth * view.pixelStep
    let targetStep = plan.targetStrideWidth * targetPixel
    var next = start
    for image in images {
      for row in rows {
        var read =
          view.origin + (image - images.lowerBound) * view.imageStep
          + row * plan.sourceStrideHeight * view.rowStep + columns.lowerBound * sourceStep
        var write =
          line(image, row) + plan.originColumn * targetPixel + columns.lowerBound * targetStep
        for _ in columns {
          from[next] = read
          to[next] = write
          next += 1
          read += sourceStep
          write += targetStep
        }
      }
    }
    return next
  }
}
