import Kernels
import Testing

@Suite struct MomentsTests {
  /// Two passes in double over the distances from the first row: their mean, then the mean of the
  /// squared deviations from it.
  private func expected<T: Computed>(_ x: [T], _ rows: Int, _ channels: Int) -> [Double] {
    var result = [Double](repeating: 0, count: 2 * channels)
    for c in 0..<channels {
      var mean = 0.0
      let first = Double(x[c])
      for r in 0..<rows { mean += (Double(x[r * channels + c]) - first) / Double(rows) }
      var variance = 0.0
      for r in 0..<rows {
        let d = Double(x[r * channels + c]) - first - mean
        variance += d * d / Double(rows)
      }
      result[c] = first + mean
      result[channels + c] = variance
    }
    return result
  }

  private func check<T: Computed>(_: T.Type, offset: Double, tolerance: Double) {
    onEveryInstructionSet { set in
      for (rows, channels) in [
        (1, 1), (2, 3), (7, 5), (100, 1), (5000, 3), (1000, 16), (999, 17), (3000, 64), (70, 200),
        (33, 1500), (200_000, 1), (70_000, 2), (9000, 40), (150, 2050),
      ] {
        var generator = SampleGenerator(rows)
        let x: [T] = (0..<rows * channels).map { i in
          T(offset * Double(i % channels % 5 + 1) + generator.real())
        }
        let source = Elements(x)
        let result = Elements(T.nan, count: 2 * channels)
        moments(T.dtype, source.raw, rows: rows, channels: channels, into: result.raw)
        keep(source)
        let truth = expected(x, rows, channels)
        let off = (0..<2 * channels).filter { i in
          let scale = i < channels ? max(abs(truth[i]), 1) : truth[i]
          return abs(Double(result[i]) - truth[i]) > tolerance * scale
        }
        #expect(off.count == 0, "\(rows) x \(channels) on \(set)")
      }
    }
  }

  @Test func `mean and variance in float32`() {
    check(Float.self, offset: 0, tolerance: 1e-6)
  }

  @Test func `mean and variance in float64`() {
    check(Double.self, offset: 0, tolerance: 1e-12)
  }

  @Test func `a mean far larger than the deviation costs no digits`() {
    check(Float.self, offset: 1e4, tolerance: 1e-6)
    check(Double.self, offset: 1e6, tolerance: 1e-9)
  }

  @Test func `one constant channel has variance zero`() {
    let source = Elements(Float(16_777_215), count: 100_000)
    let result = Elements(Float.nan, count: 2)
    moments(.float32, source.raw, rows: 100_000, channels: 1, into: result.raw)
    keep(source)
    #expect(result.array == [16_777_215, 0])
  }

  @Test func `no rows give NaN`() {
    let result = Elements(Float(1), count: 4)
    moments(.float32, result.raw, rows: 0, channels: 2, into: result.raw)
    #expect(result.array.allSatisfy { $0.isNaN })
  }
}

extension ThreadsTests {
  @Test func `moments have the same bits for any number of threads`() {
    var generator = SampleGenerator(11)
    let source = Elements<Float>(generator.reals(300_000))
    sameBitsForAnyThreadCount {
      [1, 3, 24, 3000].flatMap { channels in
        let result = Elements(Float.nan, count: 2 * channels)
        moments(
          .float32, source.raw, rows: 300_000 / channels, channels: channels, into: result.raw)
        return result.bytes
      }
    }
    keep(source)
  }
}
