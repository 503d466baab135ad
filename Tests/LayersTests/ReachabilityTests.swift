import Autodiff
import Layers
import Operations
import Tensors
import Testing

private struct Scale: Layer {
  var factor: Parameter
  func forward(_ x: Tensor) -> Tensor { x * factor.value }
}

/// Holds its layers by reference: they may be exchanged.
private final class Exchangeable: Module, @unchecked Sendable {
  var layer: Scale
  init(_ layer: Scale) { self.layer = layer }
}

private struct Pile: Module {
  var layers: [Scale]
}

/// A walk's result is remembered from step to step: what a model reaches must be known all the same
/// after it has changed.
@Suite(.serialized) struct ReachabilityTests {
  private func parameters(_ count: Int) -> [Parameter] {
    (0..<count).map { Parameter(Tensor([Float($0 + 1)])) }
  }

  @Test func aLayerExchangedInAClassIsFound() {
    let boxes = parameters(2)
    let model = Exchangeable(Scale(factor: boxes[0]))
    for box in [boxes[0], boxes[1], boxes[0]] {
      model.layer.factor = box
      let gradients = gradient(of: model) { model.layer(Tensor([Float(2)])).sum() }
      #expect(gradients.parameters.count == 1 && gradients.parameters[0] === box)
    }
  }

  @Test func anArrayChangedInPlaceIsWalkedAgain() {
    let boxes = parameters(3)
    var model = Pile(layers: [Scale(factor: boxes[0]), Scale(factor: boxes[1])])
    for replaced in [1, 2, 1, 2] {
      model.layers[1] = Scale(factor: boxes[replaced])
      let gradients = gradient(of: model) {
        model.layers.reduce(Tensor([Float(2)])) { $1($0) }.sum()
      }
      #expect(
        gradients.parameters.map { ObjectIdentifier($0) }
          == [boxes[0], boxes[replaced]].map {
            ObjectIdentifier($0)
          })
    }
  }

  @Test func whatIsFrozenInOneModelIsTrainedInAnother() {
    let box = parameters(1)[0]
    let layer = Scale(factor: box)
    let frozen = Frozen(layer)
    for _ in 0..<2 {
      #expect(gradient(of: layer) { layer(Tensor([Float(2)])).sum() }.count == 1)
      #expect(gradient(of: frozen) { frozen(Tensor([Float(2)])).sum() }.count == 0)
    }
  }

  @Test func aParameterOutOfReachStopsInLaterStepsToo() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let reached = Parameter(Tensor([Float(1)]))
      let hidden = Parameter(Tensor([Float(2)]))
      let model = Scale(factor: reached)
      for step in 0..<3 {
        _ = gradient(of: model) {
          let y = model(Tensor([Float(2)]))
          return (step < 2 ? y : y * hidden.value).sum()
        }
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("Scale cannot reach"))
  }

  /// A new parameter lets go of remembered models: they are not kept alive by being remembered.
  @Test func aModelThatIsReplacedIsReleased() {
    weak var old: Parameter?
    do {
      let model = Scale(factor: Parameter(Tensor([Float(1)])))
      old = model.factor
      _ = gradient(of: model) { model(Tensor([Float(2)])).sum() }
    }
    _ = Parameter(Tensor([Float(3)]))
    #expect(old == nil)
  }
}
