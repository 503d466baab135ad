import Autodiff
import Operations
import Tensors
import Testing

@Suite struct EinsumTests {
  @Test func knownContractions() {
    let (a, b) = (waves([2, 3, 4]), waves([2, 4, 5], phase: 1))
    expectClose(einsum("bij,bjk->bik", a, b), matmul(a, b))
    expectClose(einsum("bij,bjk->bki", a, b), matmul(a, b).transposed([0, 2, 1]))
    expectClose(einsum("bij -> bji", a), a.transposed([0, 2, 1]))
    expectClose(einsum("bij->", a), a.sum())
    let square = waves([4, 4], phase: 3)
    expectClose(einsum("ii", square), trace(square))
    expectClose(einsum("ii->i", square), square.diagonal())
    expectClose(einsum("ba", square), square.transposed)
    expectClose(einsum("i,i->", square[0], square[1]), dot(square[0], square[1]))
    expectClose(einsum("i,j->ij", square[0], square[1]), outer(square[0], square[1]))
  }

  @Test func anEllipsisStandsForAnyAxes() {
    let (a, b) = (waves([2, 1, 3, 4]), waves([5, 4, 2], phase: 1))
    let product = matmul(a, b)
    #expect(product.shape == [2, 5, 3, 2])
    expectClose(einsum("...ij,...jk->...ik", a, b), product)
    expectClose(einsum("...ij,...jk", a, b), product)
    expectClose(einsum("... ij, ... jk -> ik ...", a, b), product.transposed([2, 3, 0, 1]))
    expectClose(einsum("...ij,...jk->ik", a, b), product.sum(axes: [0, 1]))
    expectClose(einsum("...->", a), a.sum())
    expectClose(einsum("...,...", a, Tensor(2.0, dtype: .float64)), a * 2)
    let square = waves([2, 3, 3], phase: 2)
    expectClose(einsum("...ii->...i", square), square.diagonal())
    expectClose(einsum("a...->...a", square), square.transposed([1, 2, 0]))
    // All of size 1: the axis stays.
    #expect(einsum("...i,...i->...", waves([1, 3]), waves([1, 3])).shape == [1])
    #expect(einsum("...ij,...jk->...ik", waves([2, 3]), waves([3, 2])).shape == [2, 2])
  }

  /// A transposed operand is handed to the product as it is, not copied.
  @Test func recordsNoTranspositionForAMatrixProduct() {
    let (a, b) = (waves([3, 2]), waves([4, 3]))
    let tape = recordedTape(at: [a, b]) { einsum("ji,kj->ik", $0[0], $0[1]).sum() }
    #expect(tape.operationCounts["matmul"] == 1)
    #expect(tape.operationCounts["transpose"] == nil)
  }

  @Test func diagonalsAndTriangles() {
    let x = tensor([3, 4]) { Double($0[0] * 10 + $0[1]) }
    #expect(x.diagonal().numbers == [0, 11, 22])
    #expect(x.diagonal(offset: 2).numbers == [2, 13])
    #expect(x.diagonal(offset: -1).numbers == [10, 21])
    #expect(x.diagonal(offset: 4).shape == [0])
    #expect(x[0..<2].lowerTriangle().numbers == [0, 0, 0, 0, 10, 11, 0, 0])
    #expect(x[0..<2].upperTriangle(offset: 1).numbers == [0, 1, 2, 3, 0, 0, 12, 13])
    #expect(
      Tensor([1.0, 2], dtype: .float64).placedOnDiagonal(offset: -1).numbers
        == [0, 0, 0, 1, 0, 0, 0, 2, 0])
    // Places of other dtypes are gathered.
    #expect(Tensor([[Int32(1), 2], [3, 4]]).diagonal().scalars(of: Int.self) == [1, 4])
  }

  @Test func stopsWithAMessage() async {
    let sizes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ij,jk->ik", Tensor.zeros([2, 3]), Tensor.zeros([4, 5])) }
    #expect(text(sizes).contains("'ij,jk->ik' of [2, 3], [4, 5]: 'j' stands for 3 and for 4"))
    let unknown = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ij->ik", Tensor.zeros([2, 3])) }
    #expect(text(unknown).contains("'k' of the result is in no operand"))
    let axes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ijk->", Tensor.zeros([2, 3])) }
    #expect(text(axes).contains("'ijk' wants 3 axes, given [2, 3]"))
    let groups = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ij,jk", Tensor.zeros([2, 3])) }
    #expect(text(groups).contains("2 groups of letters for 1 operands"))
    let ellipses = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("...i...->i", Tensor.zeros([2, 3])) }
    #expect(text(ellipses).contains("two ellipses in '...i...'"))
    let nowhere = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ij->...i", Tensor.zeros([2, 3])) }
    #expect(text(nowhere).contains("the result has an ellipsis, no operand has"))
    let apart = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("...i,...i->...", Tensor.zeros([2, 3]), Tensor.zeros([4, 3])) }
    #expect(text(apart).contains("an axis of the ellipsis stands for 2 and for 4"))
  }
}
