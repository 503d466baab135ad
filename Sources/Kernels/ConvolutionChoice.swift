extension ConvolutionGeometry {
  /// The three functions of a convolution.
  enum Function {
    case correlate
    case transposed
    case forKernel
  }

  /// Whether minimal filtering computes it.
  package var allowsWinograd: Bool {
    kernelHeight == 3 && kernelWidth == 3 && strideHeight == 1 && strideWidth == 1
      && dilationHeight == 1 && dilationWidth == 1 && groups == 1
  }

  /// The tile of minimal filtering with which a function is to be computed; nil: directly.
  ///
  /// In float64, where results are asked for their digits, directly unless another algorithm is
  /// selected.
  func winogradTile(_ function: Function, _ tiles: Tiles, _ dtype: DType) -> Int? {
    guard allowsWinograd else { return nil }
    switch ConvolutionAlgorithm.current {
    case .direct: return nil
    case .winograd2: return 2
    case .winograd4: return 4
    case .automatic: break
    }
    guard dtype == .float32 else { return nil }
    let costs = ConvolutionCosts(function, self, lanes: tiles.lanes)
    let four = costs.winograd(tile: 4)
    let two = costs.winograd(tile: 2)
    guard min(two, four) < 0.9 * costs.direct else { return nil }
    return four <= two ? 4 : 2
  }
}

/// What a 3 x 3 convolution costs by each algorithm, in multiply-adds of one vector.
///
/// The constants were fitted to times measured on one core of an AVX-512 machine (Zen 5) for some
/// forty shapes from 16 to 1024 channels and 1 to 512 pixels a side. They are counts of vector
/// instructions with the memory's part added, and so hold roughly where vectors are narrower.
private struct ConvolutionCosts {
  let function: ConvolutionGeometry.Function
  let images: Double
  let height: Int
  let width: Int
  /// Input channels of the products, and vectors of channels before and after them.
  let terms: Double
  let sources: Double
  let targets: Double
  let partSources: Bool
  let partTargets: Bool

  init(_ function: ConvolutionGeometry.Function, _ g: ConvolutionGeometry, lanes: Int) {
    self.function = function
    images = Double(g.batch)
    let turned = function == .transposed
    height = turned ? g.inputHeight : g.outputHeight
    width = turned ? g.inputWidth : g.outputWidth
    let from = turned ? g.outputChannels : g.inputChannels
    let to = turned ? g.inputChannels : g.outputChannels
    terms = Double(from)
    partSources = from < lanes
    partTargets = to < lanes
    sources = Double((from + lanes - 1) / lanes)
    targets = Double((to + lanes - 1) / lanes)
  }

  var direct: Double {
    // A tile one vector wide reads a value for every multiply-add.
    images * Double(height * width) * 9 * terms * targets * (targets < 2 ? 1.45 : 1.1)
  }

  func winograd(tile: Int) -> Double {
    let points = Double((tile + 2) * (tile + 2))
    let tiles = images * Double((height + tile - 1) / tile * ((width + tile - 1) / tile))
    // Each tile: products, of which each begins and ends with its sums, and the two transforms. Where
    // there are fewer channels than a vector holds, a transform moves every pixel in parts.
    let products = points * (terms + 6) * targets
    let (before, after, kernel): (Double, Double, Double) =
      tile == 4 ? (500, function == .forKernel ? 400 : 320, 250) : (160, 130, 110)
    let each =
      products + before * sources * (partSources ? 3 : 1)
      + after * targets * (partTargets ? 3 : 1)
    return tiles * each + kernel * terms * targets
  }
}
