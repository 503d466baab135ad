import Tensors

/// The mean of each channel over everything between batch and channels.
///
/// Shapes: `[n, ..., c]` to `[n, c]`. Pullback: `dy / size`, repeated. Costs one read of `x`. Of an empty
/// map it is NaN. Stops when there is no axis between. Source: Lin et al., Network in Network, 2013.
public func globalAvgPool(_ x: Tensor) -> Tensor {
  x.mean(axes: mapAxes("globalAvgPool", x))
}

/// The largest element of each channel over everything between batch and channels.
///
/// Shapes: `[n, ..., c]` to `[n, c]`. Pullback: `dy` to the largest, shared evenly among equals. Costs
/// one read of `x`. Stops when there is no axis between, or one is empty.
public func globalMaxPool(_ x: Tensor) -> Tensor {
  x.max(axes: mapAxes("globalMaxPool", x))
}

private func mapAxes(_ operation: String, _ x: Tensor) -> [Int] {
  guard x.rank >= 3 else {
    fail(operation, "wants a map between batch and channels, [n, h, w, c], given \(x.shape)")
  }
  return Array(1..<(x.rank - 1))
}
