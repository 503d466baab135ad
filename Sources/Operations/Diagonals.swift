import Autodiff
import Kernels
import Tensors

// A diagonal is a sparse choice from the flattened matrix, so it needs no rule of its own.

extension Tensor {
  /// The diagonal of each matrix; `offset` counts to the right, below 0 downwards.
  ///
  /// Shapes: `[..., n, m]` to `[..., k]`. Formula: `y[i] = x[i, i + offset]`. Pullback: `dy` on the
  /// diagonal of zeros. Costs one read of the diagonal. A diagonal outside the matrix is empty. Stops
  /// when there is no matrix.
  public func diagonal(offset: Int = 0) -> Tensor {
    guard rank >= 2 else { fail("diagonal", "wants a matrix, given \(shape)") }
    let (rows, columns) = (shape[-2], shape[-1])
    let flat = flattened(from: rank - 2)
    return flat.chosen(axis: -1, diagonalPlaces(rows, columns, offset))
  }

  /// Square matrices of zeros with this tensor on a diagonal: the adjoint of `diagonal`.
  ///
  /// Shapes: `[..., k]` to `[..., n, n]` with `n = k + |offset|`. Pullback: the diagonal of `dy`. Costs
  /// one write of the result. Stops for a scalar.
  public func placedOnDiagonal(offset: Int = 0) -> Tensor {
    guard rank >= 1 else { fail("placedOnDiagonal", "wants at least one axis, given a scalar") }
    let size = shape[-1] + Swift.abs(offset)
    let places = diagonalPlaces(size, size, offset)
    let flat = mapped(axis: -1, by: SparseRows.selecting(places, from: size * size).transposed)
    return flat.viewed(as: Shape(Array(shape.dropLast()) + [size, size]))
  }

  /// Each matrix with zeros above a diagonal.
  ///
  /// Shapes: `[..., n, m]`, kept. Formula: `y[i, j] = x[i, j]` where `j <= i + offset`, else 0. Pullback:
  /// the same of `dy`. Costs one deferred operation an element. Stops when there is no matrix.
  public func lowerTriangle(offset: Int = 0) -> Tensor {
    select(triangle("lowerTriangle") { $1 <= $0 + offset }, self, 0)
  }

  /// Each matrix with zeros below a diagonal: `y[i, j] = x[i, j]` where `j >= i + offset`, else 0.
  ///
  /// Shapes: `[..., n, m]`, kept. Pullback: the same of `dy`. Costs one deferred operation an element.
  /// Stops when there is no matrix.
  public func upperTriangle(offset: Int = 0) -> Tensor {
    select(triangle("upperTriangle") { $1 >= $0 + offset }, self, 0)
  }

  private func triangle(
    _ operation: String, _ holds: (_ row: Int, _ column: Int) -> Bool
  ) -> Tensor {
    guard rank >= 2 else { fail(operation, "wants a matrix, given \(shape)") }
    let (rows, columns) = (shape[-2], shape[-1])
    var mask: [Bool] = []
    mask.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for column in 0..<columns { mask.append(holds(row, column)) }
    }
    return Tensor(mask, shape: [rows, columns])
  }
}

/// Where the elements of a diagonal stand in a flattened matrix.
private func diagonalPlaces(_ rows: Int, _ columns: Int, _ offset: Int) -> [Int] {
  let firstRow = Swift.max(0, -offset)
  let firstColumn = Swift.max(0, offset)
  let count = Swift.max(0, Swift.min(rows - firstRow, columns - firstColumn))
  return (0..<count).map { (firstRow + $0) * columns + firstColumn + $0 }
}

/// The sum of the diagonal of each matrix.
///
/// Shapes: `[..., n, m]` to `[...]`. Pullback: `dy` on the diagonal. Costs one read of the diagonal.
/// Stops when there is no matrix.
public func trace(_ x: Tensor) -> Tensor { x.diagonal().sum(axis: -1) }
