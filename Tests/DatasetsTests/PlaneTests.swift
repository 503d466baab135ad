import Datasets
import Foundation
import Testing

@Suite struct PlaneTests {
  let ramp = Plane(width: 4, height: 3, values: (0..<12).map { Float($0) })

  @Test func pixelsAreRowByRow() {
    #expect(ramp[3, 0] == 3)
    #expect(ramp[0, 2] == 8)
  }

  @Test func bilinearIsLinearInside() {
    #expect(ramp.bilinear(x: 2, y: 1) == 6)
    #expect(ramp.bilinear(x: 1.25, y: 1.5) == 1.25 + 4 * 1.5)
    #expect(ramp.bilinear(x: 3, y: 2) == 11)
  }

  @Test func bordersReflectWithoutRepeatingThePixel() {
    // d c b | a b c d | c b a, written out.
    let line = Plane(width: 4, height: 1, values: [10, 20, 30, 40])
    let expected: [Float] = [40, 30, 20, 10, 20, 30, 40, 30, 20, 10, 20]
    for (position, value) in zip((-3)..., expected) {
      #expect(line.bilinear(x: Float(position), y: 0) == value)
      #expect(line.nearest(x: Float(position), y: 5) == value)
    }
    #expect(line.bilinear(x: -0.5, y: 0) == 15)
    #expect(line.bilinear(x: 3.25, y: -7) == 37.5)
    #expect(Plane.reflected(-13, count: 5) == 3)
    #expect(Plane.reflected(1000, count: 1) == 0)
  }

  @Test func nearestTakesTheClosestPixel() {
    #expect(ramp.nearest(x: 1.4, y: 0.6) == 5)
    #expect(ramp.nearest(x: 1.5, y: 0) == 2)
    #expect(ramp.nearest(x: -0.4, y: 2.4) == 8)
  }

  @Test func croppingKeepsThePixels() {
    let part = ramp.cropped(x: 1, y: 1, width: 2, height: 2)
    #expect(part.values == [5, 6, 9, 10])
  }

  @Test func wrongSizesStop() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Plane(width: 3, height: 3, values: [1, 2])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("3 x 3 needs 9 values, there are 2"))
  }

  @Test func blurIsTheGaussianSum() {
    var generator = SeededGenerator(seed: 1)
    let noise = Plane(width: 17, height: 11, values: (0..<187).map { _ in generator.uniform() })
    let deviation: Float = 1.3
    let fast = noise.gaussianBlurred(deviation: deviation)
    let radius = 4
    for y in 0..<11 {
      for x in 0..<17 {
        var sum = 0.0
        var weights = 0.0
        for dy in -radius...radius {
          for dx in -radius...radius {
            let weight = exp(-0.5 * Double(dx * dx + dy * dy) / Double(deviation * deviation))
            sum += weight * Double(noise.nearest(x: Float(x + dx), y: Float(y + dy)))
            weights += weight
          }
        }
        #expect(abs(Double(fast[x, y]) - sum / weights) < 1e-5)
      }
    }
  }

  @Test func blurKeepsAConstantAndNoBlurKeepsThePlane() {
    let flat = Plane(width: 5, height: 4, filledWith: 0.25).gaussianBlurred(deviation: 3)
    #expect(flat.values.allSatisfy { abs($0 - 0.25) < 1e-6 })
    #expect(ramp.gaussianBlurred(deviation: 0) == ramp)
  }

  @Test func smoothNoiseHasMeanZeroAndVarianceOne() {
    var generator = SeededGenerator(seed: 2)
    let noise = Plane.smoothNoise(width: 300, height: 300, scale: 3, using: &generator)
    let n = Float(noise.values.count)
    let mean = noise.values.reduce(0, +) / n
    let variance = noise.values.reduce(0) { $0 + $1 * $1 } / n
    // About 10,000 independent lattice values: standard errors of about 0.02 and 0.03.
    #expect(abs(mean) < 0.07)
    #expect(abs(variance - 1) < 0.1)
    // Smooth: neighbours differ by much less than strangers (whose mean squared difference is 2).
    var step: Float = 0
    for i in 1..<300 { step += (noise[i, 7] - noise[i - 1, 7]) * (noise[i, 7] - noise[i - 1, 7]) }
    #expect(step / 299 < 0.4)
  }
}
