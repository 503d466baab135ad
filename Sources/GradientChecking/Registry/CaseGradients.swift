import Autodiff
import Layers
import Tensors

// The gradients of a case by themselves, in either precision: what mutants are looked for in, and what
// float32 is compared with float64 by.

/// The gradients of a function for a random cotangent, computed in `dtype`.
///
/// Inputs, cotangent and masks are the same numbers in both precisions.
func caseGradients(
  at inputs: [Tensor], dtype: DType, seed: UInt64, of function: ([Tensor]) -> Tensor
) -> [Tensor] {
  withoutRecording {
    withDefaultDType(dtype) {
      withRandomSource(RandomSource(seed: seed)) {
        let (value, pullback) = pullback(
          at: inputs.filter(\.dtype.isCompute).map { $0.cast(to: dtype) }
        ) {
          function(rebuilt(inputs, with: $0))
        }
        return pullback(caseCotangent(like: value, seed))
      }
    }
  }
}

/// The same for a module: gradients of the inputs, then of the parameters that took part.
///
/// The module is built in float64 and its values are rounded to float32, so that both precisions start
/// from the same numbers.
func caseGradients<Checked: Module>(
  of module: () -> Checked, at inputs: [Tensor], dtype: DType, running: Mode, seed: UInt64,
  _ function: (Checked, [Tensor]) -> Tensor
) -> [Tensor] {
  func built(_ dtype: DType) -> Checked {
    withDefaultDType(dtype) { withRandomSource(RandomSource(seed: seed)) { module() } }
  }
  return withoutRecording {
    let reference = built(.float64)
    let model = built(dtype)
    var draw = Draw(seed: seed &+ 99)
    for (named, original) in zip(model.parameters, reference.parameters) {
      named.box.value = movedOffConstants(original.box.value, &draw)
        .cast(to: .float32).cast(to: dtype)
    }
    return withDefaultDType(dtype) {
      withRandomSource(RandomSource(seed: seed)) {
        withMode(running) {
          let variables = inputs.filter(\.dtype.isCompute).map { $0.cast(to: dtype) }
          let (value, pullback) = pullback(of: model, at: variables) {
            function(model, rebuilt(inputs, with: $0))
          }
          let (gradients, inputGradients) = pullback(caseCotangent(like: value, seed))
          return inputGradients + model.parameters.compactMap { gradients[$0.box] }
        }
      }
    }
  }
}

/// The inputs with those that can be differentiated replaced, in order.
func rebuilt(_ inputs: [Tensor], with variables: [Tensor]) -> [Tensor] {
  var rest = variables[...]
  return inputs.map { $0.dtype.isCompute ? rest.removeFirst() : $0 }
}

/// A parameter whose elements are all the same, moved a little: a wrong rule can hide behind zeros and
/// ones. Others as they are.
func movedOffConstants(_ value: Tensor, _ draw: inout Draw) -> Tensor {
  let elements = value.scalars(of: Double.self)
  guard elements.allSatisfy({ $0 == elements[0] }) else { return value.detached }
  return Tensor(
    elements.map { $0 + draw.signed(from: 0.0625, to: 0.25) }, shape: value.shape,
    dtype: value.dtype)
}

private func caseCotangent(like value: Tensor, _ seed: UInt64) -> Tensor {
  var draw = Draw(seed: seed &+ 31)
  return Tensor(Cotangent.random(value.count, &draw), shape: value.shape, dtype: value.dtype)
}
