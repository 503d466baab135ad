import Autodiff
import Layers
import Operations
import Tensors
import Testing

@Suite struct GradientAuditTests {
  private struct Model: Layer {
    let used = Linear(inputs: 2, outputs: 3)
    let forgotten = Linear(inputs: 2, outputs: 3)
    let cut = Linear(inputs: 3, outputs: 3)
    let dead = Linear(inputs: 3, outputs: 3)
    let frozen = Frozen(Linear(inputs: 3, outputs: 3))
    func forward(_ x: Tensor) -> Tensor {
      let y = frozen(tanh(used(x)))
      let mask = (tanh(cut(y)) .> 0).cast(to: y.dtype)
      let off = relu(dead(y) - 1e6)
      return y * mask + off
    }
  }

  private let x = Tensor([[1.0, -0.5], [0.25, 2]])

  private func audit() -> GradientAudit {
    let model = withRandomSource(RandomSource(seed: 3)) { Model() }
    return auditGradients(of: model) { model(x).sum() }
  }

  @Test func eachParameterWithoutAUsefulGradientIsListed() {
    let rows = audit().rows
    #expect(
      rows.map(\.name) == [
        "forgotten.weight", "forgotten.bias", "cut.weight", "cut.bias", "dead.weight", "dead.bias",
        "frozen.weight", "frozen.bias",
      ])
    #expect(audit().parameters == 10)
    #expect(!audit().passes)
  }

  @Test func thePlaceOfTheCutIsNamed() throws {
    let rows = audit().rows
    #expect(rows.first { $0.name == "forgotten.weight" }?.finding == .neverRead)
    #expect(rows.first { $0.name == "frozen.weight" }?.finding == .untrained)
    guard case .cut(let after)? = rows.first(where: { $0.name == "cut.weight" })?.finding else {
      Issue.record("\(rows)")
      return
    }
    #expect(after.count == 1 && after[0].hasPrefix("tanh"), "\(after)")
  }

  @Test func theRuleThatGaveZeroIsNamed() {
    guard case .zero(let by)? = audit().rows.first(where: { $0.name == "dead.weight" })?.finding
    else {
      Issue.record("\(audit())")
      return
    }
    #expect(by.count == 1 && by[0].hasPrefix("maximum"), "\(by)")
  }

  @Test func theReportReads() {
    let text = "\(audit())"
    #expect(text.contains("6 of 10 parameters without a useful gradient"), "\(text)")
    #expect(text.contains("cut.bias [3]: no gradient: the path ends after tanh"), "\(text)")
    #expect(text.contains("dead.bias [3]: gradient zero: made so by maximum"), "\(text)")
  }

  @Test func aModelThatTrainsPasses() {
    let layer = Linear(inputs: 2, outputs: 3)
    let audit = auditGradients(of: layer) { exp(layer(x)).sum() }
    #expect(audit.passes && audit.rows.isEmpty, "\(audit)")
  }

  @Test func gradientsThatAreNotFiniteAreListed() {
    let layer = Linear(inputs: 2, outputs: 3)
    let audit = auditGradients(of: layer) { (layer(x) * Double.infinity).sum() }
    #expect(audit.rows.contains { $0.finding == .notFinite })
  }

  // MARK: - Checkpoints

  private struct Part: Layer {
    let first = Linear(inputs: 2, outputs: 3)
    let second = Linear(inputs: 3, outputs: 3)
    let third = Linear(inputs: 3, outputs: 2)
    let between: @Sendable (Tensor) -> Tensor
    func forward(_ x: Tensor) -> Tensor { third(between(second(tanh(first(x))))) }
  }

  private func part(_ between: @escaping @Sendable (Tensor) -> Tensor) -> (Part, GradientAudit) {
    let part = withRandomSource(RandomSource(seed: 3)) { Part(between: between) }
    return (part, auditGradients(of: part) { checkpointed { part(x) }.sum() })
  }

  @Test func aCutInsideACheckpointIsNamedWithItsPlace() {
    let rows = part { $0.detached }.1.rows
    #expect(
      rows.map(\.name) == ["first.weight", "first.bias", "second.weight", "second.bias"])
    for row in rows {
      guard case .cut(let after) = row.finding, after.count == 1 else {
        Issue.record("\(row)")
        continue
      }
      #expect(after[0].hasPrefix("add (%"), "\(after)")
      #expect(after[0].hasSuffix("in Part.second (Linear)"), "\(after)")
    }
  }

  @Test func aCutBehindACheckpointNamesWhatItEndedWith() {
    let layer = withRandomSource(RandomSource(seed: 3)) { Linear(inputs: 2, outputs: 3) }
    let audit = auditGradients(of: layer) { checkpointed { layer(x) }.detached.sum() }
    #expect(audit.rows.count == 2)
    for row in audit.rows {
      guard case .cut(let after) = row.finding, after.count == 1 else {
        Issue.record("\(row)")
        continue
      }
      #expect(after[0].hasPrefix("add (%"), "\(after)")
      #expect(after[0].hasSuffix("in Linear, checkpointed"), "\(after)")
    }
  }

  @Test func aRuleInsideACheckpointThatGaveZeroIsNamed() {
    let rows = part { relu($0 - 1e6) }.1.rows
    #expect(
      rows.map(\.name) == [
        "first.weight", "first.bias", "second.weight", "second.bias", "third.weight",
      ])
    guard case .zero(let by)? = rows.first(where: { $0.name == "second.weight" })?.finding else {
      Issue.record("\(rows)")
      return
    }
    #expect(by.count == 1 && by[0].hasPrefix("maximum (run again) in Part"), "\(by)")
  }

  @Test func aCheckpointThatEndsWithAParameterKeepsItsGradient() {
    let layer = Linear(inputs: 2, outputs: 3)
    let gradients = gradient(of: layer) { checkpointed { layer.bias!.value }.sum() }
    #expect(gradients[layer.bias!]?.scalars(of: Double.self) == [1, 1, 1])
  }

  // MARK: - Cancellation

  private struct Normed: Layer {
    let linear = Linear(inputs: 2, outputs: 3)
    let norm = BatchNorm(channels: 3)
    let isCheckpointed: Bool
    func forward(_ x: Tensor) -> Tensor {
      isCheckpointed ? checkpointed { norm(linear(x)) } : norm(linear(x))
    }
  }

  @Test(arguments: [DType.float32, .float64], [false, true])
  func aBiasBeforeBatchNormIsListed(_ dtype: DType, _ isCheckpointed: Bool) {
    let source = RandomSource(seed: 3)
    withRandomSource(source) {
      let model = withDefaultDType(dtype) { Normed(isCheckpointed: isCheckpointed) }
      let x = Tensor.normal([37, 2], dtype: dtype)
      let weights = Tensor.normal([37, 3], dtype: dtype)
      let audit = auditGradients(of: model) { (model(x) * weights).sum() }
      #expect(audit.rows.map(\.name) == ["linear.bias"], "\(audit)")
      guard case .cancelled(let places)? = audit.rows.first?.finding else {
        Issue.record("\(audit)")
        return
      }
      #expect(places.count == 1 && places[0].hasPrefix("add"), "\(places)")
      #expect(places.first?.hasSuffix("in Normed.linear (Linear)") ?? false, "\(places)")
      #expect("\(audit)".contains("gradient zero but for rounding"), "\(audit)")
    }
  }

  @Test func aSmallGradientIsNotRounding() {
    let layer = Linear(inputs: 2, outputs: 3)
    let audit = auditGradients(of: layer) { (layer(x) * 1e-20).sum() }
    #expect(audit.passes, "\(audit)")
  }
}
