import Operations
import Tensors
import Testing

@Suite struct MatrixProductTests {
  private func naive(
    _ a: Tensor, _ b: Tensor, _ transposeA: Bool, _ transposeB: Bool
  ) -> Tensor {
    func sizes(_ t: Tensor, _ flipped: Bool) -> (Int, Int) {
      flipped ? (t.shape[-1], t.shape[-2]) : (t.shape[-2], t.shape[-1])
    }
    let (m, k) = sizes(a, transposeA)
    let (_, n) = sizes(b, transposeB)
    let batch = Shape.broadcast(
      Shape(Array(a.shape.dropLast(2))), Shape(Array(b.shape.dropLast(2))))!
    func read(_ t: Tensor, _ place: [Int], _ row: Int, _ column: Int, _ flipped: Bool) -> Double {
      let own = place.suffix(t.rank - 2)
      let leading = zip(own, t.shape).map { $1 == 1 ? 0 : $0 }
      return t.at(leading + (flipped ? [column, row] : [row, column]))
    }
    return tensor(Shape(Array(batch) + [m, n])) { place in
      let (row, column) = (place[place.count - 2], place[place.count - 1])
      return (0..<k).reduce(0) { sum, inner in
        sum + read(a, place.dropLast(2), row, inner, transposeA)
          * read(b, place.dropLast(2), inner, column, transposeB)
      }
    }
  }

  @Test func everyTranspositionAndBatch() {
    let batches: [(Shape, Shape)] = [
      ([], []), ([2], [2]), ([2], []), ([], [3]), ([2, 3], [3]), ([2, 1], [1, 3]), ([1], [4]),
    ]
    for (leftBatch, rightBatch) in batches {
      for (m, k, n) in [(2, 3, 4), (1, 1, 1), (5, 17, 3), (3, 1, 2)] {
        for transposeA in [false, true] {
          for transposeB in [false, true] {
            let a = waves(Shape(Array(leftBatch) + (transposeA ? [k, m] : [m, k])), phase: 1)
            let b = waves(Shape(Array(rightBatch) + (transposeB ? [n, k] : [k, n])), phase: 2)
            expectClose(
              matmul(a, b, transposeA: transposeA, transposeB: transposeB),
              naive(a, b, transposeA, transposeB))
          }
        }
      }
    }
  }

  @Test func byHand() {
    let a = Tensor([[1.0, 2], [3, 4]])
    let b = Tensor([[5.0, 6], [7, 8]])
    #expect(matmul(a, b).numbers == [19, 22, 43, 50])
    #expect(matmul(a, b, transposeA: true).numbers == [26, 30, 38, 44])
    #expect(matmul(a, Tensor.identity(2)).numbers == a.numbers)
  }

  @Test func emptyProducts() {
    #expect(matmul(Tensor.ones([0, 3]), Tensor.ones([3, 2])).shape == [0, 2])
    #expect(matmul(Tensor.ones([2, 0]), Tensor.ones([0, 3])).numbers == [0, 0, 0, 0, 0, 0])
  }

  @Test func innerSizesThatDiffer() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matmul(Tensor.ones([2, 3]), Tensor.ones([4, 2]))
    }
    #expect(text(result).contains("matmul: inner sizes differ: a is [2, 3], b is [4, 2]"))
  }

  @Test func vectorsAreNoMatrices() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matmul(Tensor.ones([3]), Tensor.ones([3, 2]))
    }
    #expect(text(result).contains("wants matrices, given [3] and [3, 2]; add an axis"))
  }
}
