import Tensors
import Testing

@Suite struct ShapeTests {
  @Test func sizesRankAndCount() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.rank == 3)
    #expect(shape.elementCount == 24)
    #expect(shape[0] == 2)
    #expect(shape[-1] == 4)
    #expect(Array(shape) == [2, 3, 4])
    #expect(shape.description == "[2, 3, 4]")
    #expect(Shape.scalar.elementCount == 1)
    #expect(Shape.scalar.rank == 0)
    #expect(Shape([2, 0, 3]).elementCount == 0)
    #expect(shape.replacing(axis: -2, with: 7) == [2, 7, 4])
    #expect(Shape([1, 2, 3, 4, 5, 6, 7, 8]).rank == 8)
    #expect(shape != [2, 3] && shape != [2, 3, 4, 1])
  }

  @Test func broadcasting() {
    let cases: [(Shape, Shape, Shape?)] = [
      ([], [], []), ([], [3], [3]), ([3], [1], [3]), ([2, 3], [3], [2, 3]), ([2, 3], [2], nil),
      ([2, 1, 4], [3, 1], [2, 3, 4]), ([0], [1], [0]), ([0], [3], nil), ([1, 0], [5, 1], [5, 0]),
      ([4, 1], [1, 5], [4, 5]), ([2, 3], [2, 3], [2, 3]),
    ]
    for (a, b, expected) in cases {
      #expect(Shape.broadcast(a, b) == expected, "\(a) \(b)")
      #expect(Shape.broadcast(b, a) == expected, "\(b) \(a)")
    }
  }

  /// Every pair of shapes of up to four axes of sizes 1 to 3: where one access describes the
  /// broadcast, it reads the element that indexing axis by axis reads.
  @Test func accessReadsWhatIndexingReads() {
    var targets: [[Int]] = [[]]
    for _ in 0..<4 { targets += targets.flatMap { shape in (1...3).map { shape + [$0] } } }
    var described = 0
    for target in Set(targets) {
      for mask in 0..<(1 << target.count) {
        for dropped in 0...target.count {
          let own = target.indices.dropFirst(dropped).map { mask >> $0 & 1 == 1 ? 1 : target[$0] }
          guard let access = Shape(own).access(in: Shape(target)) else { continue }
          described += 1
          let count = target.reduce(1, *)
          let missing = target.count - own.count
          for position in 0..<count {
            var rest = position
            var stride = 1
            var expected = 0
            for axis in stride_(from: target.count - 1, through: 0) {
              let index = rest % target[axis]
              rest /= target[axis]
              guard axis >= missing else { continue }
              if own[axis - missing] > 1 { expected += index * stride }
              stride *= own[axis - missing]
            }
            let read = position / access.span * access.inner + position % access.inner
            if read != expected {
              Issue.record(
                "\(own) in \(target): element \(position) reads \(read), not \(expected)")
              return
            }
          }
          #expect(access.operandCount(count) == own.reduce(1, *))
        }
      }
    }
    #expect(described > 1000)
  }

  private func stride_(from: Int, through: Int) -> [Int] {
    Array(stride(from: from, through: through, by: -1))
  }

  /// However long the other axes are, in whatever order.
  @Test func anAxisWithoutElementsLeavesNone() {
    let long = 2_147_483_647
    for shape in [[long, long, long, 0], [0, long, long, long], [long, long, 0, long, long]] {
      #expect(Shape(shape).elementCount == 0)
      #expect(Tensor.zeros(Shape(shape)).scalars(of: Float.self).isEmpty)
    }
    #expect(Shape([1 << 30, 1 << 29]).elementCount == 1 << 59)
  }

  @Test func mistakesStop() async {
    let tooMany = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Shape([1, 1, 1, 1, 1, 1, 1, 1, 1])
    }
    #expect(text(tooMany).contains("Shape: at most 8 axes, given 9"))
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Shape([2, -1])
    }
    #expect(text(negative).contains("an axis has 0 to 2147483647 elements, given [2, -1]"))
    let many = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2_147_483_647, 2_147_483_647, 16])
    }
    #expect(
      text(many).contains(
        "Shape: [2147483647, 2147483647, 16] has more elements than any memory holds"))
    // As many elements as a number can count, but not their bytes.
    let bytes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([1 << 30, 1 << 30])
    }
    #expect(text(bytes).contains("has more elements than any memory holds"))
    let outside = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Shape([2, 3])[2]
    }
    #expect(text(outside).contains("axis 2 does not exist in shape [2, 3]"))
  }
}

/// What a process that was expected to stop wrote.
func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
