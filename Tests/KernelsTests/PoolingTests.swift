import Kernels
import Testing

private func geometry(
  batch: Int = 2, _ height: Int, _ width: Int, _ channels: Int, window: (Int, Int),
  stride: (Int, Int) = (1, 1), padding: (Int, Int) = (0, 0), dilation: (Int, Int) = (1, 1)
) -> WindowGeometry {
  // As many windows as fit when the far side is padded as the near side is.
  let outputHeight = (height + 2 * padding.0 - (window.0 - 1) * dilation.0 - 1) / stride.0 + 1
  let outputWidth = (width + 2 * padding.1 - (window.1 - 1) * dilation.1 - 1) / stride.1 + 1
  return WindowGeometry(
    batch: batch, inputHeight: height, inputWidth: width, channels: channels,
    outputHeight: outputHeight, outputWidth: outputWidth, windowHeight: window.0,
    windowWidth: window.1, strideHeight: stride.0, strideWidth: stride.1, paddingTop: padding.0,
    paddingLeft: padding.1, dilationHeight: dilation.0, dilationWidth: dilation.1)
}

private let geometries: [WindowGeometry] = [
  geometry(4, 4, 3, window: (2, 2), stride: (2, 2)),
  geometry(8, 8, 64, window: (2, 2), stride: (2, 2)),
  geometry(7, 9, 33, window: (3, 3), stride: (2, 2), padding: (1, 1)),
  geometry(7, 5, 40, window: (3, 2), stride: (1, 2), padding: (1, 0)),
  geometry(11, 12, 5, window: (3, 3), stride: (2, 1), padding: (1, 1), dilation: (2, 3)),
  geometry(9, 9, 1, window: (5, 5), padding: (2, 2)),
  geometry(20, 21, 17, window: (17, 16), stride: (2, 3), padding: (8, 8)),
  geometry(6, 6, 32, window: (1, 1)),
  geometry(5, 5, 16, window: (2, 2), padding: (3, 3)),
  geometry(batch: 1, 150, 40, 48, window: (3, 3), stride: (2, 2), padding: (1, 1)),
  geometry(batch: 0, 4, 4, 4, window: (2, 2)),
]

/// The maximum, its place and its element of the input, one window at a time.
private func reference<T: Computed>(_ g: WindowGeometry, _ x: [T])
  -> (values: [T], positions: [Int], sources: [Int?])
{
  var values: [T] = []
  var positions: [Int] = []
  var sources: [Int?] = []
  for n in 0..<g.batch {
    for p in 0..<g.outputHeight {
      for q in 0..<g.outputWidth {
        for c in 0..<g.channels {
          var best: T?
          var position = 0
          var source: Int?
          for h in 0..<g.windowHeight {
            for w in 0..<g.windowWidth {
              let row = p * g.strideHeight - g.paddingTop + h * g.dilationHeight
              let column = q * g.strideWidth - g.paddingLeft + w * g.dilationWidth
              guard row >= 0, row < g.inputHeight, column >= 0, column < g.inputWidth else {
                continue
              }
              let at = ((n * g.inputHeight + row) * g.inputWidth + column) * g.channels + c
              let wins = best.map { x[at] > $0 || (x[at].isNaN && !$0.isNaN) } ?? true
              if wins {
                best = x[at]
                position = h * g.windowWidth + w
                source = at
              }
            }
          }
          values.append(best ?? -.infinity)
          positions.append(position)
          sources.append(source)
        }
      }
    }
  }
  return (values, positions, sources)
}

@Suite struct PoolingTests {
  /// Small integers, so that ties are common, and now and then a NaN or an infinity.
  private func samples<T: Computed>(_ count: Int) -> [T] {
    var generator = SampleGenerator(count)
    return (0..<count).map { _ in
      let n = generator.index(below: 200)
      return n == 0 ? .nan : n == 1 ? -.infinity : n == 2 ? .infinity : T(n % 7) - 3
    }
  }

  private func positions(_ g: WindowGeometry, _ memory: Elements<Int32>, _ count: Int) -> [Int] {
    g.positionDType == .int32
      ? memory.array.prefix(count).map(Int.init)
      : memory.array.withUnsafeBytes { $0.prefix(count).map(Int.init) }
  }

  private func check<T: Computed>(_: T.Type) {
    onEveryInstructionSet { set in
      for g in geometries {
        let inputs = g.batch * g.inputHeight * g.inputWidth * g.channels
        let outputs = g.batch * g.outputHeight * g.outputWidth * g.channels
        let x: [T] = samples(inputs)
        let truth = reference(g, x)
        let source = Elements(x)
        let y = Elements(T(99), count: outputs)
        let places = Elements(Int32(0), count: outputs)
        maxPool(T.dtype, g, source.raw, into: y.raw, positions: places.raw)
        #expect(positions(g, places, outputs) == truth.positions, "\(g) on \(set)")
        let same = zip(y.array, truth.values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        #expect(same, "\(g) on \(set)")

        let again = Elements(Int32(0), count: outputs)
        windowArgmax(T.dtype, g, source.raw, into: again.raw)
        #expect(again.array == places.array, "\(g) on \(set)")

        // Other values at the same places.
        var generator = SampleGenerator(3)
        let other = Elements<T>(generator.reals(inputs))
        pickFromWindows(T.dtype, g, other.raw, positions: places.raw, into: y.raw)
        let picked = truth.sources.map { $0.map { other[$0] } ?? -.infinity }
        #expect(y.array == picked, "\(g) on \(set)")

        // Multiples of 1/8, so that sums are exact in any order.
        let dy = Elements<T>((0..<outputs).map { _ in T(generator.index(below: 64) - 30) / 8 })
        let dx = Elements(T.nan, count: inputs)
        placeInWindows(T.dtype, g, dy.raw, positions: places.raw, into: dx.raw)
        var expected = [T](repeating: 0, count: inputs)
        for (index, at) in truth.sources.enumerated() {
          if let at { expected[at] += dy[index] }
        }
        #expect(dx.array == expected, "\(g) on \(set)")
        keep(source, other, dy, places)
      }
    }
  }

  @Test func `pooling finds the first maximum in float32`() { check(Float.self) }
  @Test func `pooling finds the first maximum in float64`() { check(Double.self) }
}

extension ThreadsTests {
  @Test func `pooling has the same bits for any number of threads`() {
    let g = geometry(batch: 1, 150, 60, 48, window: (3, 3), stride: (2, 2), padding: (1, 1))
    var generator = SampleGenerator(1)
    let x = Elements<Float>(generator.reals(150 * 60 * 48))
    let outputs = g.outputHeight * g.outputWidth * 48
    let dy = Elements<Float>(generator.reals(outputs))
    sameBitsForAnyThreadCount {
      let y = Elements(Float.nan, count: outputs)
      let places = Elements(UInt8(0), count: outputs)
      let dx = Elements(Float.nan, count: x.count)
      maxPool(.float32, g, x.raw, into: y.raw, positions: places.raw)
      placeInWindows(.float32, g, dy.raw, positions: places.raw, into: dx.raw)
      return y.bytes + places.bytes + dx.bytes
    }
    keep(x, dy)
  }
}
