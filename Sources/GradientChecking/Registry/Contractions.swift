import Operations
import Tensors

extension Registry {
  /// Every kind of letter: kept, summed in one operand or in several, repeated, shared by a batch; every order
  /// of the result; no operand, one, two and three; size-1 and empty axes.
  private static let equations: [(String, [Shape])] = [
    ("ij,jk->ik", [[2, 3], [3, 4]]), ("bij,bjk->bik", [[2, 2, 3], [2, 3, 2]]),
    ("ji,jk->ik", [[3, 2], [3, 4]]), ("ij,kj->ik", [[2, 3], [4, 3]]),
    ("ji,kj->ki", [[3, 2], [4, 3]]), ("ij,jk", [[2, 3], [3, 2]]),
    ("ij,jk->ki", [[2, 3], [3, 1]]),
    ("i,i->", [[5], [5]]), ("i,j->ij", [[3], [4]]), ("i,j->ji", [[3], [4]]),
    ("ij->", [[2, 3]]), ("ij->j", [[2, 3]]), ("ij->ji", [[2, 3]]), ("ii->i", [[3, 3]]),
    ("ii", [[4, 4]]), ("iij->j", [[2, 2, 3]]), ("ijij->ij", [[2, 3, 2, 3]]),
    ("iii->", [[3, 3, 3]]),
    ("ij,ij->ij", [[2, 3], [2, 3]]), ("ij,j->ij", [[2, 3], [3]]),
    ("ij,ik->ijk", [[2, 3], [2, 2]]),
    ("ij,jk,kl->il", [[2, 3], [3, 2], [2, 2]]), ("bi,oij,bj->bo", [[2, 3], [2, 3, 2], [2, 2]]),
    ("bhqd,bhkd->bhqk", [[2, 2, 3, 2], [2, 2, 2, 2]]), ("nhwc,c->nhw", [[1, 2, 3, 2], [2]]),
    ("ij,jk->ik", [[2, 0], [0, 3]]), ("ij,jk->ik", [[0, 2], [2, 3]]), (",i->i", [[], [3]]),
    ("ik,jk->", [[2, 3], [1, 3]]), ("aab,bc->ac", [[2, 2, 3], [3, 2]]),
    // An ellipsis: of any number of axes, none included, first and last and between, that broadcast
    // on either side or on both, that the result orders anew, repeats, sums or leaves out.
    ("...ij,...jk->...ik", [[2, 2, 3], [2, 3, 2]]), ("...ij,...jk->...ik", [[2, 3], [3, 2]]),
    ("...ij,...jk->...ik", [[2, 3, 2, 3], [3, 3, 2]]), ("...ij,...jk", [[2, 1, 3], [2, 3, 2]]),
    ("...ij,...jk->...ik", [[2, 1, 2, 3], [1, 3, 3, 2]]),
    ("...ij,jk->...ik", [[2, 2, 3], [3, 2]]),
    ("...->...", [[2, 3]]), ("...->", [[2, 3]]), ("...i->i...", [[2, 3, 4]]),
    ("i...->...", [[2, 3, 2]]), ("...,...->...", [[2, 3], [3]]), ("...,...", [[1], [4]]),
    ("b...c,c->b...", [[2, 2, 3, 2], [2]]), ("...ii->...i", [[2, 3, 3]]),
    ("i...,...->i", [[2, 3], [3]]), ("...i,...i->...", [[3, 2], [1, 2]]),
    ("...ij,...jk,...k->...i", [[2, 2, 2], [2, 3], [2, 3]]), ("...i,...->...i", [[0, 2], [0]]),
  ]

  static let contractions = {
    var family = Family("contractions")
    for (equation, shapes) in equations {
      family.add("einsum", equation, shapes.map { .any($0) }) { einsum(equation, $0) }
      family.add("einsum", equation + " squared", shapes.map { .any($0) }) {
        let y = einsum(equation, $0)
        return y * y
      }
    }
    family.add("einsum", "ij,jk->ik, one input twice", .any([3, 3])) { einsum("ij,jk->ik", $0, $0) }
    for size in [1, 2, 5, 17, 64, 0, 4, 33, 100, 513] {
      family.add("dot", .any([size]), .any([size])) { dot($0, $1) }
      family.add("dot", "squared", .any([size]), .any([size])) {
        let y = dot($0, $1)
        return y * y
      }
      family.add("outer", .any([size]), .any([3])) { outer($0, $1) }
      family.add("outer", .any([2]), .any([size])) { outer($0, $1) }
    }
    for shape in matrices {
      for offset in [-1, 0, 1] {
        let details = "offset \(offset)"
        family.add("diagonal", details, .any(shape)) {
          $0.diagonal(offset: offset) + $0.sum()
        }
        family.add("placedOnDiagonal", details, .any(shape)) {
          let y = $0.placedOnDiagonal(offset: offset)
          return y * y
        }
        family.add("lowerTriangle", details, .any(shape)) {
          $0.lowerTriangle(offset: offset) + $0 * 0.5
        }
        family.add("upperTriangle", details, .any(shape)) {
          $0.upperTriangle(offset: offset) + $0 * 0.5
        }
      }
      family.add("trace", .any(shape)) { trace($0).sum() * $0 }
    }
    return family
  }()

  private static let matrices: [Shape] = [
    [1, 1], [3, 3], [2, 4], [4, 2], [2, 3, 3], [2, 1, 3], [1, 2, 2, 3], [0, 3],
  ]
}
