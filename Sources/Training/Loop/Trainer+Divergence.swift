import Autodiff
import Layers
import Operations
import Tensors

extension Trainer {
  /// What produced the first value that is not finite: a weight that already was not, or an operation
  /// found by taking the step again with every result tested.
  func causeOfDivergence(_ batch: Task.Batch) -> String {
    for named in model.parameters where !allFinite(named.box.value) {
      return "the weights '\(named.name)' were not finite after step \(state.step), which the rate "
        + "of \(optimizer.learningRate) is probably too high for"
    }
    let (_, anomaly) = withRandomSource(random) {
      detectAnomalies { valueAndGradient(of: model) { task.loss(of: model, on: batch).loss } }
    }
    guard let anomaly else { return "no operation repeated it, so it came from outside the model" }
    let place = anomaly.place == nil ? " outside of any layer, or in the backward pass" : ""
    return "the first value that is not finite came from \(anomaly)\(place)"
  }

  private func allFinite(_ tensor: Tensor) -> Bool {
    tensor.scalars(of: Float.self).allSatisfy(\.isFinite)
  }
}
