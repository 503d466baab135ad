/// What forward correlation and its transpose have in common: a grid of target pixels, each the
/// sum over taps of a source pixel times the tap's weights.
///
/// The transpose of a convolution with stride s is s x s such plans, one for each phase of the
/// target's pixels: no tap meets zeros that a stride put there.
struct ConvolutionPlan: Hashable {
  /// The source: `[batch, height, width, channels]`.
  var batch: Int
  var sourceHeight: Int
  var sourceWidth: Int
  var sourceChannels: Int

  /// The target's sizes.
  var targetHeight: Int
  var targetWidth: Int
  var targetChannels: Int

  /// The grid; its pixel (y, x) is the target's pixel (originRow + y targetStrideHeight, ...).
  var gridHeight: Int
  var gridWidth: Int
  var targetStrideHeight: Int
  var targetStrideWidth: Int
  var originRow: Int
  var originColumn: Int

  /// Tap (i, j) meets the source's pixel (y sourceStrideHeight + tapRows[i].offset, ...).
  var sourceStrideHeight: Int
  var sourceStrideWidth: Int
  var tapRows: [Tap]
  var tapColumns: [Tap]

  var groups: Int

  struct Tap: Hashable {
    /// Where in the source, relative to the grid's pixel.
    let offset: Int
    /// Which row or column of the kernel.
    let kernel: Int
  }

  var groupSources: Int { sourceChannels / groups }
  var groupTargets: Int { targetChannels / groups }
  /// Terms of each sum.
  var terms: Int { tapRows.count * tapColumns.count * groupSources }
  var gridPixels: Int { gridHeight * gridWidth }
  var multiplyAdds: Int { batch * gridPixels * terms * targetChannels }

  /// Whether a group's channels are so few that its pixels are to lie side by side: the taps of a row
  /// are then one stretch of terms.
  func splitsGroups(_ tiles: Tiles) -> Bool {
    let columns = tapColumns.count
    return groups > 1 && columns > 1 && groupSources < tiles.lanes
      && tapColumns[columns - 1].offset - tapColumns[0].offset == columns - 1
  }

  /// The plan of a correlation.
  static func forward(_ g: ConvolutionGeometry) -> ConvolutionPlan {
    ConvolutionPlan(
      batch: g.batch, sourceHeight: g.inputHeight, sourceWidth: g.inputWidth,
      sourceChannels: g.inputChannels, targetHeight: g.outputHeight, targetWidth: g.outputWidth,
      targetChannels: g.outputChannels, gridHeight: g.outputHeight, gridWidth: g.outputWidth,
      targetStrideHeight: 1, targetStrideWidth: 1, originRow: 0, originColumn: 0,
      sourceStrideHeight: g.strideHeight, sourceStrideWidth: g.strideWidth,
      tapRows: (0..<g.kernelHeight).map {
        Tap(offset: $0 * g.dilationHeight - g.paddingTop, kernel: $0)
      },
      tapColumns: (0..<g.kernelWidth).map {
        Tap(offset: $0 * g.dilationWidth - g.paddingLeft, kernel: $0)
      },
      groups: g.groups)
  }

  /// The plans, one a phase, that together write every pixel of the input's gradient.
  static func transposed(_ g: ConvolutionGeometry) -> [ConvolutionPlan] {
    var plans: [ConvolutionPlan] = []
    for row in 0..<min(g.strideHeight, g.inputHeight) {
      for column in 0..<min(g.strideWidth, g.inputWidth) {
        plans.append(
          ConvolutionPlan(
            batch: g.batch, sourceHeight: g.outputHeight, sourceWidth: g.outputWidth,
            sourceChannels: g.outputChannels, targetHeight: g.inputHeight,
            targetWidth: g.inputWidth, targetChannels: g.inputChannels,
            gridHeight: (g.inputHeight - row + g.strideHeight - 1) / g.strideHeight,
            gridWidth: (g.inputWidth - column + g.strideWidth - 1) / g.strideWidth,
            targetStrideHeight: g.strideHeight, targetStrideWidth: g.strideWidth,
            originRow: row, originColumn: column, sourceStrideHeight: 1, sourceStrideWidth: 1,
            tapRows: taps(
              g.kernelHeight, at: row + g.paddingTop, stride: g.strideHeight,
              dilation: g.dilationHeight),
            tapColumns: taps(
              g.kernelWidth, at: column + g.paddingLeft, stride: g.strideWidth,
              dilation: g.dilationWidth),
            groups: g.groups))
      }
    }
    return plans
  }

  /// The kernel positions i whose output lands on a phase: those where `position - i dilation` is a
  /// multiple of the stride. In ascending order of the source's pixel.
  private static func taps(_ size: Int, at position: Int, stride: Int, dilation: Int) -> [Tap] {
    (0..<size).reversed().compactMap { kernel in
      let distance = position - kernel * dilation
      return distance % stride == 0 ? Tap(offset: distance / stride, kernel: kernel) : nil
    }
  }

  /// The plans, one for every so many of the grid's rows and columns, whose taps meet neighbouring
  /// pixels of a source that steps as far as the taps of this one lie apart.
  var withoutDilation: [ConvolutionPlan] {
    func step(_ taps: [Tap], _ stride: Int) -> Int {
      stride == 1 && taps.count > 1 ? max(1, taps[1].offset - taps[0].offset) : 1
    }
    let down = step(tapRows, sourceStrideHeight)
    let across = step(tapColumns, sourceStrideWidth)
    guard down > 1 || across > 1 else { return [self] }
    var plans: [ConvolutionPlan] = []
    for row in 0..<min(down, gridHeight) {
      for column in 0..<min(across, gridWidth) {
        var plan = self
        plan.gridHeight = (gridHeight - row + down - 1) / down
        plan.gridWidth = (gridWidth - column + across - 1) / across
        plan.originRow += row * targetStrideHeight
        plan.originColumn += column * targetStrideWidth
        plan.targetStrideHeight *= down
        plan.targetStrideWidth *= across
        plan.sourceStrideHeight *= down
        plan.sourceStrideWidth *= across
        plan.tapRows = tapRows.map {
          Tap(offset: $0.offset + row * sourceStrideHeight, kernel: $0.kernel)
        }
        plan.tapColumns = tapColumns.map {
          Tap(offset: $0.offset + column * sourceStrideWidth, kernel: $0.kernel)
        }
        plans.append(plan)
      }
    }
    return plans
  }
}
