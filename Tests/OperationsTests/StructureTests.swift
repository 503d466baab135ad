import Autodiff
import Operations
import Tensors
import Testing

@Suite struct StructureTests {
  private let cube = Tensor.range(to: 24, dtype: .float64).reshaped(to: [2, 3, 4])

  @Test func reshaping() {
    #expect(cube.reshaped(to: [4, 6]).shape == [4, 6])
    #expect(cube.reshaped(to: [-1, 8]).shape == [3, 8])
    #expect(cube.reshaped(to: [24]).numbers == cube.numbers)
    #expect(cube.flattened().shape == [24])
    #expect(cube.flattened(from: 1).shape == [2, 12])
    #expect(cube.expanded(at: 0).shape == [1, 2, 3, 4])
    #expect(cube.expanded(at: -1).shape == [2, 3, 4, 1])
    #expect(cube.expanded(at: 1).squeezed(axis: 1).shape == [2, 3, 4])
  }

  @Test func transposition() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let y = cube.transposed(order)
      expectClose(
        y,
        tensor(Shape(order.map { cube.shape[$0] })) { place in
          var source = [0, 0, 0]
          for (axis, index) in place.enumerated() { source[order[axis]] = index }
          return cube.at(source)
        })
    }
    #expect(Tensor([[1.0, 2], [3, 4]]).transposed.numbers == [1, 3, 2, 4])
    #expect(cube.transposed([-1, 0, 1]).shape == [4, 2, 3])
    let large = waves([70, 1, 33])
    expectClose(large.transposed([2, 1, 0]).transposed([2, 1, 0]), large)
  }

  @Test func parts() {
    #expect(cube[1].shape == [3, 4])
    #expect(cube[1][2].numbers == [20, 21, 22, 23])
    #expect(cube[1][2][3].item == 23)
    #expect(cube[0..<1].shape == [1, 3, 4])
    #expect(cube.sliced(axis: 1, from: 1, count: 2).numbers.prefix(4) == [4, 5, 6, 7])
    let inner = cube.sliced(from: [1, 0, 1], sizes: [1, 2, 2])
    #expect(inner.numbers == [13, 14, 17, 18])
    #expect(cube.sliced(axis: 0, from: 2, count: 0).shape == [0, 3, 4])
  }

  @Test func padding() {
    let x = Tensor([[1.0, 2], [3, 4]], dtype: .float64)
    let y = x.padded(before: [1, 0], after: [0, 2], value: 9)
    #expect(y.shape == [3, 4])
    #expect(y.numbers == [9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9])
    #expect(Tensor([Int32(5)]).padded(before: [1], after: [0]).numbers == [0, 5])
  }

  @Test func mirrors() {
    let x = Tensor([1.0, 2, 3, 4], dtype: .float64)
    #expect(x.flipped(axis: 0).numbers == [4, 3, 2, 1])
    #expect(x.reflected(axis: 0, before: 2, after: 3).numbers == [3, 2, 1, 2, 3, 4, 3, 2, 1])
    #expect(cube.flipped(axis: 1).at([0, 0, 0]) == 8)
  }

  @Test func joining() {
    let a = Tensor([[1.0, 2]], dtype: .float64)
    let b = Tensor([[3.0, 4], [5, 6]], dtype: .float64)
    #expect(concatenate([a, b]).numbers == [1, 2, 3, 4, 5, 6])
    #expect(concatenate([b, b * 10], axis: 1).numbers == [3, 4, 30, 40, 5, 6, 50, 60])
    #expect(stack([a, a], axis: 0).shape == [2, 1, 2])
    #expect(stack([a, a * 2], axis: -1).numbers == [1, 2, 2, 4])
    #expect(concatenate([Tensor([Int32(1)]), Tensor([Int32(2)])]).dtype == .int32)
    #expect(concatenate([a]).hasSameBits(as: a))
  }

  @Test func broadcasting() {
    let x = Tensor([1.0, 2], dtype: .float64)
    #expect(x.broadcasted(to: [3, 2]).numbers == [1, 2, 1, 2, 1, 2])
    #expect(x.expanded(at: 1).broadcasted(to: [2, 3]).numbers == [1, 1, 1, 2, 2, 2])
    let y = waves([2, 1, 3, 1])
    expectClose(
      y.broadcasted(to: [2, 4, 3, 5]), tensor([2, 4, 3, 5]) { y.at([$0[0], 0, $0[2], 0]) })
  }

  @Test func gathering() {
    let rows = Tensor([[1.0, 2], [3, 4], [5, 6]], dtype: .float64)
    let indices = Tensor([Int32(2), 0, 2])
    #expect(rows.gathered(at: indices).numbers == [5, 6, 1, 2, 5, 6])
    #expect(rows.gathered(at: Tensor([Int64(1)]), axis: 1).numbers == [2, 4, 6])
    #expect(rows.gathered(at: Tensor([[Int32(0)], [1]])).shape == [2, 1, 2])
    let sum = rows.scatterAdded(at: indices, length: 4)
    #expect(sum.numbers == [3, 4, 0, 0, 6, 8, 0, 0])
    #expect(rows.pickedPerRow(Tensor([Int32(1), 0, 1])).numbers == [2, 3, 6])
    let placed = Tensor([7.0, 8], dtype: .float64).placedPerRow(Tensor([Int32(2), 0]), columns: 3)
    #expect(placed.numbers == [0, 0, 7, 8, 0, 0])
  }

  @Test func resampling() {
    let x = Tensor([1.0, 2, 3, 4], shape: [1, 2, 2, 1], dtype: .float64)
    #expect(
      resize(x, height: 4, width: 4, .nearest).numbers == [
        1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4,
      ])
    // Areas: the first and last pixel lie a quarter outside; weights 1/4 and 3/4 between.
    let row = Tensor([0.0, 4], shape: [1, 1, 2, 1], dtype: .float64)
    #expect(resize(row, height: 1, width: 4, .bilinear()).numbers == [0, 1, 3, 4])
    #expect(
      resize(row, height: 1, width: 5, .bilinear(alignsCorners: true)).numbers == [0, 1, 2, 3, 4])
    #expect(resize(x, height: 2, width: 2, .bilinear()).numbers == [1, 2, 3, 4])
    #expect(resize(x, height: 1, width: 1, .bilinear()).numbers == [2.5])
  }

  // MARK: - Mistakes stop with a message

  @Test func aReshapeThatDoesNotFit() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0, 2, 3]).reshaped(to: [2, -1])
    }
    #expect(text(result).contains("reshape: [3] with 3 elements does not fit [2, -1]"))
  }

  @Test func aSliceThatReachesOutside() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0, 2, 3]).sliced(axis: 0, from: 2, count: 2)
    }
    #expect(text(result).contains("slice: a block from [2] of [2] does not lie in [3]"))
  }

  @Test func anIndexOutOfRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1.0, 2, 3]).gathered(at: Tensor([Int32(0), 3]))
    }
    #expect(text(result).contains("gather: index 3 at position 1 is not in 0..<3"))
  }

  @Test func partsThatDoNotJoin() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = concatenate([Tensor([[1.0, 2]]), Tensor([[1.0]])])
    }
    #expect(text(result).contains("along axis 0 the other sizes and the dtype agree"))
    #expect(text(result).contains("float32 [1, 2], float32 [1, 1]"))
  }

  @Test func anOrderThatIsNone() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([[1.0, 2]]).transposed([0, 0])
    }
    #expect(text(result).contains("transpose: [0, 0] does not name each axis of [1, 2] once"))
  }
}

/// What a recording keeps alive is what its rules need.
@Suite struct KeptValueTests {
  /// The maps an encoder hands to a decoder are copied into the joint one, and not kept besides.
  @Test func concatenationKeepsNoPart() {
    weak var kept: Storage?
    let result = pullback(at: waves([4, 3])) { x in
      let part = (x * 2).evaluated()
      kept = part.storage
      return concatenate([part, x], axis: 1)
    }
    #expect(kept == nil)
    #expect(result.value.shape == [4, 6])
    let cotangent = waves([4, 6], phase: 1)
    let expected =
      cotangent.sliced(axis: 1, from: 0, count: 3) * 2
      + cotangent.sliced(axis: 1, from: 3, count: 3)
    expectClose(result.pullback(cotangent), expected)
  }
}
