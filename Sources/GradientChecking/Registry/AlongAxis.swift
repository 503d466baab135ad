import Operations
import Tensors

extension Registry {
  static let alongAxis = {
    var family = Family("along an axis")
    for (shape, axis) in axes {
      // Fewer indices than elements, and more, so that some places come up twice and some not at all.
      for count in [2, 5] {
        let indices = Sample.indices(
          below: shape[axis], shape.replacing(axis: axis, with: count))
        let details = "\(count) along \(axis)"
        family.add("takeAlong", details, [.any(shape), indices]) {
          $0[0].taken(along: axis, at: $0[1]) + $0[0].sum()
        }
        family.add("takeAlong", details + ", squared", [.any(shape), indices]) {
          let y = $0[0].taken(along: axis, at: $0[1])
          return y * y + $0[0].sum()
        }
        let places = Sample.indices(below: count, shape)
        family.add("addAlong", details, [.any(shape), places]) {
          $0[0].added(along: axis, at: $0[1], length: count)
        }
        family.add("addAlong", details + ", squared", [.any(shape), places]) {
          let y = $0[0].added(along: axis, at: $0[1], length: count)
          return y * y
        }
      }
    }
    return family
  }()
}
