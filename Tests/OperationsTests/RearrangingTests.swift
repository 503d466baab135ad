import Autodiff
import Operations
import Tensors
import Testing

@Suite struct RearrangingTests {
  private let x = Tensor([1.0, 2, 3], dtype: .float64)

  @Test func paddingModesByHand() {
    #expect(x.reflected(axis: 0, before: 2, after: 1).numbers == [3, 2, 1, 2, 3, 2])
    #expect(x.replicated(axis: 0, before: 2, after: 1).numbers == [1, 1, 1, 2, 3, 3])
    #expect(x.wrapped(axis: 0, before: 2, after: 1).numbers == [2, 3, 1, 2, 3, 1])
    #expect(x.wrapped(axis: 0, before: 4, after: 0).numbers == [3, 1, 2, 3, 1, 2, 3])
    #expect(x.padded(before: [1], after: [0], mode: .constant(9)).numbers == [9, 1, 2, 3])
    #expect(x.padded(before: [1], after: [1], mode: .circular).numbers == [3, 1, 2, 3, 1])
  }

  @Test func orderAndRepetition() {
    #expect(x.rolled(by: 1, axis: 0).numbers == [3, 1, 2])
    #expect(x.rolled(by: -4, axis: 0).numbers == [2, 3, 1])
    #expect(x.rolled(by: 3, axis: 0).numbers == [1, 2, 3])
    #expect(x.repeated(2, axis: 0).numbers == [1, 1, 2, 2, 3, 3])
    #expect(x.repeated(0, axis: 0).shape == [0])
    #expect(x.tiled([2]).numbers == [1, 2, 3, 1, 2, 3])
    let matrix = tensor([2, 3]) { Double($0[0] * 3 + $0[1]) }
    #expect(matrix.flipped(axes: [0, 1]).numbers == [5, 4, 3, 2, 1, 0])
    #expect(matrix.split(into: 3, axis: 1)[2].numbers == [2, 5])
    #expect(matrix.split(sizes: [1, 2], axis: 1)[1].shape == [2, 2])
    expectClose(stack(matrix.unstacked(axis: 1), axis: 1), matrix)
    let whole = Tensor([Int32(1), 2, 3])
    #expect(whole.rolled(by: 1, axis: 0).scalars(of: Int.self) == [3, 1, 2])
    #expect(whole.flipped(axis: 0).dtype == .int32)
  }

  @Test func filledIgnoresWhatWasThere() {
    let broken = Tensor([1.0, .nan, 3], dtype: .float64)
    let slope = gradient(at: broken) { $0.filled(where: isNaN($0), with: 0).sum() }
    #expect(slope.numbers == [1, 0, 1])
  }

  @Test func alongAnAxis() {
    let table = tensor([2, 3]) { Double($0[0] * 3 + $0[1]) }
    let indices = Tensor([[Int32(2), 0], [1, 1]])
    #expect(table.taken(along: 1, at: indices).numbers == [2, 0, 4, 4])
    let values = Tensor([[1.0, 2], [3, 4]], dtype: .float64)
    #expect(values.added(along: 1, at: indices, length: 3).numbers == [2, 0, 1, 0, 7, 0])
    let long = Tensor([[Int64(2), 0], [1, 1]])
    #expect(table.taken(along: -1, at: long).numbers == [2, 0, 4, 4])
    let small = Tensor([[true, false, false], [false, true, true]])
    #expect(small.taken(along: 1, at: indices).scalars(of: Bool.self) == [false, true, true, true])
  }

  @Test func stopsWithAMessage() async {
    let outside = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).taken(at: Tensor([[Int32(0)], [3]])) }
    #expect(text(outside).contains("takeAlong: index 3 at position 1 is not in 0..<3"))
    let shape = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).taken(at: Tensor([[Int32(0)]])) }
    #expect(text(shape).contains("indices [1, 1] want the shape [2, 3] but for the size of axis 1"))
    let sizes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).split(sizes: [1, 1], axis: 1) }
    #expect(text(sizes).contains("split: sizes [1, 1] do not add up to axis 1 of [2, 3]"))
    let mirror = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.zeros([2, 3]).padded(before: [2, 0], after: [0, 0], mode: .reflect) }
    #expect(text(mirror).contains("reflect: 2 and 0 must be less than the size 2 of axis 0"))
  }
}
