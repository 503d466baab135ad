import Autodiff
import Layers
import Operations
import Tensors
import Testing

@Suite struct SequentialTests {
  @Test func namesArePositions() {
    let deep = true
    let model = Sequential {
      Linear(inputs: 2, outputs: 3)
      if deep {
        ReLU()
        Linear(inputs: 3, outputs: 3, bias: false)
      }
      for _ in 0..<2 { Residual { Linear(inputs: 3, outputs: 3, bias: false) } }
    }
    #expect(
      model.parameters.map(\.name) == [
        "0.weight", "0.bias", "2.weight", "3.body.0.weight", "4.body.0.weight",
      ])
  }

  @Test func withoutLayersItIsTheIdentity() {
    let x = Tensor([1.0, -2.0, 3.0])
    #expect(Sequential([])(x).hasSameBits(as: x))
  }

  @Test func residualAddsItsInput() {
    let x = Tensor([1.0, -2.0, 3.0])
    let block = Residual { Activation { $0 * 10 } }
    #expect(block(x).scalars(of: Double.self) == [11, -22, 33])
    let projected = Residual(shortcut: Activation { -$0 }) { Activation { $0 * 10 } }
    #expect(projected(x).scalars(of: Double.self) == [9, -18, 27])
  }
}

@Suite struct BatchNormTests {
  /// Two channels over four rows: means 2.5 and 25, biased variances 1.25 and 125.
  private let x = Tensor([[1.0, 10], [2, 20], [3, 30], [4, 40]])

  @Test func runningAveragesMoveInTrainingOnly() {
    let norm = BatchNorm(channels: 2, momentum: 0.2)
    _ = norm(x)
    #expect(norm.runningMean.value.scalars(of: Double.self) == [0, 0])
    _ = withMode(.training) { norm(x) }
    #expect(closeTo(norm.runningMean.value, [0.5, 5]))
    #expect(closeTo(norm.runningVariance.value, [0.8 + 0.25, 0.8 + 25]))
  }

  @Test func gradientsRunInTrainingMode() {
    let norm = BatchNorm(channels: 2, momentum: 1)
    let (_, gradients) = valueAndGradient(of: norm) { (norm(x) * norm(x)).mean() }
    #expect(closeTo(norm.runningMean.value, [2.5, 25]))
    #expect(gradients.count == 2)
  }

  @Test func inferenceUsesTheAverages() {
    let norm = BatchNorm(channels: 2, epsilon: 0)
    norm.runningMean.value = Tensor([1.0, 10.0])
    norm.runningVariance.value = Tensor([4.0, 25.0])
    #expect(closeTo(norm(x), [0, 0, 0.5, 2, 1, 4, 1.5, 6]))
  }
}

@Suite struct FrozenTests {
  private func model() -> (Sequential, BatchNorm) {
    let norm = BatchNorm(channels: 3)
    let model = Sequential {
      Linear(inputs: 2, outputs: 2)
      Frozen(
        Sequential {
          Linear(inputs: 2, outputs: 3)
          norm
        })
      Linear(inputs: 3, outputs: 1)
    }
    return (model, norm)
  }

  @Test func frozenParametersTakeNoGradients() {
    let (model, norm) = model()
    let (_, gradients) = valueAndGradient(of: model) {
      model(Tensor([[1.0, 2], [3, -1]])).sum()
    }
    let names = model.parameters.filter { gradients[$0.box] != nil }.map(\.name)
    #expect(names == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(norm.runningMean.value.scalars(of: Double.self) == [0, 0, 0])
  }

  /// A layer used frozen and also as it is learns by its free use only.
  @Test func aLayerThatIsAlsoUsedFree() {
    let shared = Linear(inputs: 2, outputs: 2, bias: false)
    let model = Sequential {
      Frozen(shared)
      shared
    }
    shared.weight.value = Tensor([[1.0, 2], [3, 4]])
    let (_, gradients) = valueAndGradient(of: model) { model(Tensor([[1.0, 0]])).sum() }
    // The frozen use makes [1, 2] of the input; its outer product with ones is the gradient.
    #expect(gradients[shared.weight]?.scalars(of: Double.self) == [1, 1, 2, 2])
  }

  @Test func theWrapperDoesNotShowInNames() {
    let (model, _) = model()
    #expect(
      model.parameters.map(\.name) == [
        "0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.1.scale", "1.1.offset", "2.weight",
        "2.bias",
      ])
  }
}

@Suite struct Conv1DTests {
  /// Worked by hand: [1, 2, 3, 4] with the kernel [1, 0, -1] and zeros around gives [-2, -2, -2, 3].
  @Test func differences() {
    let layer = Conv1D(inputs: 1, outputs: 1, kernel: 3, padding: .same)
    layer.weight.value = Tensor([1.0, 0, -1], shape: [3, 1, 1])
    layer.bias!.value = Tensor([10.0])
    let y = layer(Tensor([1.0, 2, 3, 4], shape: [1, 4, 1]))
    #expect(y.shape == [1, 4, 1])
    #expect(y.scalars(of: Double.self) == [8, 8, 8, 13])
  }
}

private func closeTo(_ tensor: Tensor, _ expected: [Double]) -> Bool {
  let ours = tensor.scalars(of: Double.self)
  return ours.count == expected.count
    && zip(ours, expected).allSatisfy { abs($0 - $1) <= 1e-5 * max(abs($1), 1) }
}
