import GoldenFiles
import Layers
import Operations
import Optimizers
import Tensors
import Testing

/// Optimisers and schedules against PyTorch: `Tests/LayersTests/Golden/README.md` says how the files
/// were made and are compared.
@Suite struct GoldenOptimizerTests {
  private struct Cases: Decodable {
    let seed: String
    let cases: [Case]
  }

  private struct Case: Decodable {
    let name: String
    let operation: String
    let attributes: [String: Attribute]
    let parameters: [String: [Int]]
    let afterStep1: [String: [Double]]?
    let afterStep6: [String: [Double]]?
    let norm: Double?
    let clipped: [String: [Double]]?
  }

  private struct TwoParameters: Module {
    let weight: Parameter
    let bias: Parameter
  }

  private func makeModel(_ entry: Case, _ seed: String, _ dtype: DType) -> TwoParameters {
    func parameter(_ name: String) -> Parameter {
      Parameter(
        HashedNumbers.tensor(
          "\(seed)/\(entry.name)/\(name)", shape: Shape(entry.parameters[name]!), dtype: dtype))
    }
    return TwoParameters(weight: parameter("weight"), bias: parameter("bias"))
  }

  private func makeGradients(
    _ entry: Case, _ seed: String, _ model: TwoParameters, step: Int, _ dtype: DType
  ) -> Gradients {
    var gradients = Gradients()
    for named in model.parameters {
      gradients[named.box] = HashedNumbers.tensor(
        "\(seed)/\(entry.name)/gradient\(step)/\(named.name)", shape: named.box.shape, dtype: dtype)
    }
    return gradients
  }

  private func makeOptimizer(_ entry: Case, _ model: TwoParameters) -> any Optimizer {
    let a = entry.attributes
    let rate = a.number("lr")!
    let decay = a.number("weight_decay") ?? 0
    var betas = [0.9, 0.999]
    if case .numbers(let values)? = a["betas"] { betas = values }
    let epsilon = a.number("eps") ?? 1e-8
    switch entry.operation {
    case "sgd":
      return SGD(
        model, learningRate: rate, momentum: a.number("momentum") ?? 0,
        dampening: a.number("dampening") ?? 0, nesterov: a.truth("nesterov") ?? false, decay: decay)
    case "adam":
      return Adam(
        model, learningRate: rate, beta1: betas[0], beta2: betas[1], epsilon: epsilon, decay: decay)
    default:
      return AdamW(
        model, learningRate: rate, beta1: betas[0], beta2: betas[1], epsilon: epsilon, decay: decay)
    }
  }

  private func close(_ box: Parameter, _ expected: [Double], _ tolerance: Double) -> Bool {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    return zip(box.value.scalars(of: Double.self), expected).allSatisfy {
      abs($0 - $1) <= tolerance * max(abs($1), largest)
    }
  }

  @Test(arguments: [(DType.float32, 1e-5), (.float64, 1e-12)])
  func steps(dtype: DType, tolerance: Double) throws {
    let golden = try goldenFile("optimizers", of: "LayersTests", as: Cases.self)
    let cases = golden.cases.filter { $0.afterStep1 != nil }
    #expect(cases.count == 13)
    for entry in cases {
      let model = makeModel(entry, golden.seed, dtype)
      var optimizer = makeOptimizer(entry, model)
      for step in 0..<6 {
        optimizer.update(with: makeGradients(entry, golden.seed, model, step: step, dtype))
        if step == 0 || step == 5 {
          let expected = try #require(step == 0 ? entry.afterStep1 : entry.afterStep6)
          for named in model.parameters {
            let isClose = close(named.box, expected[named.name]!, tolerance)
            #expect(isClose, "\(entry.name), \(named.name) after step \(step + 1)")
          }
        }
      }
    }
  }

  @Test func resumedStepsHaveTheSameBits() throws {
    let golden = try goldenFile("optimizers", of: "LayersTests", as: Cases.self)
    for entry in golden.cases where entry.afterStep6 != nil {
      let straight = makeModel(entry, golden.seed, .float32)
      var first = makeOptimizer(entry, straight)
      for step in 0..<3 {
        first.update(with: makeGradients(entry, golden.seed, straight, step: step, .float32))
      }
      let resumed = TwoParameters(
        weight: Parameter(straight.weight.value), bias: Parameter(straight.bias.value))
      var second = makeOptimizer(entry, resumed)
      try second.restore(first.state)
      for step in 3..<6 {
        first.update(with: makeGradients(entry, golden.seed, straight, step: step, .float32))
        second.update(with: makeGradients(entry, golden.seed, resumed, step: step, .float32))
      }
      #expect(straight.weight.value.hasSameBits(as: resumed.weight.value), "\(entry.name)")
      #expect(straight.bias.value.hasSameBits(as: resumed.bias.value), "\(entry.name)")
    }
  }

  @Test func clippingByNorm() throws {
    let golden = try goldenFile("optimizers", of: "LayersTests", as: Cases.self)
    let cases = golden.cases.filter { $0.clipped != nil }
    #expect(cases.count == 2)
    for entry in cases {
      let model = makeModel(entry, golden.seed, .float64)
      let gradients = makeGradients(entry, golden.seed, model, step: 0, .float64)
      let (clipped, norm) = gradients.clipped(toNorm: entry.attributes.number("limit")!)
      #expect(abs(norm.item - entry.norm!) <= 1e-12 * entry.norm!)
      for named in model.parameters {
        let ours = try #require(clipped[named.box]).scalars(of: Double.self)
        for (one, other) in zip(ours, entry.clipped![named.name]!) {
          #expect(abs(one - other) <= 1e-12)
        }
      }
    }
  }

  private struct Schedules: Decodable {
    let cases: [ScheduleCase]
  }

  private struct ScheduleCase: Decodable {
    let name: String
    let operation: String
    let attributes: [String: Attribute]
    let rates: [Double]
    let momenta: [Double]?
  }

  @Test func schedules() throws {
    let golden = try goldenFile("schedules", of: "LayersTests", as: Schedules.self)
    #expect(golden.cases.count == 9)
    for entry in golden.cases {
      let schedule = makeSchedule(entry)
      for (step, expected) in entry.rates.enumerated() {
        let rate = schedule.rate(at: step)
        #expect(abs(rate - expected) <= 1e-12 * entry.rates.max()!, "\(entry.name), step \(step)")
      }
      for (step, expected) in (entry.momenta ?? []).enumerated() {
        let momentum = try #require(schedule.momentum(at: step))
        #expect(abs(momentum - expected) <= 1e-12, "\(entry.name), step \(step)")
      }
      #expect(
        schedule.rate(at: 1000)
          == schedule.rate(at: entry.operation.hasPrefix("step") ? 1000 : entry.rates.count - 1))
    }
  }

  private func makeSchedule(_ entry: ScheduleCase) -> any Schedule {
    let a = entry.attributes
    let peak = a.number("peak")!
    switch entry.operation {
    case "cosine":
      return CosineRate(
        peak: peak, steps: a.integer("steps")!, warmUp: a.integer("warmUp")!,
        final: a.number("final")!)
    case "oneCycle":
      return OneCycleRate(
        peak: peak, steps: a.integer("steps")!, rise: a.number("rise")!,
        startDivisor: a.number("startDivisor")!, finalDivisor: a.number("finalDivisor")!,
        momentum: a.number("lowMomentum")!...a.number("highMomentum")!,
        curve: a.word("shape") == "linear" ? .linear : .cosine)
    case "step":
      return StepRate(start: peak, every: a.integer("every")!, factor: a.number("factor")!)
    default:
      return StepRate(start: peak, milestones: a.integers("at")!, factor: a.number("factor")!)
    }
  }
}
