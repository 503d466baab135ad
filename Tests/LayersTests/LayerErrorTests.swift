import Layers
import Operations
import Tensors
import Testing

/// A mistake stops with the module path, the operation, what it requires and what came.
@Suite struct LayerErrorTests {
  private struct Network: Layer {
    let decoder: [Sequential]
    let head: Linear

    func forward(_ x: Tensor) -> Tensor {
      var x = x
      for block in decoder { x = block(x) }
      return head(x)
    }
  }

  private static func network() -> Network {
    Network(
      decoder: (0..<3).map { level in
        Sequential {
          ReLU()
          Conv2D(inputs: level == 2 ? 64 : 8, outputs: 8, kernel: 3, padding: .same)
          ReLU()
        }
      },
      head: Linear(inputs: 8, outputs: 2))
  }

  private func text(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test func channelsOfAConvolution() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = LayerErrorTests.network()(.zeros([2, 6, 6, 8]))
    }
    #expect(
      text(result).contains(
        "Network.decoder.2.1 (Conv2D): conv2D: kernel [3, 3, 64, 8] wants 64 channels, input "
          + "[2, 6, 6, 8] has 8"))
  }

  @Test func featuresOfALinearLayer() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Linear(inputs: 8, outputs: 2)(.zeros([2, 6, 6, 3]))
    }
    #expect(
      text(result).contains(
        "Linear: linear: weight [8, 2] wants 8 features, input [2, 6, 6, 3] has 3; put Flatten() or "
          + "GlobalAvgPool() before it"))
  }

  @Test func sizesOfALayer() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Conv2D(inputs: 0, outputs: 4, kernel: 3)
    }
    #expect(text(result).contains("Conv2D: sizes are at least 1, given inputs 0, outputs 4"))
  }

  @Test func groupsOfALayer() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Conv2D(inputs: 6, outputs: 4, kernel: 3, groups: 3)
    }
    #expect(
      text(result).contains(
        "Conv2D: groups divide both numbers of channels, given 3 groups for 6 inputs and 4 outputs")
    )
  }

  @Test func dtypeOfAnInput() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = LayerErrorTests.network()(.zeros([2, 6, 6, 8], dtype: .float64))
    }
    #expect(
      text(result).contains(
        "Network.decoder.0.1 (Conv2D): conv2D: wants two tensors of float32 or of float64, given "
          + "float64 and float32"))
  }

  @Test func oneValueAChannel() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = withMode(.training) { BatchNorm(channels: 4)(.zeros([1, 1, 1, 4])) }
    }
    #expect(
      text(result).contains(
        "BatchNorm: batchNorm: wants more than one value a channel in training, input [1, 1, 1, 4] "
          + "has 1"))
  }

  @Test func shapesOfAResidual() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let block = Residual { Conv2D(inputs: 3, outputs: 4, kernel: 3, padding: .same) }
      _ = block(.zeros([1, 5, 5, 3]))
    }
    #expect(
      text(result).contains(
        "Residual: residual: the body made [1, 5, 5, 4] of [1, 5, 5, 3], the shortcut [1, 5, 5, 3]; "
          + "give a shortcut"))
  }
}
