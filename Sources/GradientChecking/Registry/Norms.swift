import Operations
import Tensors

extension Registry {
  private static let kinds: [(String, VectorNorm)] = [
    ("L1", .l1), ("L2", .l2), ("L3", .p(3)), ("L1.5", .p(1.5)), ("max", .max),
  ]

  static let norms = {
    var family = Family("norms")
    for (shape, axes) in reductionShapes where shape.elementCount < 100 {
      for keeps in [false, true] {
        let details = "axes \(axes)\(keeps ? " kept" : "")"
        for (name, kind) in kinds {
          // In a maximum no two are a tie: all are of one sign.
          let sample: Sample =
            kind == .max ? .distinct(shape) : .any(shape)
          family.add("norm", "\(name), \(details)", sample) {
            (kind == .max ? $0 + 8 : $0).norm(kind, axes: axes, keepsAxes: keeps)
          }
        }
        // A deviation of one element has no gradient.
        if axes.reduce(1, { $0 * shape[$1] }) > 1 {
          family.add("standardDeviation", details, .distinct(shape)) {
            $0.standardDeviation(axes: axes, keepsAxes: keeps, correction: keeps ? 1 : 0)
          }
        }
      }
    }
    for (shape, axis) in axes {
      family.add("normalized", "axis \(axis)", .any(shape)) { $0.normalized(axis: axis) + $0 }
      family.add("cosineSimilarity", "axis \(axis)", .any(shape), .any(shape)) {
        // A cosine of two numbers has no gradient.
        cosineSimilarity($0, $1, axis: axis) + ($0 + $1).sum() * 0.25
      }
    }
    return family
  }()
}
