import Kernels
import Testing

@Suite struct IndexingTests {
  private let shapes = [
    (1, 1, 1, 1), (1, 5, 3, 8), (2, 7, 64, 20), (3, 4, 130, 9), (40, 10, 1, 30), (1, 100, 16, 5000),
    (2, 3, 5, 0), (0, 3, 5, 4),
  ]

  private func check<T: Computed, I: FixedWidthInteger>(
    _: T.Type, _: I.Type, indexDType: DType
  ) {
    onEveryInstructionSet { set in
      for (outer, length, inner, count) in shapes {
        var generator = SampleGenerator(count + length)
        let table = Elements<T>(generator.reals(outer * length * inner))
        let indices = Elements<I>((0..<count).map { _ in I(generator.index(below: length)) })
        let result = Elements(T.nan, count: outer * count * inner)
        let bad = gatherAlongAxis(
          byteWidth: MemoryLayout<T>.size, table.raw, outer: outer, length: length,
          inner: inner, indices: indices.raw, indexDType: indexDType, indexCount: count,
          into: result.raw)
        #expect(bad == nil)
        // Eighths, so that sums are exact in any order.
        let dy = Elements(
          (0..<outer * count * inner).map { _ in T(generator.index(below: 99)) / 8 })
        let dtable = Elements(T.nan, count: table.count)
        let badPlace = scatterAddAlongAxis(
          T.dtype, dy.raw, outer: outer, length: length, inner: inner, indices: indices.raw,
          indexDType: indexDType, indexCount: count, into: dtable.raw)
        #expect(badPlace == nil)
        var gathered: [T] = []
        var scattered = [T](repeating: 0, count: table.count)
        for o in 0..<outer {
          for k in 0..<count {
            for i in 0..<inner {
              let at = (o * length + Int(indices[k])) * inner + i
              gathered.append(table[at])
              scattered[at] += dy[(o * count + k) * inner + i]
            }
          }
        }
        #expect(result.array == gathered, "\(outer) \(length) \(inner) \(count) on \(set)")
        #expect(dtable.array == scattered, "\(outer) \(length) \(inner) \(count) on \(set)")
        keep(table, indices, dy)
      }
    }
  }

  @Test func `take and its adjoint`() {
    check(Float.self, Int32.self, indexDType: .int32)
    check(Double.self, Int64.self, indexDType: .int64)
  }

  @Test func `one element of each row and its adjoint`() {
    for (rows, length) in [(1, 1), (7, 10), (20_000, 5), (0, 3)] {
      var generator = SampleGenerator(rows)
      let values = Elements<Float>(generator.reals(rows * length))
      let indices = Elements((0..<rows).map { _ in Int32(generator.index(below: length)) })
      let picked = Elements(Float.nan, count: rows)
      let bad = pickPerRow(
        byteWidth: 4, values.raw, rows: rows, columns: length, indices: indices.raw,
        indexDType: .int32, into: picked.raw)
      #expect(bad == nil)
      let expected = (0..<rows).map { values[$0 * length + Int(indices[$0])] }
      #expect(picked.array == expected)
      let placed = Elements(Float.nan, count: rows * length)
      let badPlace = placePerRow(
        byteWidth: 4, picked.raw, rows: rows, columns: length, indices: indices.raw,
        indexDType: .int32, into: placed.raw)
      #expect(badPlace == nil)
      let back = (0..<rows * length).map { i -> Float in
        i % length == Int(indices[i / length]) ? expected[i / length] : 0
      }
      #expect(placed.array == back)
      keep(values, indices)
    }
  }

  @Test(arguments: [(2, -1), (1, 4), (0, Int.max), (2, Int.min)])
  func `the first bad index is reported and nothing is written`(_ position: Int, _ index: Int) {
    var list = [3, 0, 1, -5]
    list[position] = index
    let indices = Elements(list.map(Int64.init))
    let table = Elements([Float](repeating: 1, count: 16))
    let out = Elements([Float](repeating: 7, count: 16))
    #expect(
      gatherAlongAxis(
        byteWidth: 4, table.raw, outer: 1, length: 4, inner: 4, indices: indices.raw,
        indexDType: .int64, indexCount: 4, into: out.raw) == position)
    #expect(
      scatterAddAlongAxis(
        .float32, table.raw, outer: 1, length: 4, inner: 4, indices: indices.raw,
        indexDType: .int64, indexCount: 4, into: out.raw) == position)
    #expect(
      pickPerRow(
        byteWidth: 4, table.raw, rows: 4, columns: 4, indices: indices.raw, indexDType: .int64,
        into: out.raw) == position)
    #expect(
      placePerRow(
        byteWidth: 4, table.raw, rows: 4, columns: 4, indices: indices.raw, indexDType: .int64,
        into: out.raw) == position)
    #expect(out.array == [Float](repeating: 7, count: 16))
    keep(table, indices)
  }
}

extension ThreadsTests {
  @Test func `scattering has the same bits for any number of threads`() {
    var generator = SampleGenerator(4)
    let dy = Elements<Float>(generator.reals(3000 * 200))
    let indices = Elements((0..<3000).map { _ in Int32(generator.index(below: 9)) })
    sameBitsForAnyThreadCount {
      let out = Elements(Float.nan, count: 9 * 200)
      _ = scatterAddAlongAxis(
        .float32, dy.raw, outer: 1, length: 9, inner: 200, indices: indices.raw,
        indexDType: .int32, indexCount: 3000, into: out.raw)
      return out.bytes
    }
    keep(dy, indices)
  }
}
