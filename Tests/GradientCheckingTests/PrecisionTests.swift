import GradientChecking
import Tensors
import Testing

@Suite struct PrecisionTests {
  /// float32 gradients against float64's, of the same inputs, cotangents and masks, for every case: the
  /// largest difference relative to the largest element of the gradient.
  @Test func singlePrecisionGradientsAreWithinATenThousandth() {
    var compared = 0
    var worst = (error: 0.0, name: "")
    for item in Registry.cases {
      let double = item.gradients(3, .float64)
      let single = item.gradients(3, .float32)
      #expect(single.count == double.count, "\(item.name)")
      for (a, b) in zip(single, double) {
        #expect(a.dtype == .float32 && b.dtype == .float64, "\(item.name)")
        #expect(a.shape == b.shape, "\(item.name)")
        let left = a.scalars(of: Double.self)
        let right = b.scalars(of: Double.self)
        let size = right.reduce(0) { max($0, abs($1)) }
        let error = zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
        // A gradient that is zero but for rounding is compared with cotangents, which are about 1.
        let relative = error / max(size, 1e-2)
        #expect(relative <= 1e-4, "\(item.family) \(item.name): \(relative)")
        if relative > worst.error { worst = (relative, item.name) }
        compared += 1
      }
    }
    #expect(compared >= Registry.cases.count)
    print(
      "float32 against float64: \(compared) gradients, the worst \(worst.error) in \(worst.name)")
  }
}
