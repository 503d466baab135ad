import Tensors

/// Numbers that look irregular and are the same everywhere: `scale sin(12.9898 i + phase)`.
func waves(_ shape: Shape, phase: Double = 0, scale: Double = 1, dtype: DType = .float64) -> Tensor
{
  Tensor(
    (0..<shape.elementCount).map { index in
      let t = (12.9898 * Double(index) + phase) / 6.283185307179586
      // A triangle wave: no library function whose last bit may differ between systems.
      return scale * (4 * abs(t - t.rounded(.down) - 0.5) - 1)
    }, shape: shape, dtype: dtype)
}
