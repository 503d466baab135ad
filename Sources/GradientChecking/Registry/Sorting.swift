import Operations
import Tensors

extension Registry {
  static let sorting = {
    var family = Family("sorting")
    for (shape, axis) in axes where shape.elementCount < 300 {
      for descending in [false, true] {
        let details = "axis \(axis)\(descending ? " descending" : "")"
        family.add("sorted", details, .distinct(shape)) {
          $0.sorted(axis: axis, descending: descending).values
        }
        family.add("sorted", details + ", times input", .distinct(shape)) {
          $0.sorted(axis: axis, descending: descending).values * ($0 + 1)
        }
      }
      for largest in [false, true] {
        let count = (shape[axis] + 1) / 2
        family.add(
          "topK", "\(count) \(largest ? "largest" : "smallest") of axis \(axis)", .distinct(shape)
        ) {
          $0.topK(count, axis: axis, largest: largest).values
        }
      }
      family.add("median", "axis \(axis)", .distinct(shape)) { $0.median(axis: axis) }
      for share in [0, 0.3, 1] {
        family.add("quantile", "\(share) of axis \(axis)", .distinct(shape)) {
          $0.quantile(share, axis: axis, keepsAxes: true)
        }
      }
    }
    return family
  }()
}
