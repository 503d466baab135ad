import Operations
import Tensors

/// What each operation of the golden files is here: reductions, contractions, indexing.
extension GoldenCall {
  static let reductions: [String: @Sendable (GoldenCall) -> Tensor] = [
    "sum": { $0.x.sum(axes: $0.axes, keepsAxes: $0.keeps) },
    "mean": { $0.x.mean(axes: $0.axes, keepsAxes: $0.keeps) },
    "max": { $0.x.max(axes: $0.axes, keepsAxes: $0.keeps) },
    "min": { $0.x.min(axes: $0.axes, keepsAxes: $0.keeps) },
    "product": { $0.x.product(axes: $0.axes, keepsAxes: $0.keeps) },
    "variance": {
      $0.x.variance(axes: $0.axes, keepsAxes: $0.keeps, correction: $0.integer("correction"))
    },
    "deviation": {
      $0.x.standardDeviation(
        axes: $0.axes, keepsAxes: $0.keeps, correction: $0.integer("correction"))
    },
    "norm": { $0.x.norm($0.norm, axes: $0.axes, keepsAxes: $0.keeps) },
    "norm at 0": { ($0.x - $0.x.detached).norm($0.norm) },
    "max of equals": { ($0.x - $0.x.detached).max(axis: 1) },
    "min of equals": { ($0.x - $0.x.detached).min(axis: 1) },
    "product masked": { ($0.x * $0.mask).product(axis: 1) },
    "cumulativeProduct masked": { ($0.x * $0.mask).cumulativeProduct(axis: 1) },
    "cumulativeSum": { $0.x.cumulativeSum(axis: $0.axis, reversed: $0.truth("reversed")) },
    "cumulativeProduct": { $0.x.cumulativeProduct(axis: $0.axis) },
    "sorted": { $0.x.sorted(axis: $0.axis, descending: $0.truth("descending")).values },
    "topK": {
      $0.x.topK($0.integer("count"), axis: $0.axis, largest: $0.truth("largest")).values
    },
    "quantile": { $0.x.quantile($0.number("share"), axis: $0.axis) },
    "normalized": { $0.x.normalized(axis: $0.axis) },
  ]

  static let contractions: [String: @Sendable (GoldenCall) -> Tensor] = [
    "einsum": { einsum($0.equation, $0.inputs) },
    "diagonal": { $0.x.diagonal(offset: $0.integer("offset")) },
    "placedOnDiagonal": { $0.x.placedOnDiagonal(offset: $0.integer("offset")) },
    "lowerTriangle": { $0.x.lowerTriangle(offset: $0.integer("offset")) },
    "upperTriangle": { $0.x.upperTriangle(offset: $0.integer("offset")) },
    "trace": { trace($0.x) },
    "dot": { dot($0.x, $0.y) },
    "outer": { outer($0.x, $0.y) },
    "matmul": {
      matmul($0.x, $0.y, transposeA: $0.truth("left"), transposeB: $0.truth("right"))
    },
  ]

  static let indexing: [String: @Sendable (GoldenCall) -> Tensor] = [
    "gathered": { $0.x.gathered(at: $0.indices, axis: $0.axis) },
    "scatterAdded": {
      $0.x.scatterAdded(at: $0.indices, axis: $0.axis, length: $0.integer("length"))
    },
    "taken": { $0.x.taken(along: $0.axis, at: $0.indices) },
    "added": { $0.x.added(along: $0.axis, at: $0.indices, length: $0.integer("length")) },
    "pickedPerRow": { $0.x.pickedPerRow($0.indices) },
    "oneHot": { matmul(.oneHot($0.indices, classes: 4, dtype: .float64), $0.x) },
    "filled": { $0.x.filled(where: $0.mask .> 0, with: 1.5) },
    "rolled": { $0.x.rolled(by: $0.integer("distance"), axis: $0.axis) },
    "flipped": { $0.x.flipped(axis: $0.axis) },
    "repeated": { $0.x.repeated($0.integer("times"), axis: $0.axis) },
    "stack": { stack($0.inputs, axis: $0.axis) },
    "concatenate": { concatenate($0.inputs, axis: $0.axis) },
    "split": { $0.x.split(sizes: $0.integers("sizes"), axis: $0.axis)[1] },
    "tiled": { $0.x.tiled($0.integers("times")) },
    "pad": {
      $0.x.padded(before: $0.integers("before"), after: $0.integers("after"), mode: $0.mode)
    },
    "transposed": { $0.x.transposed($0.integers("order")) },
    "sliced": { $0.x.sliced(from: $0.integers("start"), sizes: $0.integers("sizes")) },
  ]
}
