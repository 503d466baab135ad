import Kernels
import Testing

/// Row-major strides of a shape.
private func strides(_ sizes: [Int]) -> [Int] {
  var result = [Int](repeating: 1, count: sizes.count)
  for axis in sizes.indices.dropLast().reversed() {
    result[axis] = result[axis + 1] * sizes[axis + 1]
  }
  return result
}

/// Every position of a shape in order, as offsets under some strides.
private func offsets(_ sizes: [Int], _ strides: [Int]) -> [Int] {
  var result = [0]
  for (size, stride) in zip(sizes, strides) {
    result = result.flatMap { base in (0..<size).map { base + $0 * stride } }
  }
  return result
}

private struct Move: Sendable, CustomTestStringConvertible {
  var name: String
  var sizes: [Int]
  var source: [Int]
  var sourceBegin = 0
  var destination: [Int]

  var testDescription: String { name }
}

private func permuted(_ sizes: [Int], _ order: [Int]) -> Move {
  let from = strides(sizes)
  let to = order.map { sizes[$0] }
  return Move(
    name: "permute \(sizes) by \(order)", sizes: to, source: order.map { from[$0] },
    destination: strides(to))
}

private let moves: [Move] = [
  permuted([3, 5], [1, 0]), permuted([70, 90], [1, 0]), permuted([4, 3, 5], [2, 0, 1]),
  permuted([2, 16, 18, 7], [0, 3, 1, 2]), permuted([2, 7, 16, 18], [0, 2, 3, 1]),
  permuted([6, 5, 4, 3, 2], [4, 2, 0, 3, 1]), permuted([400, 300], [1, 0]),
  permuted([40, 64, 9, 16], [0, 2, 1, 3]),
  Move(name: "whole", sizes: [200_000], source: [1], destination: [1]),
  Move(name: "one element", sizes: [], source: [], destination: []),
  Move(name: "empty", sizes: [3, 0], source: [1, 1], destination: [1, 1]),
  Move(name: "slice", sizes: [10, 6], source: [24, 2], sourceBegin: 5, destination: [6, 1]),
  Move(
    name: "into a padded frame", sizes: [3, 4, 5], source: [20, 5, 1], destination: [70, 10, 1]),
  Move(name: "a row repeated", sizes: [50, 33], source: [0, 1], destination: [33, 1]),
  Move(name: "a column repeated", sizes: [50, 33], source: [1, 0], destination: [33, 1]),
  Move(name: "a scalar repeated", sizes: [600, 300], source: [0, 0], destination: [300, 1]),
  Move(
    name: "flipped columns", sizes: [9, 40], source: [40, -1], sourceBegin: 39,
    destination: [40, 1]),
  Move(
    name: "flipped rows", sizes: [300, 300], source: [-300, 1], sourceBegin: 299 * 300,
    destination: [300, 1]),
  Move(
    name: "both flipped", sizes: [4, 5], source: [-5, -1], sourceBegin: 19, destination: [5, 1]),
  Move(name: "strided both sides", sizes: [11, 13], source: [39, 3], destination: [26, 2]),
]

@Suite struct MovementTests {
  private func check<T: FixedWidthInteger>(_ move: Move, _: T.Type) {
    let from = offsets(move.sizes, move.source).map { $0 + move.sourceBegin }
    let to = offsets(move.sizes, move.destination)
    var generator = SampleGenerator(9)
    let source = Elements(
      (0...(from.max() ?? 0)).map { _ in T(truncatingIfNeeded: generator.next()) })
    onEveryInstructionSet { set in
      let destination = Elements(T(77), count: (to.max() ?? 0) + 3)
      copyRegion(
        byteWidth: MemoryLayout<T>.size, sizes: move.sizes,
        from: source.raw + move.sourceBegin * MemoryLayout<T>.size, sourceStrides: move.source,
        to: destination.raw, destinationStrides: move.destination)
      var expected = [T](repeating: 77, count: destination.count)
      for (s, d) in zip(from, to) { expected[d] = source[s] }
      #expect(destination.array == expected, "\(T.self) on \(set)")
    }
    keep(source)
  }

  @Test(arguments: moves) private func `copying visits every element once`(_ move: Move) {
    check(move, UInt8.self)
    check(move, UInt16.self)
    check(move, UInt32.self)
    check(move, UInt64.self)
  }

  private func checkAdding<T: Computed>(_ move: Move, _: T.Type) {
    let from = offsets(move.sizes, move.source).map { $0 + move.sourceBegin }
    let to = offsets(move.sizes, move.destination)
    var generator = SampleGenerator(9)
    // Eighths, so that sums are exact in any order.
    let source = Elements((0...(from.max() ?? 0)).map { _ in T(generator.index(below: 99)) / 8 })
    // Forwards as it stands, and backwards: the adjoint of reading the source is adding to it.
    let destination = Elements(T(0.5), count: (to.max() ?? 0) + 3)
    addRegion(
      T.dtype, sizes: move.sizes, from: source.raw + move.sourceBegin * MemoryLayout<T>.size,
      sourceStrides: move.source, to: destination.raw, destinationStrides: move.destination)
    var expected = [T](repeating: 0.5, count: destination.count)
    for (s, d) in zip(from, to) { expected[d] += source[s] }
    #expect(destination.array == expected)

    let gradient = Elements(T(0.25), count: source.count)
    addRegion(
      T.dtype, sizes: move.sizes, from: destination.raw, sourceStrides: move.destination,
      to: gradient.raw + move.sourceBegin * MemoryLayout<T>.size, destinationStrides: move.source)
    var adjoint = [T](repeating: 0.25, count: source.count)
    for (s, d) in zip(from, to) { adjoint[s] += destination[d] }
    #expect(gradient.array == adjoint)
    keep(source)
  }

  @Test(arguments: moves) private func `adding visits every element once`(_ move: Move) {
    checkAdding(move, Float.self)
    checkAdding(move, Double.self)
  }
}

extension ThreadsTests {
  @Test func `copies and additions have the same bits for any number of threads`() {
    var generator = SampleGenerator(1)
    let x = Elements<Float>(generator.reals(64 * 50 * 60))
    sameBitsForAnyThreadCount {
      let y = Elements(Float(1), count: x.count)
      copyRegion(
        byteWidth: 4, sizes: [60, 64, 50], from: x.raw, sourceStrides: [1, 3000, 60], to: y.raw,
        destinationStrides: [3200, 50, 1])
      let rows = Elements(Float(1), count: 60)
      addRegion(
        .float32, sizes: [3200, 60], from: x.raw, sourceStrides: [60, 1], to: rows.raw,
        destinationStrides: [0, 1])
      return y.bytes + rows.bytes
    }
    keep(x)
  }
}
