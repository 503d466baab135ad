import Autodiff
import Operations
import Tensors
import Testing

/// Operations on volumes and the ways back, against their definitions.
@Suite struct SpatialOperationTests {
  @Test func aVolumeConvolutionIsItsDefinition() {
    let x = waves([2, 4, 3, 5, 2])
    let kernel = waves([3, 2, 2, 2, 3], phase: 1)
    let y = conv3D(
      x, kernel, strides: Triple(2, 1, 2),
      padding: .explicit(front: 1, back: 0, top: 0, bottom: 1, left: 0, right: 0),
      dilation: Triple(1, 2, 1))
    #expect(y.shape == [2, 2, 2, 2, 3])
    let expected = tensor(y.shape) { place in
      var sum = 0.0
      for tap in Shape([3, 2, 2, 2]).allIndices {
        let slice = place[1] * 2 + tap[0] - 1
        let row = place[2] + tap[1] * 2
        let column = place[3] * 2 + tap[2]
        if slice < 0 || slice >= 4 || row >= 3 || column >= 5 { continue }
        sum += x.at([place[0], slice, row, column, tap[3]]) * kernel.at(tap + [place[4]])
      }
      return sum
    }
    expectClose(y, expected)
  }

  /// `<conv(x), y> = <x, convTransposed(y)>` for the same kernel.
  @Test func transposedConvolutionsAreAdjoint() {
    let x = waves([2, 5, 5, 5, 4])
    let kernel = waves([3, 2, 3, 2, 6], phase: 2)
    let y = conv3D(x, kernel, strides: 2, padding: .all(1), groups: 2)
    let other = waves(y.shape, phase: 3)
    let back = convTransposed3D(
      other, kernel, strides: 2, padding: .all(1), outputPadding: Triple(0, 1, 0), groups: 2)
    #expect(back.shape == x.shape)
    expectClose((y * other).sum(), (x * back).sum(), 1e-12)

    let row = waves([2, 9, 2])
    let taps = waves([4, 2, 3], phase: 4)
    let short = conv1D(row, taps, stride: 3, padding: .all(1))
    let weights = waves(short.shape, phase: 5)
    let long = convTransposed1D(weights, taps, stride: 3, padding: .all(1), outputPadding: 1)
    #expect(long.shape == row.shape)
    expectClose((short * weights).sum(), (row * long).sum(), 1e-12)
  }

  @Test func theFirstAmongEqualsOfABoxTakesTheGradient() {
    let slope = gradient(at: Tensor.ones([1, 2, 2, 2, 1], dtype: .float64)) {
      maxPool3D($0, window: 2).sum()
    }
    #expect(slope.numbers == [1, 0, 0, 0, 0, 0, 0, 0])
    let cells = gradient(at: Tensor.ones([1, 3, 3, 1], dtype: .float64)) {
      adaptiveMaxPool2D($0, height: 1, width: 1).sum()
    }
    #expect(cells.numbers == [1, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func placesAreCountedInRowMajorOrder() {
    let x = tensor([1, 2, 2, 3, 1]) { place in place == [0, 1, 0, 2, 0] ? 5 : 0 }
    let (values, indices) = maxPool3DWithIndices(x, window: Triple(2, 2, 3))
    #expect(values.numbers == [5])
    #expect(indices.dtype == .int32)
    #expect(indices.scalars(of: Int.self) == [8])
    expectClose(maxUnpool3D(values, indices: indices, depth: 2, height: 2, width: 3), x)
  }

  @Test func aWindowOfZerosHasNormAndSlopeZero() {
    let (value, slope) = valueAndGradient(at: Tensor.zeros([1, 2, 2, 1], dtype: .float64)) {
      l2Pool2D($0, window: 2).sum()
    }
    #expect(value.item == 0)
    #expect(slope.numbers == [0, 0, 0, 0])
  }

  @Test func theIdentityMapSamplesTheImageItself() {
    let x = waves([2, 4, 5, 3])
    let map = Tensor([1.0, 0, 0, 0, 1, 0], shape: [1, 2, 3], dtype: .float64)
    for aligns in [false, true] {
      let grid = affineGrid(
        map.broadcasted(to: [2, 2, 3]), height: 4, width: 5, alignsCorners: aligns)
      for padding in [GridPadding.border, .reflection] {
        expectClose(gridSample(x, at: grid, padding: padding, alignsCorners: aligns), x, 1e-12)
        expectClose(
          gridSample(x, at: grid, .nearest, padding: padding, alignsCorners: aligns), x)
      }
    }
  }

  @Test func theIdentityMapSamplesTheVolumeItself() {
    let x = waves([2, 3, 2, 4, 2])
    let identity = Tensor(
      [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], shape: [1, 3, 4], dtype: .float64)
    // Depth and width exchanged: (x, y, z) from (z, y, x).
    let exchange = Tensor(
      [0.0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0], shape: [1, 3, 4], dtype: .float64)
    for aligns in [false, true] {
      let grid = affineGrid(
        identity.broadcasted(to: [2, 3, 4]), depth: 3, height: 2, width: 4, alignsCorners: aligns)
      let other = affineGrid(
        exchange.broadcasted(to: [2, 3, 4]), depth: 4, height: 2, width: 3, alignsCorners: aligns)
      for interpolation in [GridInterpolation.bilinear, .nearest] {
        expectClose(
          gridSample(x, at: grid, interpolation, padding: .border, alignsCorners: aligns), x)
        expectClose(
          gridSample(x, at: other, interpolation, padding: .border, alignsCorners: aligns),
          x.transposed([0, 3, 2, 1, 4]))
      }
    }
  }

  @Test func aPlaceThatIsNaNSamplesNothing() {
    let grid = Tensor([.nan, 0.0, 0, 0], shape: [1, 1, 2, 2], dtype: .float64)
    for padding in [GridPadding.zeros, .border] {
      let y = gridSample(Tensor.ones([1, 3, 3, 1], dtype: .float64), at: grid, padding: padding)
      #expect(y.numbers == [0, 1])
    }
  }

  /// Halfway between two pixels the cubic's weights are -3/32, 19/32, 19/32, -3/32.
  @Test func bicubicHalfway() {
    let point = Tensor([0.0, 0, 1, 0, 0, 0, 0, 0], shape: [1, 8, 1], dtype: .float64)
    expectClose(
      resize(point, to: [4], .bicubic()),
      Tensor([-0.09375, 0.59375, 0, 0], shape: [1, 4, 1], dtype: .float64))
    let flat = Tensor.ones([1, 5, 1], dtype: .float64)
    expectClose(resize(flat, to: [7], .bicubic()), .ones([1, 7, 1], dtype: .float64))
  }

  @Test func shufflingThereAndBack() {
    let x = waves([2, 2, 3, 8])
    #expect(pixelUnshuffle(pixelShuffle(x, factor: 2), factor: 2).hasSameBits(as: x))
    #expect(channelShuffle(channelShuffle(x, groups: 2), groups: 4).hasSameBits(as: x))
  }

  @Test func normsOfEachSample() {
    let x = waves([3, 4, 2, 6], scale: 3)
    for y in [
      layerNorm(x, axes: 3, epsilon: 0), groupNorm(x, groups: 1, epsilon: 0),
    ] {
      expectClose(y.mean(axes: [1, 2, 3]), .zeros([3], dtype: .float64), 1e-12)
      expectClose(y.variance(axes: [1, 2, 3]), .ones([3], dtype: .float64), 1e-12)
    }
    let maps = instanceNorm(x, epsilon: 0)
    expectClose(maps.variance(axes: [1, 2]), .ones([3, 6], dtype: .float64), 1e-12)
    expectClose(groupNorm(x, groups: 6, epsilon: 0), maps, 1e-12)
    expectClose(
      (rmsNorm(x, epsilon: 0) * rmsNorm(x, epsilon: 0)).mean(), .ones([], dtype: .float64))
  }

  @Test func channelsAndSamplesAreDroppedAsAWhole() {
    let x = Tensor.ones([8, 3, 2, 16], dtype: .float64)
    withRandomSource(RandomSource(seed: 3)) {
      let channels = spatialDropout(x, rate: 0.25)
      expectClose(channels, channels.max(axes: [1, 2], keepsAxes: true).broadcasted(to: x.shape))
      #expect(Set(channels.numbers) == [0, 4.0 / 3])
      let samples = dropPath(x, rate: 0.5)
      expectClose(samples, samples.max(axes: [1, 2, 3], keepsAxes: true).broadcasted(to: x.shape))
      #expect(Set(samples.numbers) == [0, 2])
    }
  }

  @Test func theFillersRowTakesNoGradient() {
    let indices = Tensor([0, 1, 1, 2] as [Int32])
    let slope = gradient(at: Tensor.ones([3, 2], dtype: .float64)) {
      embedding(indices, table: $0, paddingIndex: 1).sum()
    }
    #expect(slope.numbers == [1, 1, 0, 0, 1, 1])
  }

  // MARK: - Stops

  @Test func mistakesStopWithWhatIsWanted() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv3D(.zeros([1, 3, 3, 3, 2]), .zeros([2, 2, 2, 3, 1]))
    }
    #expect(text(result).contains("kernel [2, 2, 2, 3, 1] takes 3 channels to 1, input"))
  }

  @Test func paddingBehindTheImageStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = avgPool2D(
        Tensor.zeros([1, 4, 4, 1]), window: 2,
        padding: .explicit(top: 0, bottom: 3, left: 0, right: 0))
    }
    #expect(text(result).contains("is as large as the window"))
  }

  @Test func aPlaceOutsideTheMapStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = maxUnpool1D(
        .zeros([2, 1, 1]), indices: Tensor([0, 4] as [Int32], shape: [2, 1, 1]), width: 4)
    }
    #expect(text(result).contains("index 4 at position 1 is not in 0..<4"))
  }

  @Test func groupsThatDoNotDivideStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = groupNorm(.zeros([1, 2, 2, 4]), groups: 3)
    }
    #expect(text(result).contains("3 groups do not divide the 4 channels"))
  }
}
