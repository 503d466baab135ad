import Tensors

extension Tensor {
  /// The tensor as a rule that needs it much later should keep it.
  ///
  /// A large deferred value made of one stream that the tape keeps anyway, such as `relu(norm(x))` on its way
  /// into a convolution, is kept as its expression: the backward pass forms it again, one pass over memory,
  /// and the bytes go as soon as the forward pass has used them. Everything else is kept as it is.
  /// Ask before the value is needed: what has been evaluated has no expression any more.
  package var keptForLater: Tensor {
    guard count * dtype.byteWidth >= Tensor.worthForming, let tape = Tape.current,
      storage.isEvaluated ? storage.hasTwin : storage.soleSource.map(tape.isKept) == true
    else { return self }
    return Tensor(storage.formedAgain, shape: shape, ticket: ticket)
  }

  /// From here on forming a value again costs less than its memory is worth: smaller ones lie in the caches
  /// of their networks' steps, and there are few enough of them.
  private static let worthForming = 16 << 20
}
