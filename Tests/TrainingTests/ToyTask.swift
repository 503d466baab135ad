import TapeGrad

/// Fits a line to points on it: batches, a loss, a score, nothing of images.
struct ToyTask: TrainingTask {
  let loader: Loader<Double, Tensor>
  var loss: @Sendable (Tensor, Tensor) -> Tensor = { meanSquaredError($0, $1 * 3 - 1) }
  var criterion = Criterion("error", higherIsBetter: false)

  /// Twelve points in batches of four: three steps an epoch.
  init(seed: UInt64 = 5) {
    loader = Loader(count: 12, batchSize: 4, seed: seed, workers: 1) { index, generator in
      Double(index) / 12 + Double(generator.next() >> 60) / 1000
    } collate: { points in
      Tensor(points, shape: [points.count, 1])
    }
  }

  func size(of batch: Tensor) -> Int { batch.shape[0] }

  func loss(of model: any Layer, on batch: Tensor) -> (loss: Tensor, output: Tensor) {
    let output = model(batch)
    return (loss(output, batch), output)
  }

  func scores(_ output: Tensor, on batch: Tensor) -> Measurements { ["mean": output.mean().item] }

  func validate(_ model: any Layer, progress: Progress) throws -> Measurements {
    try progress(0, 1)
    let x = Tensor([0.0, 0.5, 1.0], shape: [3, 1])
    return ["error": meanSquaredError(model(x), x * 3 - 1).item]
  }
}

/// A line, through dropout and batch norm so that random numbers and buffers take part.
struct ToyModel: Layer {
  let linear: Linear
  let dropout: Dropout
  let norm: BatchNorm
  let head: Linear

  init(seed: UInt64 = 1) {
    (linear, head) = withRandomSource(RandomSource(seed: seed)) {
      (Linear(inputs: 1, outputs: 8), Linear(inputs: 8, outputs: 1))
    }
    dropout = Dropout(rate: 0.2)
    norm = BatchNorm(channels: 8)
  }

  func forward(_ x: Tensor) -> Tensor { head(dropout(norm(linear(x)))) }
}

/// A trainer of the toy model for so many epochs.
func toyTrainer(
  epochs: Int = 4, task: ToyTask = ToyTask(), model: any Layer = ToyModel(),
  rate: Double = 0.05, averageDecay: Double = 0.5, stepLimit: Int? = nil
) -> Trainer<ToyTask> {
  Trainer(
    model: model, task: task, optimizer: optimizer(model, rate),
    settings: .init(
      epochs: epochs, stepLimit: stepLimit,
      schedule: CosineRate(peak: rate, steps: 3 * epochs, warmUp: 2), clippingNorm: 10,
      averageDecay: averageDecay, seed: 9))
}

private func optimizer(_ model: some Layer, _ rate: Double) -> any Optimizer {
  SGD(model, learningRate: rate, momentum: 0.9, nesterov: true)
}

/// Writes down what it hears.
final class Scribe: TrainingObserver {
  var notes: [String] = []
  var epochs: [EpochReport] = []
  var steps: [StepReport] = []
  var lastPlace: Checkpoint?
  var best: Checkpoint?

  func trainingBegan(_ plan: TrainingPlan) { notes.append("began \(plan.firstStep)/\(plan.steps)") }
  func stepEnded(_ report: StepReport) {
    notes.append("step \(report.step)")
    steps.append(report)
  }
  func epochEnded(_ report: EpochReport) {
    notes.append("epoch \(report.epoch)")
    epochs.append(report)
  }
  func bestFound(_ checkpoint: () -> Checkpoint) { best = checkpoint() }
  func placeReached(_ checkpoint: () -> Checkpoint) {
    notes.append("place")
    lastPlace = checkpoint()
  }
  func trainingEnded(_ end: TrainingEnd) { notes.append("\(end)") }
}
