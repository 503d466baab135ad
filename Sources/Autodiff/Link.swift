import Tensors

/// What an operation is to one of its inputs: the entry that made the input, and the rule that turns
/// the cotangent of the result into the input's.
package struct Link {
  enum Rule {
    case plain((Tensor) -> Tensor)
    case savingOutput((_ cotangent: Tensor, _ output: Tensor) -> Tensor)
  }

  package let parent: Ticket
  let shape: Shape
  let dtype: DType
  let rule: Rule
  /// Which of the operation's inputs it is.
  package var position = 0
  /// The input itself; only while anomalies are watched for.
  var witness: Storage?

  var needsOutput: Bool {
    if case .savingOutput = rule { true } else { false }
  }
}

/// How a result changes with `x`: given the cotangent `dy` of the result, the cotangent of `x`.
///
/// The rule may return the shape of `x` or one that `x` broadcasts to; the walk sums what a
/// broadcast repeated. It must be written in recorded operations, so that it has derivatives itself.
/// When `x` is not traced the rule is dropped, with everything it captured.
package func wrt(_ x: Tensor, _ rule: @escaping (_ dy: Tensor) -> Tensor) -> Link? {
  link(x, .plain(rule))
}

/// Says that a rule needs the operation's own result, which the walk then hands to it.
package enum SavingOutput { case savingOutput }

/// The rule of an operation whose derivative is simplest in terms of its result.
///
/// A rule that captured the result instead would hold it as a constant, and lose the second
/// derivative.
package func wrt(
  _ x: Tensor, _: SavingOutput, _ rule: @escaping (_ dy: Tensor, _ y: Tensor) -> Tensor
) -> Link? {
  link(x, .savingOutput(rule))
}

package let savingOutput = SavingOutput.savingOutput

private func link(_ x: Tensor, _ rule: Link.Rule) -> Link? {
  // A watch wants to know every input, constants too; on the tape only the traced ones remain.
  if AnomalyWatch.isRunning {
    return Link(
      parent: x.ticket, shape: x.shape, dtype: x.dtype, rule: rule, witness: x.storage)
  }
  guard x.ticket != .none else { return nil }
  return Link(parent: x.ticket, shape: x.shape, dtype: x.dtype, rule: rule)
}
