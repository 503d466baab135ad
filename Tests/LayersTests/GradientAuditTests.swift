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
}
