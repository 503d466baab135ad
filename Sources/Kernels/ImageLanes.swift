import CKernels

/// What the convolutions that have an image in each lane share: which rows of which images a block
/// takes, and how these are laid out.
///
/// A group is as many images as a vector has lanes. Its data lie as [row][column][channel][lane], with
/// the zeros around them in place.
struct ImageLanes {
  let tiles: Tiles
  let loops: UnsafePointer<tg_image_lanes>
  let reach: ConvolutionView.Reach
  let batch: Int
  let gridHeight: Int
  let gridWidth: Int
  let targetChannels: Int
  /// Stretches of terms that lie side by side: where each begins relative to a pixel, in elements.
  let starts: [Int]
  /// Groups of images, and bands of grid rows in each.
  let groups: Int
  let bands: Int

  /// Bytes that a block's source may take.
  private static let mostBytes = 640 << 10
  /// What a vector of the source or the target costs to lay out, in multiply-adds.
  private static let layoutCost = 12.0

  /// nil where a plan does not allow it: the target has to be contiguous, and blocks small.
  init?(_ plan: ConvolutionPlan, _ tiles: Tiles) {
    guard plan.groups == 1, plan.targetStrideHeight == 1, plan.targetStrideWidth == 1,
      tiles.lanes >= 8, plan.batch > 0, plan.gridPixels > 0
    else { return nil }
    self.tiles = tiles
    loops = tiles.imageLanes
    let reach = ConvolutionView.Reach(plan, tiles)
    self.reach = reach
    batch = plan.batch
    gridHeight = plan.gridHeight
    gridWidth = plan.gridWidth
    targetChannels = plan.targetChannels
    let lanes = tiles.lanes
    groups = (plan.batch + lanes - 1) / lanes

    let pixel = plan.sourceChannels * lanes
    let line = reach.copyWidth * pixel
    let columns = plan.tapColumns.map { $0.offset - reach.columns.lowerBound }
    let sideBySide = columns.last! == columns.count - 1
    starts = plan.tapRows.flatMap { row in
      (sideBySide ? [0] : columns).map {
        (row.offset - reach.rows.lowerBound) * line + $0 * pixel
      }
    }

    // Bands as high as pays for the rows that two of them read, and no higher than fits.
    let least = max(1, plan.gridHeight / plan.tapRows.count)
    let work = plan.multiplyAdds / groups
    var bands = min(least, max(1, work / MatrixProduct.worthABlock))
    func bytes(_ bands: Int) -> Int {
      reach.copyRows((plan.gridHeight + bands - 1) / bands) * line * tiles.width
    }
    while bytes(bands) > ImageLanes.mostBytes {
      guard bands < least else { return nil }
      bands = min(least, 2 * bands)
    }
    self.bands = bands
  }

  /// Whether a plan costs less this way than with channels in the lanes.
  ///
  /// - Parameter height: rows of a tile of the other way: fewer than eight wait for one another.
  static func pays(_ plan: ConvolutionPlan, _ tiles: Tiles, height: Int = 8) -> Bool {
    let lanes = Double(tiles.lanes)
    let pixels = Double(plan.gridPixels)
    let vectors = (Double(plan.targetChannels) / lanes).rounded(.up)
    let waiting = max(1, 8 / Double(max(height, 1)))
    let part = plan.targetChannels % tiles.lanes == 0 ? 0.0 : 4
    let channels =
      Double(plan.batch) * pixels
      * (Double(plan.terms) * vectors * (vectors < 2 ? 1.2 : 1) * waiting + part)
    return cost(plan, tiles) < 0.9 * channels
  }

  /// Whether it pays for some number of images.
  static func mayPay(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Bool {
    guard plan.groups == 1, plan.targetStrideHeight == 1, plan.targetStrideWidth == 1,
      tiles.lanes >= 8
    else { return false }
    var full = plan
    full.batch = tiles.lanes
    return pays(full, tiles)
  }

  /// What a plan costs this way, in multiply-adds of one vector.
  static func cost(_ plan: ConvolutionPlan, _ tiles: Tiles) -> Double {
    let groups = Double((plan.batch + tiles.lanes - 1) / tiles.lanes)
    let pixels = Double(plan.gridPixels)
    let targets = Double(plan.targetChannels)
    let source = Double(plan.sourceHeight * plan.sourceWidth * plan.sourceChannels)
    return groups
      * (pixels * Double(plan.terms) * targets * 1.1
        + (source + pixels * targets) * layoutCost)
  }

  var blocks: Int { groups * bands }

  /// The first image of a block and the number of its images.
  func images(_ block: Int) -> (first: Int, count: Int) {
    let first = block / bands * tiles.lanes
    return (first, min(tiles.lanes, batch - first))
  }

  /// The grid rows of a block.
  func rows(_ block: Int) -> Range<Int> {
    let band = block % bands
    return (0..<gridHeight).part(band, of: bands)
  }

  /// Elements from one pixel, row to the next in a block's source.
  var pixelStep: Int { reach.channels * tiles.lanes }
  var lineStep: Int { reach.copyWidth * pixelStep }

  /// Bytes of a block's source.
  func sourceBytes(_ rows: Int) -> Int { reach.copyRows(rows) * lineStep * tiles.width }

  /// Lays out the rows of the source that a block reads.
  func layOut(_ source: UnsafeRawPointer, block: Int, into target: UnsafeMutableRawPointer) {
    let width = tiles.width
    let (firstImage, images) = images(block)
    let rows = rows(block)
    let lineElements = reach.width * reach.channels
    let imageElements = reach.height * lineElements
    let firstRow = rows.lowerBound * reach.strideHeight + reach.rows.lowerBound
    let firstColumn = reach.columns.lowerBound
    // Columns that exist.
    let begin = min(max(0, -firstColumn), reach.copyWidth)
    let end = max(begin, min(reach.copyWidth, reach.width - firstColumn))
    let pixelBytes = pixelStep * width
    for line in 0..<reach.copyRows(rows.count) {
      let to = target + line * lineStep * width
      let y = firstRow + line
      guard y >= 0, y < reach.height, begin < end else {
        to.initializeMemory(as: UInt8.self, repeating: 0, count: lineStep * width)
        continue
      }
      to.initializeMemory(as: UInt8.self, repeating: 0, count: begin * pixelBytes)
      let from =
        firstImage * imageElements + y * lineElements + (firstColumn + begin) * reach.channels
      loops.pointee.interleave(
        to + begin * pixelBytes, source + from * width, images, imageElements,
        (end - begin) * reach.channels)
      (to + end * pixelBytes).initializeMemory(
        as: UInt8.self, repeating: 0, count: (reach.copyWidth - end) * pixelBytes)
    }
  }

  /// Cuts `total` into the fewest nearly equal parts of at most `most`.
  static func forEachPart(_ total: Int, most: Int, _ body: (_ first: Int, _ count: Int) -> Void) {
    let parts = (total + most - 1) / most
    for part in 0..<parts {
      let first = part * total / parts
      body(first, (part + 1) * total / parts - first)
    }
  }
}

/// Whether a correlation is computed with an image in each lane, if not by minimal filtering.
package func hasImagesInLanes(_ dtype: DType, _ g: ConvolutionGeometry) -> Bool {
  let plan = ConvolutionPlan.forward(g)
  return ImageLanes.pays(plan, Tiles(dtype))
}

/// Carries out a plan with an image in each lane: for targets of fewer channels than a vector holds.
struct ImageLanesRun: @unchecked Sendable {
  private let plan: ConvolutionPlan
  private let tiles: Tiles
  private let layout: ImageLanes
  private let source: UnsafeRawPointer
  private let target: UnsafeMutableRawPointer
  private let starts: Offsets
  /// For each tile's outputs the weights of all terms, in their order.
  private let weights: Memory

  /// nil where it does not pay.
  init?(
    _ plan: ConvolutionPlan, _ tiles: Tiles, source: UnsafeRawPointer, kernel: UnsafeRawPointer,
    kernelWidth: Int, transposed: Bool, target: UnsafeMutableRawPointer
  ) {
    guard ImageLanes.pays(plan, tiles), let layout = ImageLanes(plan, tiles) else { return nil }
    self.plan = plan
    self.tiles = tiles
    self.layout = layout
    self.source = source
    self.target = target
    starts = Offsets(layout.starts)
    weights = Memory(byteCount: plan.terms * plan.targetChannels * tiles.width)
    switch tiles.width {
    case 4: pack(kernel, as: UInt32.self, kernelWidth, transposed)
    default: pack(kernel, as: UInt64.self, kernelWidth, transposed)
    }
  }

  private func pack<Element>(
    _ kernel: UnsafeRawPointer, as: Element.Type, _ kernelWidth: Int, _ transposed: Bool
  ) {
    Threads.landOwn()
    let from = kernel.assumingMemoryBound(to: Element.self)
    var next = weights.pointer.assumingMemoryBound(to: Element.self)
    let sources = plan.sourceChannels
    let targets = plan.targetChannels
    let (sourceStep, targetStep) = transposed ? (1, sources) : (targets, 1)
    ImageLanes.forEachPart(targets, most: layout.loops.pointee.outputs) { first, count in
      for row in plan.tapRows {
        for column in plan.tapColumns {
          let tap = from + (row.kernel * kernelWidth + column.kernel) * sources * targets
          for channel in 0..<sources {
            for output in first..<first + count {
              next.initialize(to: tap[channel * sourceStep + output * targetStep])
              next += 1
            }
          }
        }
      }
    }
  }

  func run() {
    Threads.launch(blocks: layout.blocks) { runBlock($0) }
  }

  private func runBlock(_ block: Int) {
    let width = tiles.width
    let lanes = tiles.lanes
    let (firstImage, images) = layout.images(block)
    let rows = layout.rows(block)
    let sourceBytes = layout.sourceBytes(rows.count)
    let lineElements = plan.gridWidth * plan.targetChannels
    let memory = Memory(byteCount: sourceBytes + lineElements * lanes * width)
    defer { withExtendedLifetime(memory) {} }
    layout.layOut(source, block: block, into: memory.pointer)
    let line = memory.pointer + sourceBytes
    let fromStep = plan.sourceStrideWidth * layout.pixelStep
    let toStep = plan.targetChannels * lanes
    let terms = plan.terms / layout.starts.count
    let runsInRow = layout.starts.count / plan.tapRows.count
    // Taps of a row are one run, whose ends may be left out, or a run each.
    let tapTerms = runsInRow == 1 ? plan.sourceChannels : 0
    for row in rows {
      let from =
        memory.pointer + (row - rows.lowerBound) * plan.sourceStrideHeight * layout.lineStep * width
      let tapRows = plan.tapsInside(
        plan.tapRows, from: row * plan.sourceStrideHeight, through: row * plan.sourceStrideHeight,
        size: plan.sourceHeight)
      let firstRun = tapRows.lowerBound * runsInRow
      ImageLanes.forEachPart(plan.targetChannels, most: layout.loops.pointee.outputs) {
        first, outputs in
        let weights =
          weights.pointer + (first * plan.terms + firstRun * terms * outputs) * width
        let to = line + first * lanes * width
        let most = layout.loops.pixels(outputs)
        var next = 0
        while next < plan.gridWidth {
          let left = plan.gridWidth - next
          let step = left <= 2 ? left : plan.gridWidth < most ? 2 : most
          let kernel = layout.loops.tile(outputs, pixels: step)
          // A last tile of some more pixels computes a few again.
          let pixel = min(next, plan.gridWidth - step)
          var skipped = 0..<0
          if tapTerms > 0 {
            let taps = plan.tapsInside(
              plan.tapColumns, from: pixel * plan.sourceStrideWidth,
              through: (pixel + step - 1) * plan.sourceStrideWidth, size: plan.sourceWidth)
            skipped = taps.lowerBound * tapTerms..<(terms - taps.count * tapTerms)
          }
          var tile = tg_lane_tile(
            runs: tapRows.count * runsInRow, terms: terms - skipped.upperBound,
            skipped: skipped.upperBound * outputs, starts: starts.pointer + firstRun,
            from_step: fromStep, to_step: toStep)
          kernel(
            to + pixel * toStep * width,
            from + (pixel * fromStep + skipped.lowerBound * lanes) * width,
            weights + skipped.lowerBound * outputs * width, &tile)
          next += step
        }
      }
      let targetImage = plan.targetHeight * plan.targetWidth * plan.targetChannels
      layout.loops.pointee.deinterleave(
        target + (firstImage * targetImage + row * lineElements) * width, line, images,
        targetImage, lineElements)
    }
  }
}

extension ConvolutionPlan {
  /// Those of an axis's taps that meet the source from at least one of some pixels. What is left out
  /// would add zeros.
  fileprivate func tapsInside(_ taps: [Tap], from: Int, through: Int, size: Int) -> Range<Int> {
    var lower = 0
    var upper = taps.count
    while lower < upper, through + taps[lower].offset < 0 { lower += 1 }
    while lower < upper, from + taps[upper - 1].offset >= size { upper -= 1 }
    return lower..<upper
  }
}

extension UnsafePointer<tg_image_lanes> {
  /// How many pixels a tile of so many outputs takes.
  fileprivate func pixels(_ outputs: Int) -> Int {
    withUnsafeBytes(of: pointee.pixels) { $0.load(fromByteOffset: outputs * 8, as: Int.self) }
  }

  fileprivate func tile(_ outputs: Int, pixels: Int) -> tg_lane_kernel {
    let offset = outputs * MemoryLayout<tg_lane_kernel?>.stride
    func kernel(_ table: UnsafeRawBufferPointer) -> tg_lane_kernel {
      table.load(fromByteOffset: offset, as: tg_lane_kernel?.self)!
    }
    return switch pixels {
    case 1: withUnsafeBytes(of: pointee.singles, kernel)
    case 2: withUnsafeBytes(of: pointee.pairs, kernel)
    default: withUnsafeBytes(of: pointee.tiles, kernel)
    }
  }

  /// The tile of sums of so many rows and outputs.
  func sums(_ rows: Int, _ outputs: Int) -> tg_lane_sums_kernel {
    let index = rows * (Int(TG_MOST_LANE_OUTPUTS) + 1) + outputs
    return withUnsafeBytes(of: pointee.sums) {
      $0.load(
        fromByteOffset: index * MemoryLayout<tg_lane_sums_kernel?>.stride,
        as: tg_lane_sums_kernel?.self)!
    }
  }
}
