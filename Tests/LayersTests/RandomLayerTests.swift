import Layers
import Tensors
import Testing

@Suite struct DropoutTests {
  @Test func onlyInTraining() {
    let x = Tensor.ones([1000])
    let layer = Dropout(rate: 0.25)
    #expect(layer(x).hasSameBits(as: x))
    let y = withRandomSource(RandomSource(seed: 3)) { withMode(.training) { layer(x) } }
    let kept = y.scalars(of: Double.self).filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 1 / 0.75) < 1e-6 })
    #expect((690...810).contains(kept.count))
  }

  @Test func theSourceDecides() {
    let x = Tensor.ones([64])
    func drop(_ seed: UInt64) -> Tensor {
      withRandomSource(RandomSource(seed: seed)) { withMode(.training) { Dropout()(x) } }
    }
    #expect(drop(1).hasSameBits(as: drop(1)))
    #expect(!drop(1).hasSameBits(as: drop(2)))
  }
}

@Suite struct InitializerTests {
  private let fan = Initializer.Fan(inputs: 50, outputs: 200)

  private func deviation(_ initializer: Initializer) -> (mean: Double, deviation: Double) {
    let values = withRandomSource(RandomSource(seed: 11)) {
      initializer([50, 200], fan: fan).scalars(of: Double.self)
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, square.squareRoot())
  }

  /// 10,000 numbers: the standard error of a deviation is below 1 %, of a mean 0.01 deviations.
  @Test func deviations() {
    let root = { (x: Double) in x.squareRoot() }
    let cases: [(String, Initializer, Double)] = [
      ("kaimingNormal", .kaimingNormal(), root(2.0 / 50)),
      ("kaimingNormal outputs", .kaimingNormal(.outputs), root(2.0 / 200)),
      ("kaimingUniform", .kaimingUniform(), root(2.0 / 50)),
      ("kaimingUniform leaky", .kaimingUniform(gain: .leakyReLU(slope: 1)), root(1.0 / 50)),
      ("xavierNormal", .xavierNormal(), root(2.0 / 250)),
      ("xavierUniform", .xavierUniform(gain: .tanh), root(2.0 / 250) * 5 / 3),
      ("lecunNormal", .lecunNormal, root(1.0 / 50)),
      ("lecunUniform", .lecunUniform, root(1.0 / 50)),
      ("truncatedNormal", .truncatedNormal(deviation: 0.5), 0.5 * 0.8796),
      ("normal", .normal(deviation: 0.25), 0.25),
    ]
    for (name, initializer, expected) in cases {
      let (mean, found) = deviation(initializer)
      #expect(abs(found - expected) < 0.03 * expected, "\(name)")
      #expect(abs(mean) < 0.04 * expected, "\(name)")
    }
  }

  @Test func constants() {
    #expect(Initializer.constant(2.5)([3], fan: fan).scalars(of: Double.self) == [2.5, 2.5, 2.5])
    #expect(Initializer.zeros([2], fan: fan).scalars(of: Double.self) == [0, 0])
    #expect(Initializer.ones([2], fan: fan).scalars(of: Double.self) == [1, 1])
  }

  @Test func theSourceDecides() {
    func make(_ seed: UInt64) -> Tensor {
      withRandomSource(RandomSource(seed: seed)) { Conv2D(inputs: 2, outputs: 3, kernel: 3) }
        .weight.value
    }
    #expect(make(1).hasSameBits(as: make(1)))
    #expect(!make(1).hasSameBits(as: make(2)))
  }
}
