import Operations
import Tensors

extension Registry {
  static let cumulative = {
    var family = Family("cumulative")
    for (shape, axis) in axes {
      let details = "axis \(axis)"
      for reversed in [false, true] {
        let details = details + (reversed ? " reversed" : "")
        family.add("cumulativeSum", details, .any(shape)) {
          $0.cumulativeSum(axis: axis, reversed: reversed)
        }
        family.add("cumulativeSum", details + ", squared", .any(shape)) {
          let y = $0.cumulativeSum(axis: axis, reversed: reversed)
          return y * y
        }
      }
      family.add("cumulativeProduct", details, .within(0.75, 1.25, shape)) {
        $0.cumulativeProduct(axis: axis)
      }
      family.add("product", details, .within(0.75, 1.25, shape)) { $0.product(axis: axis) }
      if shape.elementCount > 0 {
        // Rules that divide by an element fail here; the sum keeps a gradient where two are zero.
        family.add("cumulativeProduct", details + ", with zeros", .binary(shape)) {
          $0.cumulativeProduct(axis: axis) + $0.sum()
        }
        family.add("product", details + ", with zeros", .binary(shape)) {
          $0.product(axis: axis) + $0.sum()
        }
      }
    }
    for (shape, axes) in reductionShapes where shape.elementCount < 100 {
      family.add("product", "axes \(axes) kept", .within(0.75, 1.25, shape)) {
        $0.product(axes: axes, keepsAxes: true)
      }
    }
    family.add("product", "all axes", .within(0.75, 1.25, [2, 3])) { $0.product() * $0 }
    return family
  }()
}
