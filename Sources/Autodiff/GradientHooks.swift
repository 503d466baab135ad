import Tensors

// Looking at, and changing, a gradient where it passes.

extension Tensor {
  /// The same tensor; `body` is handed its gradient when a walk backwards has it complete.
  ///
  ///     let features = backbone(images).observingGradient { print($0.shape, $0) }
  ///
  /// Use the tensor that is returned: the gradient seen is that of everything made of it. `body` runs
  /// once a walk, in the order of the walk, not at all if the result does not depend on it, and
  /// without recording. Costs nothing in the forward pass. Outside of a gradient there is nothing to
  /// observe, and `body` is dropped.
  public func observingGradient(_ body: @escaping (_ gradient: Tensor) -> Void) -> Tensor {
    hooked { gradient in
      withoutRecording { body(gradient.detached) }
      return gradient
    }
  }

  /// The same tensor, whose gradient is changed by `transform` on its way back: clipped, scaled,
  /// reversed.
  ///
  ///     let reversed = features.changingGradient { $0 * -0.1 }
  ///
  /// `transform` must keep shape and dtype; it is recorded when the walk is, so that second derivatives
  /// go through it. The gradient is then no longer that of the function, on purpose: `checkGradients`
  /// will say wrong. Stops when the result has another shape or dtype.
  public func changingGradient(_ transform: @escaping (_ gradient: Tensor) -> Tensor) -> Tensor {
    hooked { gradient in
      let changed = transform(gradient)
      guard changed.shape == gradient.shape, changed.dtype == gradient.dtype else {
        fail(
          "changingGradient",
          "must keep \(gradient.dtype) \(gradient.shape), returned \(changed.dtype) "
            + "\(changed.shape)")
      }
      return changed
    }
  }

  private func hooked(_ rule: @escaping (Tensor) -> Tensor) -> Tensor {
    record(.hook, shape: shape, dtype: dtype, compute: { storage }, wrt(self, rule))
  }
}
