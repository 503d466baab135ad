import Kernels
import Tensors

/// What a recorded computation costs, by module.
public struct TapeCost: Sendable, CustomStringConvertible {
  public struct Row: Sendable, Hashable {
    /// The module that called the operations, such as `ResNet.stage1.0.conv1 (Conv2D)`; empty for those
    /// outside of modules.
    public let place: String
    public fileprivate(set) var operations = 0
    /// Floating-point operations of the forward pass: two for each multiply-add of a contraction, one
    /// for each element of any other result, none for variables and reshapes.
    public fileprivate(set) var flops = 0
    /// Bytes that the tape kept for the backward pass and that nothing else held.
    public fileprivate(set) var bytesKept = 0
  }

  /// In the order in which modules first recorded something.
  public let rows: [Row]

  public var flops: Int { rows.reduce(0) { $0 + $1.flops } }
  public var bytesKept: Int { rows.reduce(0) { $0 + $1.bytesKept } }

  public var description: String {
    let header = ["module", "operations", "FLOPs", "bytes kept"]
    let cells =
      rows.map { row in
        [
          row.place.isEmpty ? "(outside of modules)" : row.place, "\(row.operations)",
          "\(row.flops)", "\(row.bytesKept)",
        ]
      } + [["total", "\(rows.reduce(0) { $0 + $1.operations })", "\(flops)", "\(bytesKept)"]]
    let widths = header.indices.map { column in
      ([header] + cells).map { $0[column].count }.max() ?? 0
    }
    return ([header] + cells).map { line in
      line.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : blanks + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Tape {
  /// FLOPs, and bytes kept for a backward pass, of each module that recorded something.
  ///
  /// The bytes are measured, not estimated: the tape lets go of its rules, the last first, as a backward
  /// pass would, and what the memory pool gets back is counted for the module whose rule held it. A
  /// value that two rules hold counts for the earlier one; what somebody else holds (parameters,
  /// inputs, the result) counts for nobody. The first call lets go of them; later ones return the same
  /// figures. Memory that other threads take or return meanwhile is counted too. A tape recorded with
  /// `keepsValues` holds more than a backward pass needs.
  public var cost: TapeCost {
    if let measured = measuredCost { return measured }
    var kept = [Int](repeating: 0, count: count)
    for index in stride(from: count - 1, through: 0, by: -1) {
      let before = MemoryPool.statistics.inUse
      release(index)
      kept[index] = max(before - MemoryPool.statistics.inUse, 0)
    }
    var rows: [TapeCost.Row] = []
    var numbers: [String: Int] = [:]
    var places: [ObjectIdentifier: String] = [:]
    for (index, entry) in entries.enumerated() {
      let place =
        entry.frame.map { frame in
          let key = ObjectIdentifier(frame)
          let place = places[key] ?? frame.pathDescription
          places[key] = place
          return place
        } ?? ""
      let number = numbers[place] ?? rows.count
      if numbers.updateValue(number, forKey: place) == nil { rows.append(.init(place: place)) }
      rows[number].operations += 1
      rows[number].flops += entry.flops
      rows[number].bytesKept += kept[index]
    }
    let cost = TapeCost(rows: rows)
    measuredCost = cost
    return cost
  }
}

extension Tape.Entry {
  /// See ``TapeCost/Row/flops``.
  fileprivate var flops: Int {
    if multiplyAdds > 0 { return 2 * multiplyAdds }
    return Primitive.bookkeeping.contains(primitive) || primitive == .reshape
      ? 0 : shape.elementCount
  }
}
