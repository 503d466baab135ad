import Kernels
import Testing

@Suite struct AxisMapTests {
  private func randomMap(_ input: Int, _ output: Int, _ seed: Int) -> SparseRows {
    var generator = SampleGenerator(seed)
    return SparseRows(
      inputLength: input,
      rows: (0..<output).map { row in
        (0..<row % 5).map { _ in
          (generator.index(below: input), row % 5 == 1 ? 1 : generator.real())
        }
      })
  }

  private func check<T: Computed>(_: T.Type, tolerance: Double) {
    onEveryInstructionSet { set in
      for (outer, input, output, inner) in [
        (1, 1, 1, 1), (3, 5, 7, 1), (2, 6, 3, 4), (2, 9, 11, 17), (1, 8, 16, 64), (5, 20, 13, 100),
        (70, 30, 60, 24), (1, 3, 0, 4), (0, 3, 2, 4),
      ] {
        let map = randomMap(input, output, inner)
        var generator = SampleGenerator(2)
        let x = Elements<T>(generator.reals(outer * input * inner))
        let y = Elements(T.nan, count: outer * output * inner)
        axisMap(T.dtype, x.raw, outer: outer, inner: inner, map: map, into: y.raw)
        var wrong = 0
        for o in 0..<outer {
          for r in 0..<output {
            for i in 0..<inner {
              var sum = 0.0
              for k in map.offsets[r]..<map.offsets[r + 1] {
                sum += map.weights[k] * Double(x[(o * input + map.indices[k]) * inner + i])
              }
              if !(abs(Double(y[(o * output + r) * inner + i]) - sum) <= tolerance) { wrong += 1 }
            }
          }
        }
        #expect(wrong == 0, "\(outer) \(input) \(output) \(inner) on \(set)")
        keep(x)
      }
    }
  }

  @Test func `a map gives the weighted sums in float32`() { check(Float.self, tolerance: 1e-6) }
  @Test func `a map gives the weighted sums in float64`() { check(Double.self, tolerance: 1e-14) }

  @Test func `the transposed map is the adjoint`() {
    let map = randomMap(9, 14, 4)
    let adjoint = map.transposed
    #expect(adjoint.inputLength == 14)
    #expect(adjoint.outputLength == 9)
    func matrix(_ map: SparseRows) -> [[Double]] {
      (0..<map.outputLength).map { r in
        var row = [Double](repeating: 0, count: map.inputLength)
        for k in map.offsets[r]..<map.offsets[r + 1] { row[map.indices[k]] += map.weights[k] }
        return row
      }
    }
    let forward = matrix(map)
    let backward = matrix(adjoint)
    for r in 0..<14 {
      for c in 0..<9 { #expect(forward[r][c] == backward[c][r]) }
    }
    #expect(adjoint.transposed.outputLength == 14)
  }
}

extension ThreadsTests {
  @Test func `axis maps have the same bits for any number of threads`() {
    var generator = SampleGenerator(1)
    let x = Elements<Float>(generator.reals(50 * 40 * 64))
    let map = SparseRows(
      inputLength: 40,
      rows: (0..<80).map { [($0 / 2, 0.75), (min(39, $0 / 2 + 1), 0.25)] })
    sameBitsForAnyThreadCount {
      let y = Elements(Float.nan, count: 50 * 80 * 64)
      axisMap(.float32, x.raw, outer: 50, inner: 64, map: map, into: y.raw)
      return y.bytes
    }
    keep(x)
  }
}
