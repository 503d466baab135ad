import Autodiff
import Operations
import Tensors

extension Registry {
  static let comparison = {
    var family = Family("selection and conversion")
    for (a, b) in pairs {
      family.add("select", "mask of the first", [.mask(a), .any(a), .any(b)]) {
        select($0[0], $0[1], $0[2]) + $0[1] * 0.25 + $0[2] * 0.5
      }
    }
    for shape in [[3], [2, 3], [2, 1, 4], [0, 2], [521]] as [Shape] {
      family.add("select", "tensor or number", [.mask(shape), .any(shape)]) {
        select($0[0], $0[1] * 2, 0.5)
      }
      family.add("select", "number or tensor", [.mask(shape), .any(shape)]) {
        select($0[0], 0.5, $0[1] * 2)
      }
      family.add("select", "by comparison", .any(shape)) { select($0 .> 0, $0 * $0, $0 * 3) }
      family.add("select", "one input twice", [.mask(shape), .any(shape)]) {
        select($0[0], $0[1], $0[1] * $0[1])
      }
    }
    // Steps and points are exact in float32, so the slope is too.
    for shape in [
      [], [1], [3], [2, 3], [3, 1], [2, 1, 4], [0, 2], [521], [2, 2, 3, 2], [1, 5], [17, 3],
    ] as [Shape] {
      family.add("cast", "through float32", .any(shape)) {
        $0.cast(to: .float32).cast(to: $0.dtype)
      }
      family.add("cast", "through float32, plus square", .any(shape)) {
        $0.cast(to: .float32).cast(to: $0.dtype) + $0 * $0
      }
      family.add("cast", "to float32", .any(shape)) { $0.cast(to: .float32) }
    }
    family.add("select", "mask broadcasts", [.mask([3, 1]), .any([2, 3, 4]), .any([4])]) {
      select($0[0], $0[1], $0[2])
    }
    family.add("select", "all broadcast", [.mask([2, 1, 1]), .any([3, 1]), .any([4])]) {
      select($0[0], $0[1], $0[2])
    }
    // It jumps between two of the numbers that are drawn, never at one.
    family.add("cast", "mask times input", .any([2, 3])) {
      ($0 .> -0.4921875).cast(to: $0.dtype) * $0 + $0
    }
    return family
  }()
}
