import Tensors

/// The rows of a table at these indices.
///
/// Shapes: indices (int32 or int64) of any shape, table `[entries, features]` to
/// `[indices..., features]`. Pullback: `dy` added to the rows, in order; the row of `paddingIndex` gets
/// none, so that a filler word stays what it is. Costs a copy. Stops when the table is no matrix or an
/// index is not in `0..<entries`, naming it.
public func embedding(
  _ indices: Tensor, table: Tensor, paddingIndex: Int? = nil
) -> Tensor {
  guard table.rank == 2 else {
    fail("embedding", "wants a table [entries, features], given \(table.shape)")
  }
  let rows = table.gathered(at: indices)
  guard let paddingIndex else { return rows }
  guard paddingIndex >= 0, paddingIndex < table.shape[0] else {
    fail("embedding", "padding index \(paddingIndex) is not in 0..<\(table.shape[0])")
  }
  return select((indices .== paddingIndex).expanded(at: -1), rows.detached, rows)
}
