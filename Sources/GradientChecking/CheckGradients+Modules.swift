import Autodiff
import Layers
import Tensors

/// Checks the gradients of a module: for its inputs and for every parameter.
///
///     let report = checkGradients(of: MyLayer(channels: 8), at: [x]) { layer, inputs in
///       layer(inputs[0])
///     }
///
/// The module is built inside the check, with float64 as the default dtype and a seeded random source,
/// so that its parameters, and constants made with it, are float64. Running statistics are set back
/// after every call, randomness is replayed. Parameters that are constant at the start (zero biases,
/// unit scales) are moved a little, because a wrong rule can hide behind zeros and ones. Parameters
/// that take no gradient (`Frozen`) are left out. Stops when the function uses a parameter that the
/// module cannot reach.
public func checkGradients<Checked: Module>(
  of module: @autoclosure () -> Checked, at inputs: [Tensor], mode: CheckMode = .projection,
  running: Mode = .training, options: GradientCheckOptions = GradientCheckOptions(),
  _ function: (Checked, [Tensor]) -> Tensor
) -> GradientReport {
  withoutActuallyEscaping(function) { function in
    inCheckSurroundings {
      withMode(running) {
        let model = withRandomSource(RandomSource(seed: options.seed)) { module() }
        return ModuleCheck(model, at: inputs, mode: mode, options: options, function).run()
      }
    }
  }
}

/// Checks the gradients of a layer, for its input and for every parameter.
public func checkGradients<Checked: Layer>(
  of layer: @autoclosure () -> Checked, at x: Tensor, mode: CheckMode = .projection,
  running: Mode = .training, options: GradientCheckOptions = GradientCheckOptions()
) -> GradientReport {
  checkGradients(of: layer(), at: [x], mode: mode, running: running, options: options) {
    $0($1[0])
  }
}

/// The check of a module, whose parameters become inputs.
private struct ModuleCheck<Checked: Module> {
  private let model: Checked
  private let inputs: [Tensor]
  private let mode: CheckMode
  private let options: GradientCheckOptions
  private let function: (Checked, [Tensor]) -> Tensor
  private let parameters: [Named<Parameter>]
  private let values: [Tensor]
  private let buffers: [(box: Buffer, value: Tensor)]

  init(
    _ model: Checked, at inputs: [Tensor], mode: CheckMode, options: GradientCheckOptions,
    _ function: @escaping (Checked, [Tensor]) -> Tensor
  ) {
    self.model = model
    self.inputs = inputs.map { $0.dtype == .float32 ? $0.detached.cast(to: .float64) : $0 }
    self.mode = mode
    self.options = options
    self.function = function
    let inventory = Inventory(of: model)
    parameters = inventory.parameters.filter {
      !inventory.untrained.contains(ObjectIdentifier($0.box))
    }
    for parameter in inventory.parameters where parameter.box.dtype != .float64 {
      fail(
        "checkGradients",
        "parameter \(parameter.name) is \(parameter.box.dtype); build the module in the call, "
          + "checkGradients(of: MyLayer(), ...), and it is made in float64")
    }
    var draw = Draw(seed: options.seed &+ 99)
    values = parameters.map { movedOffConstants($0.box.value, &draw) }
    buffers = inventory.buffers.map { ($0.box, $0.box.value) }
  }

  func run() -> GradientReport {
    let names = inputs.indices.map { "input \($0)" } + parameters.map { "parameter \($0.name)" }
    let check = Check(inputs: inputs + values, names: names, mode: mode, options: options) { all in
      call(Array(all.prefix(inputs.count)), Array(all.dropFirst(inputs.count)))
    }
    var report = check.run()
    // A function that gives other values at every call has other gradients as well.
    if report.faults.isEmpty, let fault = differenceOfPaths() { report.faults.append(fault) }
    return report
  }

  /// One call of the function with these inputs and parameters; leaves no trace in the model.
  private func call(_ inputs: [Tensor], _ values: [Tensor]) -> Tensor {
    defer { restoreBuffers() }
    return withValues(values) { function(model, inputs) }
  }

  private func withValues<Result>(_ values: [Tensor], _ body: () -> Result) -> Result {
    withParameters(Array(zip(parameters.map(\.box), values)), body)
  }

  private func restoreBuffers() {
    for (box, value) in buffers { box.value = value }
  }

  /// The gradients a training step would take, through the parameters' own boxes, against those of the
  /// parameters as inputs. Stops on a parameter that the model cannot reach.
  private func differenceOfPaths() -> String? {
    let source = { RandomSource(seed: options.seed) }
    let shape = withRandomSource(source()) { call(inputs, values).shape }
    var draw = Draw(seed: options.seed &+ 7)
    let cotangent = Tensor(
      Cotangent.random(shape.elementCount, &draw), shape: shape, dtype: .float64)
    let replayed = options.replays.map { ($0, $0.position) }
    func replay() { for (source, position) in replayed { source.position = position } }
    replay()
    let (_, throughBoxes) = withValues(values) {
      pullback(of: model, at: inputs.filter(\.dtype.isCompute)) { variables in
        withRandomSource(source()) { function(model, rebuilt(inputs, with: variables)) }
      }
    }
    restoreBuffers()
    replay()
    let (_, asInputs) = pullback(at: values) { variables in
      withRandomSource(source()) { call(inputs, variables) }
    }
    let boxes = throughBoxes(cotangent).gradients
    for (parameter, expected) in zip(parameters, asInputs(cotangent)) {
      let found = boxes[parameter.box] ?? .zeros(like: expected)
      if !found.scalars(of: Double.self).elementsEqual(expected.scalars(of: Double.self)) {
        return "parameter \(parameter.name) gets another gradient as a parameter than as an input"
      }
    }
    return nil
  }
}
