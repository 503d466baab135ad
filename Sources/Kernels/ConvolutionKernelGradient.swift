import CKernels

/// The kernel's gradient as a product with the positions as inner axis: (tap, input channel) rows
/// times output channels, both operands read as they lie in channels-last memory.
struct ConvolutionKernelGradient: @unchecked Sendable {
  private let g: ConvolutionGeometry
  private let tiles: Tiles
  private let input: UnsafeRawPointer
  private let cotangent: UnsafeRawPointer
  private let reach: ConvolutionView.Reach
  private let panels: Int
  /// Output channels of a group, filled up to whole vectors.
  private let padded: Int
  /// Stretches of gradient rows whose inputs lie side by side: where those begin relative to an
  /// output position's pixel, in elements.
  private let rowStarts: [Int]
  private let rowsTogether: Int
  /// Rows of the gradient.
  private let rows: Int
  /// The output's lines that each kernel row meets, and for each stretch of gradient rows its kernel
  /// row and the positions in a line that all its taps meet.
  private let linesOfRow: [Range<Int>]
  private let places: [(row: Int, positions: Range<Int>)]
  /// Where positions of a line lie side by side: where the input of each row of the gradient begins
  /// relative to a position's pixel, in elements. All taps are then one stretch.
  private let rowOffsets: [Int]

  private static let mostParts = 16
  private static let partBytes = 32 << 20
  /// Rows of the gradient that read a pixel of the cotangent so few times that it is not copied.
  private static let fewRows = 56
  /// Bytes that move between the caches and need not be spared.
  private static let nearBytes = 4 << 20
  /// Bytes of all parts' sums that stay in the second-level cache.
  private static let cheapBytes = 512 << 10

  init(
    _ g: ConvolutionGeometry, _ tiles: Tiles, input: UnsafeRawPointer,
    cotangent: UnsafeRawPointer
  ) {
    self.g = g
    self.tiles = tiles
    self.input = input
    self.cotangent = cotangent
    let plan = ConvolutionPlan.forward(g)
    panels = tiles.panelCount(g.groupOutputs)
    padded = tiles.padded(g.groupOutputs)
    let rowSpans = ConvolutionSpans(
      plan.tapRows, positions: plan.gridHeight, stride: plan.sourceStrideHeight,
      size: plan.sourceHeight)
    let columnSpans = ConvolutionSpans(
      plan.tapColumns, positions: plan.gridWidth, stride: plan.sourceStrideWidth,
      size: plan.sourceWidth)
    let linesOfRow = plan.tapRows.indices.map { rowSpans.positions(of: $0) }

    // A kernel row's taps together make tall tiles; each on its own leaves out what is beside the image.
    let most = tiles.rows(ofColumns: g.groupOutputs)
    let columns = plan.tapColumns.count
    let splits = plan.splitsGroups(tiles)
    let allowsTogether =
      (g.groups == 1 || splits) && (g.dilationWidth == 1 || columns == 1)
    let met = plan.tapColumns.indices.map { columnSpans.positions(of: $0) }
    let alone =
      ConvolutionSpans.cost(rows: g.groupInputs, most: most) * Double(met.map(\.count).reduce(0, +))
    let together =
      ConvolutionSpans.cost(rows: columns * g.groupInputs, most: most) * Double(g.outputWidth)
    let clips = !allowsTogether || alone < 0.97 * together
    reach = ConvolutionView.Reach(
      plan, tiles, clipsRows: true, clipsColumns: clips, splitsGroups: splits && !clips)
    let rowStep = reach.rowStep / tiles.width
    let pixelStep = reach.pixelStep / tiles.width
    let sideBySide = allowsTogether && !clips && pixelStep == g.groupInputs
    rows = g.kernelHeight * g.kernelWidth * g.groupInputs
    // A few rows at a time would wait for their sums.
    let isReadable = reach.copies || linesOfRow.allSatisfy { $0.count == g.outputHeight }
    let few = columns * tiles.panel(0, of: g.groupOutputs).vectors < 8
    if few, plan.tapRows.count > 1, isReadable, !clips, pixelStep * g.strideWidth == 1 {
      self.linesOfRow = [0..<g.outputHeight]
      places = [(0, 0..<g.outputWidth)]
      rowStarts = [0]
      rowsTogether = rows
      rowOffsets = plan.tapRows.flatMap { row in
        plan.tapColumns.map { row.offset * rowStep + $0.offset }
      }
      return
    }
    self.linesOfRow = linesOfRow
    rowOffsets = []
    let taps = plan.tapRows.indices.flatMap { row in
      (sideBySide ? 0..<1 : plan.tapColumns.indices).map { (row, $0) }
    }
    rowStarts = taps.map { row, column in
      plan.tapRows[row].offset * rowStep + plan.tapColumns[column].offset * pixelStep
    }
    places = taps.map { row, column in (row, clips ? met[column] : 0..<g.outputWidth) }
    rowsTogether = rows / rowStarts.count
  }

  /// The share of the work that is left where taps beside the image are left out.
  static func share(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Double {
    func share(_ taps: [ConvolutionPlan.Tap], _ positions: Int, _ stride: Int, _ size: Int)
      -> Double
    {
      let spans = ConvolutionSpans(taps, positions: positions, stride: stride, size: size)
      let met = taps.indices.map { spans.positions(of: $0).count }.reduce(0, +)
      return Double(met) / Double(taps.count * positions)
    }
    let rows = share(
      plan.tapRows, plan.gridHeight, plan.sourceStrideHeight, plan.sourceHeight)
    let columns = share(
      plan.tapColumns, plan.gridWidth, plan.sourceStrideWidth, plan.sourceWidth)
    // Few channels are computed with all taps of a kernel row.
    return rows * (plan.groupSources < tiles.rows(2) ? 1 : columns)
  }

  func run(into kernel: UnsafeMutableRawPointer) {
    let width = tiles.width
    var cut = ConvolutionView.Cut(
      reach, batch: g.batch, gridHeight: g.outputHeight,
      targetRow: g.outputWidth * g.outputChannels * width, leastRows: g.kernelHeight,
      budget: rows * padded * width > 512 << 10 ? 640 << 10 : 256 << 10)
    let size = g.groups * rows * padded * width
    // Where sums are small, enough blocks to share out evenly, each worth a thread's while.
    while cut.blocks < Self.mostParts, cut.images > 1, Self.mostParts * size <= Self.cheapBytes,
      g.multiplyAdds / cut.blocks >= 2 * MatrixProduct.worthABlock
    {
      cut.images = (cut.images + 1) / 2
    }
    let blocks = cut.blocks
    let perBlock = max(1, g.multiplyAdds / blocks)
    let worthwhile = max(1, MatrixProduct.worthABlock / perBlock)
    // Pieces of the gradient: each panel's stretches of rows, which are cut in two at most.
    let pieces = g.groups * panels * rowStarts.count
    let (parts, pieceParts) = jobs(
      mostParts: max(1, min(blocks / worthwhile, Self.mostParts, Self.partBytes / size)),
      mostPieceParts: min(g.groups * panels * min(2, rowStarts.count), Self.mostParts),
      partBytes: size)
    let asksAhead = Ahead.pays(
      multiplyAdds: g.batch * g.outputPixels * rows * g.groups * padded / tiles.lanes,
      byteCount: (g.inputCount + g.outputCount) * width)
    let sums = Memory(byteCount: parts * size)
    defer { withExtendedLifetime(sums) {} }
    Threads.run(blocks: parts * pieceParts) { job in
      let part = job / pieceParts
      let piecePart = job % pieceParts
      var first = true
      let own = (0..<blocks).part(part, of: parts)
      for block in own {
        let asks = asksAhead && pieceParts == 1 && block + 1 < own.upperBound
        var ahead = asks ? self.asks(for: block, of: cut) : Ahead()
        add(
          images: cut.images(block), lines: cut.rows(block),
          pieces: (0..<pieces).part(piecePart, of: pieceParts),
          to: sums.pointer + part * size, replacing: first, &ahead)
        first = false
      }
    }
    collect(sums.pointer, parts: parts, into: kernel)
  }

  /// Into how many parts the positions and the gradient are cut, together about as many as there may be
  /// jobs: so that the least is moved. Each cut of the gradient reads the input once more, each part of
  /// the positions has sums of its own, to be written and added to the others.
  private func jobs(
    mostParts: Int, mostPieceParts: Int, partBytes: Int
  ) -> (parts: Int, pieceParts: Int) {
    let copied = g.groupOutputs == padded ? 0 : g.outputCount
    let worthwhile = g.multiplyAdds / MatrixProduct.worthABlock
    var best = (parts: mostParts, pieceParts: 1)
    var least = Int.max
    var pieceParts = 1
    while pieceParts <= mostPieceParts {
      let parts = max(1, min(mostParts, Self.mostParts / pieceParts))
      let jobs = parts * pieceParts
      guard pieceParts == 1 || jobs <= worthwhile else { break }
      let bytes =
        pieceParts * (g.inputCount + copied) * tiles.width + 3 * (parts - 1) * partBytes
      // What the caches hold is moved for nothing. Too few jobs do not come out even.
      let cost = max(bytes, Self.nearBytes) * ((7 + jobs) / jobs)
      if cost < least { (best, least) = ((parts, pieceParts), cost) }
      pieceParts *= 2
    }
    return best
  }

  // MARK: - One block

  /// What the block after this one reads in place: its input, or where that is copied its cotangent.
  /// Asking for both would keep each waiting.
  private func asks(for block: Int, of cut: ConvolutionView.Cut) -> Ahead {
    let own = (images: cut.images(block), lines: cut.rows(block))
    let next = (images: cut.images(block + 1), lines: cut.rows(block + 1))
    let most = tiles.rows(ofColumns: g.groupOutputs)
    let tilesOfLine =
      g.groups * panels * rowStarts.count * ((rowsTogether + most - 1) / most) * g.outputWidth
    let times = own.images.count * own.lines.count * tilesOfLine / stretchOfPositions
    guard reach.copies else {
      return Ahead(
        input, line: g.inputWidth * g.inputChannels * tiles.width,
        after: reach.lines(images: own.images, rows: own.lines),
        reach.lines(images: next.images, rows: next.lines), times: times)
    }
    guard !copiesCotangent else { return Ahead() }
    func lines(_ images: Range<Int>, _ lines: Range<Int>) -> Range<Int> {
      let before = g.outputHeight * images.lowerBound + lines.lowerBound
      return before..<g.outputHeight * (images.upperBound - 1) + lines.upperBound
    }
    return Ahead(
      cotangent, line: g.outputWidth * g.outputChannels * tiles.width,
      after: lines(own.images, own.lines), lines(next.images, next.lines), times: times)
  }

  /// Whether every block's cotangent is copied, not the last one's alone.
  private var copiesCotangent: Bool {
    g.groupOutputs != padded && rows > ConvolutionKernelGradient.fewRows
  }

  /// Stretches of positions short enough that both operands stay in the first-level cache.
  private var stretchOfPositions: Int { rows * padded * tiles.width > 512 << 10 ? 384 : 160 }

  private func add(
    images: Range<Int>, lines: Range<Int>, pieces: Range<Int>,
    to sums: UnsafeMutableRawPointer, replacing: Bool,
    _ ahead: inout Ahead
  ) {
    let width = tiles.width
    let inputCopy =
      reach.copies ? Memory(byteCount: images.count * reach.copyBytes(lines.count)) : nil
    let view = ConvolutionView(
      reach, tiles, source: input, firstImage: images.lowerBound, images: images.count,
      row: lines.lowerBound, rows: lines.count, scratch: inputCopy?.pointer)

    // The cotangent as it lies, or with each group's channels filled up to whole vectors. A last part of
    // a vector may read on into the next pixel, as its columns are not used, but not beyond the last;
    // for many rows it is better aligned.
    let endsBatch = images.upperBound == g.batch && lines.upperBound == g.outputHeight
    var right = cotangent + images.lowerBound * g.outputPixels * g.outputChannels * width
    var rightLine = g.outputWidth * g.outputChannels
    var rightPixel = g.outputChannels
    var rightGroup = g.groupOutputs
    var rightImage = g.outputPixels * g.outputChannels
    var firstLine = lines.lowerBound
    var cotangentCopy: Memory?
    defer { withExtendedLifetime((inputCopy, cotangentCopy)) {} }
    if g.groupOutputs != padded, endsBatch || copiesCotangent {
      let copy = copyCotangent(images: images, lines: lines)
      right = UnsafeRawPointer(copy.pointer)
      rightPixel = g.groups * padded
      rightGroup = padded
      rightLine = g.outputWidth * rightPixel
      rightImage = lines.count * rightLine
      firstLine = 0
      cotangentCopy = copy
    }

    let most = stretchOfPositions
    let cuts = (g.outputWidth + most - 1) / most
    let linesTogether = cuts > 1 ? 1 : max(1, most / g.outputWidth)
    let count = images.count * lines.count
    let groups = (count + linesTogether - 1) / linesTogether
    // For each kernel row, where the lines that it meets begin, in both operands.
    let kernelRows = linesOfRow.count
    let starts = UnsafeMutablePointer<Int>.allocate(capacity: max(1, 2 * count * kernelRows))
    let found = UnsafeMutablePointer<Int>.allocate(capacity: kernelRows * (groups + 1))
    defer {
      starts.deallocate()
      found.deallocate()
    }
    for row in 0..<kernelRows {
      var next = 0
      for stretch in 0..<groups {
        found[row * (groups + 1) + stretch] = next
        for index in (0..<count).part(stretch, of: groups) {
          let image = index / lines.count
          let line = lines.lowerBound + index % lines.count
          guard linesOfRow[row].contains(line) else { continue }
          starts[2 * row * count + next] =
            (image * view.imageStep + line * g.strideHeight * view.rowStep) / width
          starts[(2 * row + 1) * count + next] =
            image * rightImage + (firstLine + line - lines.lowerBound) * rightLine
          next += 1
        }
      }
      found[row * (groups + 1) + groups] = next
    }
    let leftStep = g.strideWidth * view.pixelStep / width
    let rowPointers = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(
      capacity: 2 * rowOffsets.count + 1)
    defer { rowPointers.deallocate() }
    for stretch in 0..<groups {
      for cut in 0..<cuts {
        let all = (0..<g.outputWidth).part(cut, of: cuts)
        let runs = rowStarts.count
        for column in pieces.lowerBound / runs..<(pieces.upperBound + runs - 1) / runs {
          let own = pieces.clamped(to: column * runs..<(column + 1) * runs)
          let group = column / panels
          let panel = tiles.panel(column % panels, of: g.groupOutputs)
          let kernels = tiles.outerKernels(panel.vectors)
          let to = sums + (group * padded + panel.first) * rows * width
          for run in own.lowerBound - column * runs..<own.upperBound - column * runs {
            let start = rowStarts[run]
            let (row, met) = places[run]
            let positions = met.clamped(to: all)
            let lower = found[row * (groups + 1) + stretch]
            var tile = tg_tile(
              runs: found[row * (groups + 1) + stretch + 1] - lower, terms: positions.count,
              a_starts: starts + 2 * row * count + lower,
              b_starts: starts + (2 * row + 1) * count + lower, a_step: leftStep,
              b_step: rightPixel, columns: panel.padded,
              accumulate: replacing && stretch == 0 && cut == 0 ? 0 : 1, asks: 0)
            if tile.accumulate == 1, tile.runs == 0 || tile.terms == 0 { continue }
            let begin = positions.lowerBound
            let left =
              view.origin + group * reach.groupStep + (begin * leftStep + start) * width
            let weights = right + (begin * rightPixel + group * rightGroup + panel.first) * width
            if !rowOffsets.isEmpty {
              addRows(from: left, weights, to, panel, &tile, rowPointers, &ahead)
              continue
            }
            tiles.forEachTile(rows: rowsTogether, vectors: panel.vectors) { row, height in
              ahead.ask()
              kernels[height]!(
                left + row * width, weights,
                to + (run * rowsTogether + row) * panel.padded * width, panel.padded, &tile)
            }
          }
        }
      }
    }
  }

  /// Adds to all rows of a panel, whose positions lie side by side.
  ///
  /// - Parameter pointers: room for two to each row.
  private func addRows(
    from left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ to: UnsafeMutableRawPointer,
    _ panel: Tiles.Panel, _ tile: inout tg_tile,
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ ahead: inout Ahead
  ) {
    let sums = pointers + rows
    for (row, offset) in rowOffsets.enumerated() {
      let input = left + offset * tiles.width
      (pointers + row).initialize(to: UnsafeMutableRawPointer(mutating: input))
      (sums + row).initialize(to: to + row * panel.padded * tiles.width)
    }
    let from = UnsafeRawPointer(pointers).assumingMemoryBound(to: UnsafeRawPointer?.self)
    let kernels = tiles.rowKernels(panel.vectors)
    tiles.forEachTile(rows: rows, vectors: panel.vectors) { row, height in
      ahead.ask()
      kernels[height]!(from + row, right, sums + row, 0, &tile)
    }
  }

  private func copyCotangent(images: Range<Int>, lines: Range<Int>) -> Memory {
    let width = tiles.width
    let pixels = lines.count * g.outputWidth
    let copy = Memory(byteCount: images.count * pixels * g.groups * padded * width)
    for image in images {
      let from =
        cotangent
        + (image * g.outputHeight + lines.lowerBound) * g.outputWidth * g.outputChannels * width
      let to = copy.pointer + (image - images.lowerBound) * pixels * g.groups * padded * width
      if g.groups == 1 {
        tiles.pack(
          from, into: to, rows: pixels, columns: g.outputChannels, padded: padded,
          step: g.outputChannels)
      } else {
        // A pixel's groups are that many rows.
        for pixel in 0..<pixels {
          tiles.pack(
            from + pixel * g.outputChannels * width, into: to + pixel * g.groups * padded * width,
            rows: g.groups, columns: g.groupOutputs, padded: padded, step: g.groupOutputs)
        }
      }
    }
    return copy
  }

  // MARK: - The end

  /// Adds the parts in order and writes the gradient in the kernel's layout.
  private func collect(
    _ sums: UnsafeMutableRawPointer, parts: Int, into kernel: UnsafeMutableRawPointer
  ) {
    let width = tiles.width
    let columns = g.groups * panels
    let slices = max(1, min(rows, rows * padded * g.groups * parts / 32768))
    Threads.launch(blocks: slices) { slice in
      let begin = slice * rows / slices
      let end = (slice + 1) * rows / slices
      for column in 0..<columns {
        let group = column / panels
        let panel = tiles.panel(column % panels, of: g.groupOutputs)
        let base = ((group * padded + panel.first) * rows + begin * panel.padded) * width
        for part in 1..<max(parts, 1) {
          tiles.add(
            sums + part * g.groups * rows * padded * width + base, to: sums + base,
            count: (end - begin) * panel.padded)
        }
        for row in begin..<end {
          (kernel + (row * g.outputChannels + group * g.groupOutputs + panel.first) * width)
            .copyMemory(
              from: sums + base + (row - begin) * panel.padded * width,
              byteCount: panel.columns * width)
        }
      }
    }
  }
}
