extension ConvolutionPlan {
  /// The tile of minimal filtering with which it is to be computed; nil: directly.
  ///
  /// In float64, where results are asked for their digits, directly unless another algorithm is
  /// selected.
  func winogradTile(_ tiles: Tiles, _ dtype: DType, forKernel: Bool = false) -> Int? {
    guard tapRows.count > 1, tapColumns.count > 1, groupSources > 1 || groupTargets > 1 else {
      return nil
    }
    switch ConvolutionAlgorithm.current {
    case .direct: return nil
    case .winograd2: return 2
    case .winograd4: return 4
    case .automatic: break
    }
    guard dtype == .float32 else { return nil }
    let key = ChoiceKey(plan: self, tiles: tiles, forKernel: forKernel)
    return choices.value(of: key) { cheapestTile(tiles, forKernel: forKernel) }
  }

  private func cheapestTile(_ tiles: Tiles, forKernel: Bool) -> Int? {
    let costs = ConvolutionCosts(self, tiles, forKernel: forKernel)
    // Taps apart: as many convolutions, each with the whole kernel.
    let parts = (forKernel ? [self] : withoutDilation).map {
      ConvolutionCosts($0, tiles, forKernel: forKernel)
    }
    let four = parts.map { $0.winograd(tile: 4) }.reduce(0, +)
    let two = parts.map { $0.winograd(tile: 2) }.reduce(0, +)
    // Where a kernel is cut into pieces, its points come from farther than the model knows.
    let threshold = parts[0].pieces > 1 ? 0.72 : parts.count > 1 ? 0.8 : 0.9
    guard min(two, four) < threshold * costs.direct else { return nil }
    return four <= two ? 4 : 2
  }
}

/// What a choice depends on.
private struct ChoiceKey: Hashable {
  let plan: ConvolutionPlan
  let tiles: Tiles
  let forKernel: Bool
}

private let choices = Remembered<ChoiceKey, Int?>()

/// What a convolution costs by each algorithm, in multiply-adds of one vector.
///
/// The constants were fitted to times measured on one core of an AVX-512 machine (Zen 5) for some
/// forty 3 x 3 shapes from 16 to 1024 channels and 1 to 512 pixels a side, and tried on larger
/// kernels. They are counts of vector instructions with the memory's part added, and so hold roughly
/// where vectors are narrower.
private struct ConvolutionCosts {
  let plan: ConvolutionPlan
  let tiles: Tiles
  let forKernel: Bool
  /// Input channels of a group, and vectors of channels before and after the products.
  let channels: Double
  let sources: Double
  let targets: Double
  let partSources: Bool
  let partTargets: Bool
  let pieces: Double
  /// Whether the direct method's tiles slide over neighbouring pixels.
  let slides: Bool
  /// What edges leave of the direct method's work.
  let share: Double

  init(_ plan: ConvolutionPlan, _ tiles: Tiles, forKernel: Bool) {
    self.tiles = tiles
    let lanes = tiles.lanes
    slides = !forKernel && ConvolutionSlides.pays(plan, tiles)
    share =
      forKernel
      ? ConvolutionKernelGradient.share(plan, tiles)
      : ConvolutionRun.spans(plan, tiles, slides: slides).share
    self.plan = plan
    self.forKernel = forKernel
    channels = Double(plan.groupSources)
    partSources = plan.groupSources < lanes
    partTargets = plan.groupTargets < lanes
    sources = Double((plan.groupSources + lanes - 1) / lanes)
    targets = Double((plan.groupTargets + lanes - 1) / lanes)
    pieces = Double(
      WinogradTiles.runs(plan.tapRows, stride: plan.sourceStrideHeight).count
        * WinogradTiles.runs(plan.tapColumns, stride: plan.sourceStrideWidth).count)
  }

  var direct: Double {
    // A tile one vector wide reads a value for every multiply-add. The kernel comes from memory.
    let taps = Double(plan.tapRows.count * plan.tapColumns.count)
    let inChannels =
      taps * channels * targets
      * (Double(plan.batch * plan.gridPixels) * share * (slides ? 1 : targets < 2 ? 1.45 : 1.1) + 40)
    var least = inChannels
    if !forKernel, let dots = ConvolutionRun.costOfDots(plan, tiles) {
      least = min(least, dots * share)
    }
    if plan.groups == 1, ImageLanes.pays(plan, tiles) {
      least = min(least, ImageLanes.cost(plan, tiles))
    }
    return least
  }

  func winograd(tile: Int) -> Double {
    let points = Double((tile + 2) * (tile + 2))
    let count = Double(
      plan.batch * ((plan.gridHeight + tile - 1) / tile) * ((plan.gridWidth + tile - 1) / tile))
    // Each tile: products, of which each begins and ends with its sums, and the two transforms. Where
    // there are fewer channels than a vector holds, a transform moves every pixel in parts.
    let terms = pieces * channels
    let products = points * (terms + 6) * targets
    let (before, after, kernel): (Double, Double, Double) =
      tile == 4 ? (500, forKernel ? 400 : 320, 250) : (160, 130, 110)
    // The fewest tiles that are worth a register tile may not fit the second-level cache at the points.
    let bytes = Double(forKernel ? 14 : tiles.rows(targets < 2 ? 1 : 2)) * points * terms * 4
    let spilling = bytes > 4e6 ? 2.0 : 1
    let each =
      products + before * spilling * pieces * sources * (partSources ? 3 : 1)
      + after * targets * (partTargets ? 3 : 1)
    return count * each + kernel * terms * targets
  }
}
