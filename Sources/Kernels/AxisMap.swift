import CKernels

/// A sparse linear map of one axis: row r of the result is the sum of `weights[k]` times element
/// `indices[k]` of the input, for k from `offsets[r]` to `offsets[r + 1]`.
///
/// Resampling, padding by reflection and average pooling along an axis are such maps, and so are
/// their adjoints.
package struct SparseRows: Sendable, Hashable {
  package let inputLength: Int
  package let offsets: [Int]
  package let indices: [Int]
  package let weights: [Double]

  package init(inputLength: Int, offsets: [Int], indices: [Int], weights: [Double]) {
    precondition(
      offsets.first == 0 && offsets.last == indices.count && weights.count == indices.count
        && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }
        && indices.allSatisfy { $0 >= 0 && $0 < inputLength },
      "the rows of a sparse map are inconsistent")
    self.inputLength = inputLength
    self.offsets = offsets
    self.indices = indices
    self.weights = weights
  }

  /// From the terms of each row.
  package init(inputLength: Int, rows: [[(index: Int, weight: Double)]]) {
    var offsets = [0]
    for row in rows { offsets.append(offsets[offsets.count - 1] + row.count) }
    self.init(
      inputLength: inputLength, offsets: offsets, indices: rows.flatMap { $0.map(\.index) },
      weights: rows.flatMap { $0.map(\.weight) })
  }

  package var outputLength: Int { offsets.count - 1 }

  /// The adjoint map: terms stay in the order of the rows they came from.
  package var transposed: SparseRows {
    var starts = [Int](repeating: 0, count: inputLength + 1)
    for index in indices { starts[index + 1] += 1 }
    for index in 0..<inputLength { starts[index + 1] += starts[index] }
    var next = starts
    var rows = [Int](repeating: 0, count: indices.count)
    var values = [Double](repeating: 0, count: indices.count)
    for row in 0..<outputLength {
      for k in offsets[row]..<offsets[row + 1] {
        let place = next[indices[k]]
        next[indices[k]] += 1
        rows[place] = row
        values[place] = weights[k]
      }
    }
    return SparseRows(
      inputLength: outputLength, offsets: starts, indices: rows, weights: values)
  }
}

/// Applies `map` to the middle axis: y[o, r, i] = sum of `weights[k]` * x[o, `indices[k]`, i].
///
/// `x` is [outer, map.inputLength, inner], `y` is [outer, map.outputLength, inner].
package func axisMap(
  _ dtype: DType, _ x: UnsafeRawPointer, outer: Int, inner: Int, map: SparseRows,
  into y: UnsafeMutableRawPointer
) {
  let rows = map.outputLength
  guard outer > 0, inner > 0, rows > 0 else { return }
  let table = Processor.kernels.pointee.arrays.pointee
  let apply = dtype.isFloat64 ? table.axis_map.1! : table.axis_map.0!
  let width = dtype.byteWidth
  let cost = max(1, (map.indices.count + rows - 1) / rows) * inner
  map.offsets.withUnsafeBufferPointer { offsets in
    map.indices.withUnsafeBufferPointer { indices in
      map.weights.withUnsafeBufferPointer { weights in
        let run = { (o: Int, from: Int, to: Int) in
          offsets.withMemoryRebound(to: Int64.self) { offsets in
            indices.withMemoryRebound(to: Int64.self) { indices in
              apply(
                x + o * map.inputLength * inner * width, Int64(to - from), Int64(inner),
                offsets.baseAddress! + from, indices.baseAddress, weights.baseAddress,
                y + (o * rows + from) * inner * width)
            }
          }
        }
        Threads.run(items: outer * rows, elementsPerItem: cost) { range in
          var item = range.lowerBound
          while item < range.upperBound {
            let from = item % rows
            let to = min(rows, from + range.upperBound - item)
            run(item / rows, from, to)
            item += to - from
          }
        }
      }
    }
  }
}
