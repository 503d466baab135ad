import TapeGrad
import TestSupport
import Testing

@Suite struct TrainerTests {
  @Test func tellsObserversInOrder() throws {
    let scribe = Scribe()
    let trainer = toyTrainer(epochs: 2)
    trainer.observers = [scribe]
    #expect(try trainer.run() == .completed)
    #expect(
      scribe.notes == [
        "began 0/6", "step 1", "step 2", "step 3", "epoch 1", "place", "step 4", "step 5",
        "step 6", "epoch 2", "place", "completed",
      ])
    #expect(scribe.steps.map(\.stepInEpoch) == [1, 2, 3, 1, 2, 3])
    #expect(scribe.steps.allSatisfy { $0.images == 4 && $0.gradientNorm > 0 })
    let mean = scribe.steps[..<3].map(\.loss).reduce(0, +) / 3
    #expect(abs(scribe.epochs[0].training["loss"]! - mean) < 1e-12)
  }

  @Test func learnsALine() throws {
    let scribe = Scribe()
    let trainer = toyTrainer(epochs: 60, model: Linear(inputs: 1, outputs: 1), rate: 0.2)
    trainer.observers = [scribe]
    try trainer.run()
    #expect(scribe.epochs.first!.validation!["error"]! > 0.05)
    #expect(scribe.epochs.last!.validation!["error"]! < 1e-3)
  }

  @Test func followsTheSchedule() throws {
    let scribe = Scribe()
    let trainer = toyTrainer(epochs: 2)
    trainer.observers = [scribe]
    try trainer.run()
    let schedule = CosineRate(peak: 0.05, steps: 6, warmUp: 2)
    #expect(scribe.steps.map(\.learningRate) == (0..<6).map { schedule.rate(at: $0) })
  }

  @Test func stepLimitEndsInsideAnEpoch() throws {
    let scribe = Scribe()
    let trainer = toyTrainer(epochs: 4, stepLimit: 4)
    trainer.observers = [scribe]
    #expect(try trainer.run() == .completed)
    #expect(scribe.epochs.map(\.epoch) == [1, 2])
    #expect(scribe.epochs.map(\.step) == [3, 4])
    #expect(scribe.epochs.last!.validation != nil)
  }

  @Test(arguments: [1, 3, 4, 5, 6, 11])
  func resumingGivesTheSameBits(after stop: Int) throws {
    let straight = Scribe()
    let whole = toyTrainer()
    whole.observers = [straight]
    try whole.run()

    let folder = try TemporaryFolder()
    let first = Scribe()
    let trainer = toyTrainer()
    trainer.observers = [first]
    #expect(try trainer.run(stoppingAfter: stop) == .stopped)
    try first.lastPlace!.write(to: folder.file("last.safetensors"))

    let second = Scribe()
    // Other weights and another source: all must come from the file.
    let resumed = toyTrainer(model: ToyModel(seed: 77))
    resumed.observers = [second]
    let checkpoint = try Checkpoint(path: folder.file("last.safetensors"))
    try resumed.resume(from: checkpoint, path: "last")
    #expect(try resumed.run() == .completed)

    try straight.lastPlace!.write(to: folder.file("a"))
    try second.lastPlace!.write(to: folder.file("b"))
    #expect(try folder.bytes("a") == folder.bytes("b"))
    #expect(straight.steps.suffix(12 - stop).map(\.loss) == second.steps.map(\.loss))
    #expect(straight.epochs.last!.training == second.epochs.last!.training)
  }

  @Test func theSeedDecides() throws {
    func losses(_ seed: UInt64) throws -> [Double] {
      let scribe = Scribe()
      let trainer = toyTrainer(task: ToyTask(seed: seed))
      trainer.observers = [scribe]
      try trainer.run()
      return scribe.steps.map(\.loss)
    }
    #expect(try losses(1) == losses(1))
    #expect(try losses(1) != losses(2))
  }

  @Test func keepsTheBestAndNotTheLast() throws {
    var task = ToyTask()
    // "Best" is the largest error here, which only the first epoch has.
    task.criterion = Criterion("error", higherIsBetter: true)
    let scribe = Scribe()
    let trainer = toyTrainer(
      epochs: 20, task: task, model: Linear(inputs: 1, outputs: 1), rate: 0.2)
    trainer.observers = [scribe]
    try trainer.run()
    #expect(trainer.state.best?.epoch == 1)
    #expect(scribe.epochs.map(\.isBest) == [true] + [Bool](repeating: false, count: 19))
    #expect(
      scribe.best!.tensors["weight"]!.hasSameBits(as: trainer.average!.values["weight"]!) == false)
  }

  @Test func averagesFollowTheFormula() throws {
    let model = Linear(inputs: 1, outputs: 1)
    let start = model.parameters.map { $0.box.value.scalars(of: Double.self) }
    var average = AveragedModel(of: model, decay: 0.5)
    for named in model.parameters { named.box.value = named.box.value + 1 }
    average.update()
    // After one step the decay is (1 + 1) / (10 + 1), less than one half.
    for (named, before) in zip(model.parameters, start) {
      let found = average.values[named.name]!.scalars(of: Double.self)
      for (x, old) in zip(found, before) {
        #expect(abs(x - (old * 2 / 11 + (old + 1) * 9 / 11)) < 1e-6)
      }
    }
    let inside = average.apply { model.parameters[0].box.value.scalars(of: Double.self) }
    #expect(inside == average.values[model.parameters[0].name]!.scalars(of: Double.self))
  }

  @Test func averagesBuffersAndPutsThemBack() {
    let norm = BatchNorm(channels: 2)
    var average = AveragedModel(of: norm, decay: 0.9)
    norm.runningMean.value = Tensor([11.0, 22.0])
    average.update()
    average.apply {
      let mean = norm.runningMean.value.scalars(of: Double.self)
      #expect(abs(mean[0] - 9) < 1e-5)
      #expect(abs(mean[1] - 18) < 1e-5)
    }
    #expect(norm.runningMean.value.scalars(of: Double.self) == [11, 22])
  }

  @Test func namesTheOperationThatDiverged() throws {
    var task = ToyTask()
    task.loss = { output, _ in log(output - output).mean() }
    let trainer = toyTrainer(task: task)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    guard case .diverged(let divergence) = error else {
      Issue.record("expected a divergence, found \(String(describing: error))")
      return
    }
    #expect(divergence.step == 1)
    #expect(divergence.cause.contains("log"))
  }

  @Test func namesTheLayerThatDiverged() throws {
    struct Broken: Layer {
      let linear = Linear(inputs: 1, outputs: 1)
      let root = Root()
      func forward(_ x: Tensor) -> Tensor { root(linear(x)) }
    }
    struct Root: Layer {
      func forward(_ x: Tensor) -> Tensor { sqrt(-abs(x) - 1) }
    }
    let trainer = toyTrainer(model: Broken())
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect("\(error!)".contains("sqrt in Broken.root (Root)"))
  }

  @Test func anObserverCanEndIt() throws {
    struct Enough: Error {}
    final class Impatient: TrainingObserver {
      func stepEnded(_ report: StepReport) throws { if report.step == 2 { throw Enough() } }
    }
    let trainer = toyTrainer()
    trainer.observers = [Impatient()]
    #expect(throws: Enough.self) { try trainer.run() }
    #expect(trainer.state.step == 2)
  }
}
