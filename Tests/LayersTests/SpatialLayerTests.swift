import Layers
import Operations
import Tensors
import Testing

/// Layers on sequences and volumes, norms of a sample, structured dropout, embeddings.
@Suite struct SpatialLayerTests {
  @Test func aNetworkOnVolumesKeepsItsShapes() throws {
    let model = Sequential {
      Conv3D(inputs: 1, outputs: 4, kernel: 3, padding: .same)
      GroupNorm(groups: 2, channels: 4)
      MaxPool3D(window: 2)
      InstanceNorm(channels: 4)
      ConvTranspose3D(inputs: 4, outputs: 2, kernel: 2, strides: 2)
      AdaptiveMaxPool3D(depth: 1, height: 2, width: 2)
      AdaptiveAvgPool3D(depth: 1, height: 1, width: 2)
      GlobalMaxPool()
    }
    #expect(try checkShapes(model, input: [2, 4, 6, 8, 1]) == [2, 2])
    #expect(model(.ones([2, 4, 6, 8, 1])).shape == [2, 2])
  }

  @Test func aNetworkOnSequencesKeepsItsShapes() throws {
    let model = Sequential {
      Conv1D(inputs: 2, outputs: 4, kernel: 3, stride: 2, padding: .all(1))
      LayerNorm(channels: 4)
      ConvTranspose1D(inputs: 4, outputs: 6, kernel: 4, stride: 2, padding: .all(1))
      RMSNorm(channels: 6)
      ChannelShuffle(groups: 3)
      AvgPool1D(window: 2)
      MaxPool1D(window: 2)
      AdaptiveAvgPool1D(width: 3)
      AdaptiveMaxPool1D(width: 2)
    }
    #expect(try checkShapes(model, input: [3, 16, 2]) == [3, 2, 6])
    #expect(model(.ones([3, 16, 2])).shape == [3, 2, 6])
  }

  /// sqrt(3^2 + 4^2) = 5, sqrt(5^2 + 12^2) = 13.
  @Test func normsOfWindows() {
    let numbers = Tensor([3.0, 4, 5, -12, 0, 0], shape: [1, 6, 1], dtype: .float64)
    #expect(L2Pool1D(window: 2)(numbers).scalars(of: Double.self) == [5, 13, 0])
    let volume = numbers.reshaped(to: [1, 1, 3, 2, 1])
    #expect(L2Pool3D(window: Triple(1, 1, 2))(volume).scalars(of: Double.self) == [5, 13, 0])
    let image = numbers.reshaped(to: [1, 3, 2, 1])
    #expect(L2Pool2D(window: Pair(1, 2))(image).scalars(of: Double.self) == [5, 13, 0])
  }

  @Test func shufflesAndPoolsOfImages() throws {
    let model = Sequential {
      PixelUnshuffle(factor: 2)
      LocalResponseNorm(size: 3)
      L2Pool2D(window: 2, strides: 1, padding: .same)
      PixelShuffle(factor: 2)
      AdaptiveMaxPool2D(height: 3, width: 2)
      Upsample(factors: 2, method: .bicubic())
    }
    #expect(try checkShapes(model, input: [2, 8, 6, 3]) == [2, 6, 4, 3])
    #expect(model(.ones([2, 8, 6, 3])).shape == [2, 6, 4, 3])
  }

  @Test func parametersHaveTheirNames() {
    #expect(LayerNorm(shape: [3, 4]).parameters.map(\.name) == ["scale", "offset"])
    #expect(LayerNorm(channels: 4, affine: false).parameters.isEmpty)
    #expect(GroupNorm(groups: 2, channels: 4).parameters.map(\.name) == ["scale", "offset"])
    #expect(RMSNorm(channels: 4).parameters.map(\.name) == ["scale"])
    #expect(Embedding(entries: 3, features: 2).parameters.map(\.name) == ["table"])
    let conv = Conv3D(inputs: 4, outputs: 6, kernel: Triple(1, 2, 3), groups: 2)
    #expect(conv.parameters.map(\.box.shape) == [[1, 2, 3, 2, 6], [6]])
    let up = ConvTranspose3D(inputs: 4, outputs: 6, kernel: Triple(1, 2, 3), groups: 2)
    #expect(up.parameters.map(\.box.shape) == [[1, 2, 3, 3, 4], [6]])
  }

  @Test func theFillersRowStartsAtZero() {
    let table = Embedding(entries: 3, features: 2, paddingIndex: 1).table.value
    let values = table.scalars(of: Double.self)
    #expect(values[2] == 0 && values[3] == 0)
    #expect(values[0] != 0 && values[5] != 0)
  }

  @Test func droppingHappensInTrainingOnly() {
    let x = Tensor.ones([16, 4, 8])
    for layer in [SpatialDropout(rate: 0.5), DropPath(rate: 0.5)] as [any Layer] {
      #expect(layer(x).hasSameBits(as: x))
      let y = withRandomSource(RandomSource(seed: 5)) { withMode(.training) { layer(x) } }
      #expect(Set(y.scalars(of: Double.self)) == [0, 2])
    }
  }

  @Test func groupsThatDoNotDivideStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GroupNorm(groups: 3, channels: 4)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("3 groups do not divide 4 channels"))
  }
}
