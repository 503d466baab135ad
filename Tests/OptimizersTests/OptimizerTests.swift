import Layers
import Operations
import Optimizers
import Tensors
import Testing

@Suite struct OptimizerTests {
  private struct Pair: Module {
    let weight = Parameter(Tensor([[1.0, 2.0]]))
    let bias = Parameter(Tensor([3.0]))
  }

  private func ones(_ model: Pair, weightOnly: Bool = false) -> Gradients {
    var gradients = Gradients()
    gradients[model.weight] = .ones([1, 2])
    if !weightOnly { gradients[model.bias] = .ones([1]) }
    return gradients
  }

  @Test func anAbsentGradientLeavesAParameterAlone() {
    for make in [
      { SGD($0, learningRate: 0.5, momentum: 0.9, decay: 0.1) as any Optimizer },
      { AdamW($0, learningRate: 0.5, decay: 0.1) }, { Adam($0, learningRate: 0.5, decay: 0.1) },
    ] as [(Pair) -> any Optimizer] {
      let model = Pair()
      var optimizer = make(model)
      optimizer.update(with: ones(model))
      let bias = model.bias.value
      let weight = model.weight.value
      optimizer.update(with: ones(model, weightOnly: true))
      #expect(model.bias.value.hasSameBits(as: bias))
      #expect(!model.weight.value.hasSameBits(as: weight))
    }
  }

  private struct Many: Module {
    let parameters: [Parameter]

    /// Small parameters, some of one size, and two that are cut.
    init() {
      parameters = [5, 9000, 9000, 1, 300, 20_000, 70_000, 7, 40_000, 9000].enumerated().map {
        Parameter(.normal([$1], source: RandomSource(seed: UInt64($0))))
      }
    }
  }

  /// Many parameters are updated side by side: each as if it were alone, whatever the threads.
  @Test func aStepOverManyParametersEqualsOneByOne() {
    let before = threadCount
    defer { threadCount = before }
    let rate = Float(0.125)
    let momentum = Float(0.5)
    for threads in [1, 2, 3, 8] {
      threadCount = threads
      let model = Many()
      let start = model.parameters.map { $0.value.scalars(of: Float.self) }
      var optimizer = SGD(model, learningRate: 0.125, momentum: 0.5)
      var gradients = Gradients()
      for (index, parameter) in model.parameters.enumerated() {
        gradients[parameter] = .normal(
          parameter.shape, source: RandomSource(seed: 90 + UInt64(index)))
      }
      optimizer.update(with: gradients)
      optimizer.update(with: gradients)
      for (parameter, first) in zip(model.parameters, start) {
        let slope = gradients[parameter]!.scalars(of: Float.self)
        let expected = zip(first, slope).map { p, g in
          (p - g * rate) - (g * momentum + g) * rate
        }
        #expect(parameter.value.scalars(of: Float.self) == expected, "\(threads) threads")
      }
    }
  }

  /// By hand: p - 0.5 (1 + 0.1 p) for the weight, p - 0.5 for the bias.
  @Test func noDecayOnNormsAndBiases() {
    let model = Pair()
    var optimizer = SGD(
      model, learningRate: 0.5, decay: 0.1, groups: .noDecayOnNormsAndBiases)
    optimizer.update(with: ones(model))
    #expect(close(model.weight.value, [0.45, 1.4]))
    #expect(close(model.bias.value, [2.5]))
  }

  /// By hand: a tenth of the rate for the bias.
  @Test func rateFactorsByName() {
    let model = Pair()
    let groups = ParameterGroups { name, _ in .init(rateFactor: name == "bias" ? 0.1 : 1) }
    var optimizer = SGD(model, learningRate: 0.5, groups: groups)
    optimizer.update(with: ones(model))
    #expect(close(model.weight.value, [0.5, 1.5]))
    #expect(close(model.bias.value, [2.95]))
  }

  @Test func namesOfTheState() {
    let model = Pair()
    var optimizer = AdamW(model)
    #expect(optimizer.state.isEmpty)
    optimizer.update(with: ones(model, weightOnly: true))
    #expect(
      optimizer.state.keys.sorted() == [
        "weight.firstMoment", "weight.secondMoment", "weight.steps",
      ]
    )
    #expect(optimizer.state["weight.steps"]?.item == 1)
  }

  @Test func aStateOfAnotherModel() throws {
    let model = Pair()
    var optimizer = SGD(model, learningRate: 0.5, momentum: 0.9)
    optimizer.update(with: ones(model))
    let state = optimizer.state
    #expect(throws: OptimizerStateError.unknown("head.velocity")) {
      try optimizer.restore(state.merging(["head.velocity": .zeros([1])]) { $1 })
    }
    #expect(
      throws: OptimizerStateError.mismatch(
        name: "weight.velocity", expected: "float32 [1, 2]", found: "float32 [2, 1]")
    ) {
      try optimizer.restore(state.merging(["weight.velocity": .zeros([2, 1])]) { $1 })
    }
    var adam = AdamW(model)
    adam.update(with: ones(model))
    #expect(throws: OptimizerStateError.missing("bias.steps")) {
      try adam.restore(adam.state.filter { $0.key != "bias.steps" })
    }
    // Nothing has changed: the state is the one before.
    #expect(optimizer.state["weight.velocity"]!.hasSameBits(as: state["weight.velocity"]!))
  }

  @Test func followingASchedule() {
    let model = Pair()
    var optimizer = SGD(model, learningRate: 1, momentum: 0.9)
    optimizer.follow(CosineRate(peak: 0.4, steps: 10, warmUp: 4), at: 0)
    #expect(optimizer.learningRate == 0.1)
    #expect(optimizer.momentum == 0.9)
    optimizer.follow(OneCycleRate(peak: 0.5, steps: 20), at: 0)
    #expect(optimizer.momentum == 0.95)
  }

  @Test func clippingByValue() {
    let model = Pair()
    var gradients = Gradients()
    gradients[model.weight] = Tensor([[-3.0, 0.5]])
    let clipped = gradients.clipped(toValue: 1)
    #expect(clipped[model.weight]!.scalars(of: Double.self) == [-1, 0.5])
    #expect(clipped[model.bias] == nil)
  }

  /// By hand: decay min(0.5, 2 / 11), then min(0.5, 3 / 12).
  @Test func movingAverage() throws {
    let model = Pair()
    var average = MovingAverage(of: model, decay: 0.5)
    model.bias.value = Tensor([14.0])
    average.update()
    let first = 3.0 * 2 / 11 + 14.0 * 9 / 11
    #expect(close(average.values["bias"]!, [first]))
    average.update()
    let second = first * 0.25 + 14 * 0.75
    #expect(close(average.values["bias"]!, [second]))
    #expect(close(average.apply { model.bias.value }, [second]))
    #expect(model.bias.value.item == 14)
    var other = MovingAverage(of: model, decay: 0.5)
    try other.restore(average.state)
    other.update()
    average.update()
    #expect(other.values["bias"]!.hasSameBits(as: average.values["bias"]!))
    #expect(throws: OptimizerStateError.missing("weight.average")) { try other.restore([:]) }
  }

  @Test func settingsStop() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = SGD(Pair(), learningRate: -1)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("SGD: learning rate is not negative, given -1.0"))
  }

  private func close(_ tensor: Tensor, _ expected: [Double]) -> Bool {
    zip(tensor.scalars(of: Double.self), expected).allSatisfy {
      abs($0 - $1) <= 1e-6 * max(abs($1), 1)
    }
  }
}
