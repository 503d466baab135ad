import Kernels
import Testing

@Suite struct ExtremaTests {
  private func check<T: Computed>(_: T.Type) {
    onEveryInstructionSet { set in
      for (outer, middle, inner) in [
        (1, 1, 1), (5, 3, 1), (4, 200, 1), (3, 1000, 1), (2, 9, 16), (3, 7, 37), (100, 33, 40),
        (1, 500, 700), (70_000, 2, 1), (0, 3, 4), (3, 4, 0),
      ] {
        for specials in [0, 1, 3] {
          var generator = SampleGenerator(middle)
          // Few different values, so that ties are common.
          let x = Elements<T>(
            (0..<outer * middle * inner).map { _ in
              let n = generator.index(below: 300)
              return n < specials
                ? [.nan, .infinity, -.infinity][n] : T(generator.index(below: 9)) - 4
            })
          for extremum in [Extremum.maximum, .minimum] {
            let values = Elements(T(77), count: outer * inner)
            let places = Elements(Int32(-1), count: outer * inner)
            reduceExtremum(
              T.dtype, extremum, x.raw, outer: outer, middle: middle, inner: inner,
              into: values.raw)
            argExtremum(
              T.dtype, extremum, x.raw, outer: outer, middle: middle, inner: inner,
              into: places.raw)
            var wrong = 0
            for o in 0..<outer {
              for i in 0..<inner {
                var place = 0
                for m in 1..<max(middle, 2) where m < middle {
                  let new = x[(o * middle + m) * inner + i]
                  let best = x[(o * middle + place) * inner + i]
                  let better = extremum == .maximum ? new > best : new < best
                  if better || (new.isNaN && !best.isNaN) { place = m }
                }
                let value = x[(o * middle + place) * inner + i]
                let found = values[o * inner + i]
                if places[o * inner + i] != Int32(place) { wrong += 1 }
                if found != value && !(found.isNaN && value.isNaN) { wrong += 1 }
              }
            }
            #expect(wrong == 0, "\(extremum) \(outer) \(middle) \(inner) on \(set)")
          }
          keep(x)
        }
      }
    }
  }

  @Test func `the first extremum wins in float32`() { check(Float.self) }
  @Test func `the first extremum wins in float64`() { check(Double.self) }
}
