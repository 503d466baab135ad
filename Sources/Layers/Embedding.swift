import Operations
import Tensors

/// A row of numbers for each of a set of things, learned.
///
/// Shapes: indices (int32 or int64) `[...]` to `[..., features]`; `table` `[entries, features]`. Rows
/// start as `normal(deviation: 1)`. The row of `paddingIndex` takes no gradient and starts at zero. See
/// `embedding`. Stops when an index is not in `0..<entries`, naming it.
public struct Embedding: Layer {
  public let table: Parameter
  public let paddingIndex: Int?

  public init(
    entries: Int, features: Int, paddingIndex: Int? = nil,
    initializer: Initializer = .normal(deviation: 1)
  ) {
    requirePositive("Embedding", ["entries": entries, "features": features])
    if let paddingIndex, paddingIndex < 0 || paddingIndex >= entries {
      fail("Embedding", "padding index \(paddingIndex) is not in 0..<\(entries)")
    }
    let fan = Initializer.Fan(inputs: Double(entries), outputs: Double(features))
    var rows = initializer([entries, features], fan: fan)
    if let paddingIndex {
      let place = Tensor.range(to: Double(entries), dtype: rows.dtype).expanded(at: 1)
      rows = select(place .== Double(paddingIndex), 0, rows)
    }
    table = Parameter(rows)
    self.paddingIndex = paddingIndex
  }

  public func forward(_ x: Tensor) -> Tensor {
    embedding(x, table: table.value, paddingIndex: paddingIndex)
  }
}
