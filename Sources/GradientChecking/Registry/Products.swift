import Operations
import Tensors

extension Registry {
  private struct Product: Sendable {
    let a: Shape
    let b: Shape
    var transposeA = false
    var transposeB = false
  }

  private static let matrixProducts: [Product] = [
    Product(a: [2, 3], b: [3, 4]), Product(a: [3, 2], b: [3, 4], transposeA: true),
    Product(a: [2, 3], b: [4, 3], transposeB: true),
    Product(a: [3, 2], b: [4, 3], transposeA: true, transposeB: true),
    Product(a: [1, 3], b: [3, 1]), Product(a: [3, 1], b: [1, 3]), Product(a: [1, 1], b: [1, 1]),
    Product(a: [5, 17], b: [17, 33]),
    Product(a: [17, 5], b: [33, 17], transposeA: true, transposeB: true),
    Product(a: [0, 3], b: [3, 2]), Product(a: [2, 0], b: [0, 3]),
    Product(a: [2, 3, 4], b: [2, 4, 2]), Product(a: [2, 3, 4], b: [4, 2]),
    Product(a: [2, 3, 4], b: [2, 4], transposeB: true),
    Product(a: [3, 4], b: [2, 4, 2]), Product(a: [2, 4, 3], b: [2, 4, 2], transposeA: true),
    Product(a: [2, 3, 4], b: [2, 2, 4], transposeB: true),
    Product(a: [2, 4, 3], b: [2, 2, 4], transposeA: true, transposeB: true),
    Product(a: [2, 1, 3, 4], b: [3, 4, 2]), Product(a: [1, 3, 2, 4], b: [2, 1, 4, 3]),
    Product(a: [2, 4, 3], b: [4, 2], transposeA: true),
    Product(a: [4, 3], b: [2, 4, 2], transposeA: true),
    Product(a: [1, 2, 3], b: [4, 3, 2]), Product(a: [3, 2, 2, 3], b: [3, 2]),
  ]

  static let products = {
    var family = Family("matrix products")
    for product in matrixProducts {
      let details =
        (product.transposeA ? "a transposed" : "") + (product.transposeB ? " b transposed" : "")
      family.add("matmul", details, .any(product.a), .any(product.b)) {
        matmul($0, $1, transposeA: product.transposeA, transposeB: product.transposeB)
      }
    }
    family.add("matmul", "with itself", .any([3, 3])) { matmul($0, $0) }
    family.add("matmul", "with its transpose", .any([2, 3])) { matmul($0, $0, transposeB: true) }
    family.add("matmul", "three in a row", [.any([2, 3]), .any([3, 4]), .any([4, 2])]) {
      matmul(matmul($0[0], $0[1]), $0[2])
    }
    return family
  }()
}
