import Operations
import Tensors

extension Registry {
  /// Pairs of shapes: equal, broadcast on each side and on both, scalars, size-1 and empty axes.
  static let pairs: [(Shape, Shape)] = [
    ([], []), ([5], [5]), ([2, 3, 4], [2, 3, 4]), ([2, 3], [3]), ([3], [2, 3]), ([2, 3], []),
    ([], [4]), ([2, 1, 4], [3, 1]), ([1], [2, 2, 3]), ([2, 3, 4], [2, 1, 4]),
    ([3, 1, 2], [1, 4, 1]),
    ([2, 4, 3, 2], [2, 1, 1, 2]), ([0, 3], [3]), ([2, 3], [1, 0, 1, 3]), ([1, 1], [1]),
    ([2, 3, 1, 2], [3, 2, 2]),
  ]

  /// Shapes for functions of one tensor: a scalar, odd lengths, size-1 and empty axes, more than one
  /// block of the interpreter.
  static let shapes: [Shape] = [
    [], [1], [7], [2, 3], [3, 1, 4], [0, 3], [2, 2, 3, 2], [521], [1, 5], [5, 1], [13], [3, 3],
    [2, 0, 4], [2, 3, 4], [1, 1, 1, 2], [4, 1, 2, 1, 3], [64], [65], [3, 5, 7], [2, 1, 1, 1, 1, 3],
  ]

  /// Shapes and one of their axes: first, last, in the middle, counted from the end, of size 1, odd, longer
  /// than a vector and a block, beside an empty one.
  static let axes: [(Shape, Int)] = [
    ([5], 0), ([1], 0), ([7], -1), ([2, 3], 0), ([2, 3], 1), ([2, 3], -2), ([2, 3, 4], 1),
    ([2, 3, 4], -1), ([2, 3, 4], 0), ([3, 1], 1), ([3, 1], 0), ([1, 4], -1), ([0, 3], 1),
    ([3, 2, 2, 2], 1), ([2, 2, 2, 3], -1), ([2, 2, 3, 2], -3), ([9], 0), ([17], 0), ([2, 33], 1),
    ([33, 2], 0), ([2, 3, 70], 1),
  ]

  static let arithmetic = {
    var family = Family("arithmetic")
    for (a, b) in pairs {
      family.add("add", .any(a), .any(b)) { $0 + $1 }
      family.add("subtract", .any(a), .any(b)) { $0 - $1 }
      family.add("multiply", .any(a), .any(b)) { $0 * $1 }
      family.add("divide", .any(a), .within(0.5, 2, b)) { $0 / $1 }
      // At a base of 1 the exponent has no influence.
      family.add("power", "tensor exponent", .within(1.125, 2, a), .any(b)) { pow($0, $1) }
      family.add("maximum", .any(a), .any(b)) {
        // The linear part keeps a gradient where the other side is chosen.
        maximum($0, $1 + 0.0078125) + $0 * 0.25 + $1 * 0.5
      }
      family.add("minimum", .any(a), .any(b)) {
        minimum($0, $1 + 0.0078125) + $0 * 0.25 + $1 * 0.5
      }
      family.add("remainder", .within(2.25, 2.5, a), .within(0.875, 1, b)) { remainder($0, $1) }
      family.add("modulo", .within(-2.5, -2.25, a), .within(0.875, 1, b)) { modulo($0, $1) }
      family.add("atan2", .any(a), .any(b)) { atan2($0, $1) }
    }
    for shape in shapes {
      family.add("negate", .any(shape)) { -$0 }
      family.add("absolute", .any(shape)) { abs($0) }
      family.add("reciprocal", .positive(shape)) { reciprocal($0) }
      family.add("add", "number", .any(shape)) { $0 + 1.5 }
      family.add("subtract", "number", .any(shape)) { $0 - 1.5 }
      family.add("subtract", "from number", .any(shape)) { 1.5 - $0 }
      family.add("multiply", "number", .any(shape)) { $0 * -1.5 }
      family.add("divide", "by number", .any(shape)) { $0 / 3 }
      family.add("divide", "number by", .positive(shape)) { 3 / $0 }
      family.add("maximum", "number", .any(shape)) { maximum($0, -0.6) + $0 * 0.25 }
      family.add("minimum", "number", .any(shape)) { minimum($0, 0.6) + $0 * 0.25 }
      family.add("clamp", .any(shape)) { clamp($0, from: -0.7, through: 1.1) * 2 + $0 }
      for exponent in [0.5, 2, 3, -1, -1.5] {
        family.add("power", "to \(exponent)", .positive(shape)) { pow($0, exponent) }
      }
    }
    for shape in [[4], [2, 3], [2, 1, 3], [1, 5]] as [Shape] {
      family.add("power", "negative base", .any(shape)) { pow($0, 3) }
      family.add("multiply", "one input twice", .any(shape)) { $0 * $0 }
      family.add("divide", "one input twice", .positive(shape)) { ($0 + 1) / ($0 * $0) }
      family.add("power", "one input twice", .positive(shape)) { pow($0, $0) }
      family.add("atan2", "one input twice", .positive(shape)) { atan2($0 * $0, $0) }
      family.add("atan2", "all four quarters", .within(-1, 1, shape)) {
        atan2(sin($0 * 6) * 2, cos($0 * 6))
      }
      family.add(
        "modulo", "negative divisor", .within(2.25, 2.5, shape), .within(-1, -0.875, shape)
      ) { modulo($0, $1) }
      family.add("remainder", "one side", .within(2.25, 2.5, shape)) {
        remainder($0, Tensor.full([], 1.0))
      }
    }
    return family
  }()
}
