import Autodiff
import Layers
import Operations
import Tensors
import Testing

/// `w2' tanh(W1' x + b)`, a critic of two layers.
private struct Critic: Layer {
  let first = Parameter(waves([3, 5], phase: 1))
  let bias = Parameter(waves([5], phase: 2, scale: 0.5))
  let second = Parameter(waves([5, 1], phase: 3))

  func forward(_ x: Tensor) -> Tensor {
    matmul(tanh(matmul(x, first.value) + bias.value), second.value)
  }
}

private struct LinearCritic: Layer {
  let weight = Parameter(Tensor([[3.0], [4.0]], dtype: .float64))
  func forward(_ x: Tensor) -> Tensor { matmul(x, weight.value) }
}

/// One branch may stay unused.
private struct TwoBranches: Module {
  let left = Parameter(Tensor([2.0, 3.0], dtype: .float64))
  let right = Parameter(Tensor([5.0, 7.0], dtype: .float64))
}

private struct Holder: Module {
  let model: LinearCritic
}

/// Reads a parameter that reflection cannot find.
private struct Hiding: Layer {
  private static let hidden = Parameter(Tensor([1.0, 2.0], dtype: .float64))
  func forward(_ x: Tensor) -> Tensor { x * Hiding.hidden.value }
}

@Suite struct ModuleGradientTests {
  private let x = waves([4, 3], phase: 5)

  /// The penalty of Gulrajani et al. (2017): `mean((|grad_x D(x)| - 1)^2)`.
  private func penalty(_ critic: some Layer, _ x: Tensor) -> Tensor {
    let slope = gradient(at: x) { critic($0).sum() }
    let norm = sqrt((slope * slope).sum(axis: 1))
    return ((norm - 1) * (norm - 1)).mean()
  }

  /// Central differences of a function of a model's parameters.
  private func differences(
    _ model: some Module, step: Double = 1e-5, _ function: () -> Tensor
  ) -> [[Double]] {
    model.parameters.map(\.box).map { box in
      let values = box.value.scalars(of: Double.self)
      return values.indices.map { index in
        func at(_ offset: Double) -> Double {
          var moved = values
          moved[index] += offset
          let substitute = Tensor(moved, shape: box.shape, dtype: .float64)
          return withParameters([(box, substitute)]) { function().item }
        }
        return (at(step) - at(-step)) / (2 * step)
      }
    }
  }

  private func expectClose(
    _ found: [Double], _ expected: [Double], _ tolerance: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (one, two) in zip(found, expected) {
      #expect(abs(one - two) <= tolerance * max(1, abs(two)), sourceLocation: sourceLocation)
    }
  }

  @Test func gradientPenaltyOverParametersAgreesWithDifferences() throws {
    let critic = Critic()
    let (value, gradients) = valueAndGradient(of: critic) { penalty(critic, x) }
    #expect(value.item > 0)
    let measured = differences(critic) { penalty(critic, x) }
    for (named, expected) in zip(critic.parameters, measured) {
      let found = try #require(gradients[named.box], "\(named.name)")
      expectClose(found.scalars(of: Double.self), expected, 1e-8)
    }
  }

  /// For `D(x) = w' x` the penalty is `(|w| - 1)^2` for every x; its gradient is
  /// `2 (|w| - 1) w / |w|`: with w = (3, 4), |w| = 5, that is 8 (0.6, 0.8).
  @Test func gradientPenaltyOfALinearCritic() throws {
    let critic = LinearCritic()
    let x = waves([4, 2])
    let (value, gradients) = valueAndGradient(of: critic) { penalty(critic, x) }
    #expect(value.item == 16)
    expectClose(try #require(gradients[critic.weight]).scalars(of: Double.self), [4.8, 6.4], 1e-14)
  }

  /// The whole WGAN-GP loss in one call: critic on real and fake, and penalty.
  @Test func gradientPenaltyBesideAnOrdinaryLoss() throws {
    let critic = Critic()
    let fake = waves([4, 3], phase: 9)
    func loss() -> Tensor {
      let mixed = x * 0.3 + fake * 0.7
      return critic(fake).mean() - critic(x).mean() + penalty(critic, mixed) * 10
    }
    let gradients = gradient(of: critic) { loss() }
    for (named, expected) in zip(critic.parameters, differences(critic) { loss() }) {
      let found = try #require(gradients[named.box])
      expectClose(found.scalars(of: Double.self), expected, 1e-7)
    }
  }

  @Test func hessianVectorProductOfAModule() throws {
    let critic = Critic()
    let boxes = critic.parameters.map(\.box)
    let direction = boxes.enumerated().map { waves($1.shape, phase: Double(20 + $0)) }
    func loss() -> Tensor {
      let y = critic(x)
      return (y * y).sum()
    }
    let product = gradient(of: critic) {
      let inner = gradient(of: critic) { loss() }
      let terms = zip(boxes, direction).map { (inner[$0]! * $1).sum() }
      return terms.dropFirst().reduce(terms[0], +)
    }
    // (g(p + h v) - g(p - h v)) / 2h
    let step = 1e-5
    func slopes(_ offset: Double) -> [Tensor] {
      let moved = zip(boxes, direction).map { ($0, $0.value + $1 * offset) }
      let gradients = withParameters(moved) { gradient(of: critic) { loss() } }
      return boxes.map { gradients[$0]! }
    }
    for (index, box) in boxes.enumerated() {
      let expected = (slopes(step)[index] - slopes(-step)[index]) / (2 * step)
      let found = try #require(product[box])
      expectClose(found.scalars(of: Double.self), expected.scalars(of: Double.self), 1e-7)
    }
  }

  /// The Hessian of `sum (w' x)^2` for w is `2 X' X`: exact.
  @Test func hessianVectorProductOfALinearModelIsExact() throws {
    let critic = LinearCritic()
    let x = Tensor([[1.0, 2], [3, -1], [0, 2]], dtype: .float64)
    let product = gradient(of: critic) {
      let inner = gradient(of: critic) {
        let y = critic(x)
        return (y * y).sum()
      }
      return (inner[critic.weight]! * Tensor([[1.0], [10.0]], dtype: .float64)).sum()
    }
    // X'X = [[10, -1], [-1, 9]]; 2 X'X (1, 10) = 2 (0, 89)
    #expect(try #require(product[critic.weight]).scalars(of: Double.self) == [0, 178])
  }

  @Test func parametersThatTakeNoPartAreAbsent() {
    let model = TwoBranches()
    let gradients = gradient(of: model) { (model.left.value * model.left.value).sum() }
    #expect(gradients[model.left]?.scalars(of: Double.self) == [4, 6])
    #expect(gradients[model.right] == nil)
    #expect(gradients.count == 1)
    // Zero is not absent: here it takes part, with no influence.
    let zero = gradient(of: model) { (model.right.value * 0).sum() }
    #expect(zero[model.right]?.scalars(of: Double.self) == [0, 0])
  }

  @Test func parametersReadTwiceSumTheirUses() {
    let model = TwoBranches()
    let gradients = gradient(of: model) { (model.left.value * model.left.value).sum() }
    #expect(gradients[model.left]?.scalars(of: Double.self) == [4, 6])
  }

  @Test func modelAndInputTogether() {
    let critic = LinearCritic()
    let input = Tensor([[1.0, 2]], dtype: .float64)
    let result = valueAndGradient(of: critic, at: input) { critic($0).sum() }
    #expect(result.value.item == 11)
    #expect(result.inputGradient.scalars(of: Double.self) == [3, 4])
    #expect(result.gradients[critic.weight]?.scalars(of: Double.self) == [1, 2])
  }

  @Test func auxiliaryResultsOfALoss() {
    let critic = LinearCritic()
    let result = valueAndGradient(of: critic) { () -> (Tensor, Tensor) in
      let y = critic(Tensor([[1.0, 2]], dtype: .float64))
      return (y.sum(), y.detached)
    }
    #expect(result.auxiliary.scalars(of: Double.self) == [11])
    #expect(result.gradients.count == 1)
  }

  @Test func pullbackOfAModel() {
    let critic = LinearCritic()
    let input = Tensor([[1.0, 2], [3, 4]], dtype: .float64)
    let (value, pull) = pullback(of: critic, at: [input]) { critic($0[0]) }
    #expect(value.scalars(of: Double.self) == [11, 25])
    let first = pull(Tensor([[1.0], [0]], dtype: .float64))
    #expect(first.gradients[critic.weight]?.scalars(of: Double.self) == [1, 2])
    #expect(first.inputs[0].scalars(of: Double.self) == [3, 4, 0, 0])
    let second = pull(Tensor([[0.0], [1]], dtype: .float64))
    #expect(second.gradients[critic.weight]?.scalars(of: Double.self) == [3, 4])
  }

  @Test func gradientsAddAndScaleAndHaveANorm() {
    let model = TwoBranches()
    let left = gradient(of: model) { (model.left.value * 3).sum() }
    let right = gradient(of: model) { (model.right.value * 4).sum() }
    let both = left + right
    #expect(both.count == 2)
    #expect(both.globalNorm.item == 50.0.squareRoot())
    let twice = both + left
    #expect(twice[model.left]?.scalars(of: Double.self) == [6, 6])
    #expect(twice[model.right]?.scalars(of: Double.self) == [4, 4])
    #expect(((twice * 2) / 4)[model.left]?.scalars(of: Double.self) == [3, 3])
    var sum = Gradients()
    sum += left
    sum += left
    #expect(sum[model.left]?.scalars(of: Double.self) == [6, 6])
    #expect(Gradients().globalNorm.item == 0)
  }

  /// Accumulating over halves of a batch gives the gradient of the whole.
  @Test func accumulationOverABatchInParts() throws {
    let critic = Critic()
    func loss(_ x: Tensor) -> Tensor { tanh(critic(x)).sum() }
    let whole = gradient(of: critic) { loss(x) }
    let parts = gradient(of: critic) { loss(x[0..<1]) } + gradient(of: critic) { loss(x[1..<4]) }
    for named in critic.parameters {
      expectClose(
        try #require(parts[named.box]).scalars(of: Double.self),
        try #require(whole[named.box]).scalars(of: Double.self), 1e-14)
    }
  }

  @Test func otherValuesForParameters() {
    let critic = LinearCritic()
    let input = Tensor([[1.0, 2]], dtype: .float64)
    let substitute = Tensor([[10.0], [20]], dtype: .float64)
    let y = withParameters([(critic.weight, substitute)]) { critic(input) }
    #expect(y.item == 50)
    #expect(critic(input).item == 11)
    // A gradient flows into a substitute that is traced: an inner step of meta-learning.
    let slope = gradient(at: substitute) { w in
      withParameters([(critic.weight, w * 2)]) { critic(input).sum() }
    }
    #expect(slope.scalars(of: Double.self) == [2, 4])
  }

  /// One step of gradient descent inside, its effect differentiated outside (MAML):
  /// w' = w - a 2 x (x w - t), L = (x w' - t)^2 with x = 1 gives (1 - 2a)^2 (w - t)^2.
  @Test func gradientsThroughAnInnerStep() {
    let model = Holder(model: LinearCritic())
    let weight = model.model.weight
    let x = Tensor([[1.0, 0]], dtype: .float64)
    func loss() -> Tensor {
      let miss = model.model(x) - 1
      return (miss * miss).sum()
    }
    let outer = gradient(of: model) {
      let inner = gradient(of: model) { loss() }
      return withParameters([(weight, weight.value - inner[weight]! * 0.25)]) { loss() }
    }
    // 2 (1 - 2a)^2 (w - t) with a = 0.25, w = 3, t = 1
    #expect(outer[weight]?.scalars(of: Double.self) == [1, 0])
  }

  @Test func aHiddenParameterStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = Hiding()
      _ = gradient(of: model) { model(Tensor([1.0, 1.0], dtype: .float64)).sum() }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("a parameter of shape [2] that Hiding cannot reach"), "\(text)")
    #expect(text.contains("store it (or its layer) in a property of the model"), "\(text)")
  }
}
