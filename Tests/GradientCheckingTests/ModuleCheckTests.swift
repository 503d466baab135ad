import Autodiff
import GradientChecking
import Layers
import Operations
import Tensors
import Testing

/// A dense layer whose weight is used twice.
private struct TwiceUsed: Layer {
  let weight = Parameter(Tensor([[0.5, -0.25], [1.5, 0.75]]))
  func forward(_ x: Tensor) -> Tensor { matmul(tanh(matmul(x, weight.value)), weight.value) }
}

/// A layer whose rule for the scale is wrong.
private struct WronglyScaled: Layer {
  let scale = Parameter(Tensor([1.0, 1.0]))
  func forward(_ x: Tensor) -> Tensor {
    customGradient(at: [x, scale.value]) {
      $0[0] * $0[1]
    } pullback: { dy, inputs, _ in
      [dy * inputs[1], (dy * inputs[0]).mean(axis: 0)]
    }
  }
}

private struct Inner: Layer {
  let parts: [WronglyScaled]
  func forward(_ x: Tensor) -> Tensor { parts.reduce(x) { $1($0) } }
}

/// Uses a parameter that reflection cannot find.
private struct Hiding: Layer {
  private static let hidden = Parameter(Tensor([1.0, 2.0], dtype: .float64))
  func forward(_ x: Tensor) -> Tensor { x * Hiding.hidden.value }
}

/// Normalises by the batch and keeps running averages, in plain operations.
private struct Normalised: Layer {
  let scale = Parameter(Tensor([1.0, 1.0]))
  let running = Buffer(Tensor([0.0, 0.0]))
  func forward(_ x: Tensor) -> Tensor {
    let (mean, variance) = moments(x)
    if Mode.current == .training { running.value = running.value * 0.9 + mean * 0.1 }
    return (x - mean) * rsqrt(variance + 0.01) * scale.value
  }
}

private struct NoisyLayer: Layer {
  let weight = Parameter(Tensor([0.5, 0.25]))
  func forward(_ x: Tensor) -> Tensor { dropout(x * weight.value, rate: 0.5) }
}

@Suite struct ModuleCheckTests {
  private let x = Tensor([[1.0, -0.5], [0.25, 2], [0.75, -1.5]], dtype: .float64)

  @Test func inputsAndParametersOfALayer() {
    let report = checkGradients(of: Linear(inputs: 2, outputs: 3), at: x)
    #expect(report.passes, "\(report)")
    let places = report.rows.filter { $0.order == 1 }.map(\.place)
    #expect(places == ["input 0", "parameter weight", "parameter bias"])
    #expect(report.rows.contains { $0.place == "cotangent" && $0.order == 2 })
  }

  @Test func theModuleIsBuiltInDoublePrecision() {
    let report = checkGradients(of: TwiceUsed(), at: [x]) { layer, inputs in
      #expect(layer.weight.dtype == .float64)
      return layer(inputs[0])
    }
    #expect(report.passes, "\(report)")
  }

  @Test func aWrongRuleIsNamedByParameterPath() throws {
    let report = checkGradients(of: Inner(parts: [WronglyScaled(), WronglyScaled()]), at: x)
    #expect(report.verdict == .wrong)
    let row = try #require(report.rows.first { $0.verdict == .wrong })
    #expect(row.place.hasPrefix("parameter parts."))
    #expect(row.cause?.contains("factor 1/3") ?? false, "\(report)")
    #expect(report.rows.first { $0.place == "input 0" && $0.order == 1 }?.verdict == .right)
    let finding = try #require(report.findings.first { $0.place == row.place })
    #expect(finding.primitive.contains("custom"))
  }

  @Test func runningStatisticsStayAsTheyWere() {
    final class Kept { var layer: Normalised? }
    let kept = Kept()
    let report = checkGradients(of: Normalised(), at: [x]) { layer, inputs in
      kept.layer = layer
      return layer(inputs[0])
    }
    #expect(report.passes, "\(report)")
    #expect(kept.layer?.running.value.scalars(of: Double.self) == [0, 0])
  }

  @Test func batchNormUnderASumIsVacuous() {
    let report = checkGradients(of: BatchNorm(channels: 2), at: [x]) { $0($1[0]).sum() }
    #expect(report.verdict == .vacuous, "\(report)")
    #expect(report.rows.first { $0.place == "parameter offset" }?.verdict == .right)
    #expect(checkGradients(of: BatchNorm(channels: 2), at: x).passes)
  }

  @Test func dropoutIsReplayedInTrainingAndSilentInInference() {
    #expect(checkGradients(of: NoisyLayer(), at: x).verdict != .illConditioned)
    let training = checkGradients(of: Dropout(rate: 0.5), at: .ones([6, 6], dtype: .float64))
    #expect(training.passes, "\(training)")
    let inference = checkGradients(of: NoisyInference(), at: x, running: .inference)
    #expect(inference.passes, "\(inference)")
  }

  @Test func aFrozenPartIsLeftOut() {
    let report = checkGradients(
      of: Sequential {
        Frozen(Linear(inputs: 2, outputs: 2))
        Tanh()
        Linear(inputs: 2, outputs: 1)
      }, at: x)
    #expect(report.passes, "\(report)")
    let parameters = report.rows.filter { $0.order == 1 && $0.place.hasPrefix("parameter") }
    #expect(parameters.map(\.place) == ["parameter 2.weight", "parameter 2.bias"])
  }

  @Test func modulesWithSeveralInputs() {
    let report = checkGradients(of: Linear(inputs: 2, outputs: 2), at: [x, x * 0.5]) {
      layer, inputs in
      layer(inputs[0]) * layer(inputs[1])
    }
    #expect(report.passes, "\(report)")
  }

  @Test func aModuleThatExistsIsNotChanged() {
    let layer = withDefaultDType(.float64) { Linear(inputs: 2, outputs: 2) }
    let before = layer.parameters.map(\.box.value)
    #expect(checkGradients(of: layer, at: x).passes)
    for (value, parameter) in zip(before, layer.parameters) {
      #expect(value.hasSameBits(as: parameter.box.value))
    }
  }

  @Test func aHiddenParameterStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor([[1.0, 2.0]], dtype: .float64)
      _ = checkGradients(of: Hiding(), at: x)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("a parameter of shape [2] that Hiding cannot reach"), "\(text)")
  }

  @Test func aSinglePrecisionModuleStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let layer = Linear(inputs: 2, outputs: 2)
      _ = checkGradients(of: layer, at: Tensor([[1.0, 2.0]]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("parameter weight is float32; build the module in the call"), "\(text)")
  }
}

private struct NoisyInference: Layer {
  let noise = Dropout(rate: 0.5)
  let weight = Parameter(Tensor([0.5, 0.25]))
  func forward(_ x: Tensor) -> Tensor { noise(x * weight.value) }
}
