import Tensors
import Testing

/// Irregular numbers, the same everywhere: a triangle wave.
func waves(_ shape: Shape, phase: Double = 0, scale: Double = 1, dtype: DType = .float64) -> Tensor
{
  Tensor(
    (0..<shape.elementCount).map { index in
      let t = (12.9898 * Double(index) + phase) / 6.283185307179586
      return scale * (4 * abs(t - t.rounded(.down) - 0.5) - 1)
    }, shape: shape, dtype: dtype)
}

/// What a process that was expected to stop wrote.
func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}

extension Tensor {
  var numbers: [Double] { scalars(of: Double.self) }

  /// The element at a list of indices.
  func at(_ indices: [Int]) -> Double {
    let position = zip(indices, shape).reduce(0) { $0 * $1.1 + $1.0 }
    return numbers[position]
  }
}

extension Shape {
  /// All index lists, in row-major order.
  var allIndices: [[Int]] {
    reduce([[]]) { lists, size in lists.flatMap { list in (0..<size).map { list + [$0] } } }
  }
}

/// The tensor whose elements are `element(indices)`.
func tensor(_ shape: Shape, _ element: ([Int]) -> Double) -> Tensor {
  Tensor(shape.allIndices.map(element), shape: shape, dtype: .float64)
}

func expectClose(
  _ a: Tensor, _ b: Tensor, _ tolerance: Double = 1e-12,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.shape == b.shape, sourceLocation: sourceLocation)
  guard a.shape == b.shape else { return }
  for (index, pair) in zip(a.numbers, b.numbers).enumerated() {
    let (one, two) = pair
    if one == two || (one.isNaN && two.isNaN) { continue }
    if !(abs(one - two) <= tolerance * max(1, abs(two))) {
      Issue.record("element \(index): \(one) is not \(two)", sourceLocation: sourceLocation)
      return
    }
  }
}
