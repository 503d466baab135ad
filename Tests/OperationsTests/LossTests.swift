import Autodiff
import Operations
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite struct LossTests {
  private let logits = Tensor([[1.0, 2, 3], [0.5, -1, 0]], dtype: .float64)
  private let labels = Tensor([Int32(2), 0])

  /// -log softmax, by the definition.
  private func entropy(_ row: Int, _ label: Int) -> Double {
    let values = Array(logits.numbers[(row * 3)..<(row * 3 + 3)])
    return -log(exp(values[label]) / values.reduce(0) { $0 + exp($1) })
  }

  private func expectNear(
    _ x: Tensor, _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(Swift.abs(x.item - expected) < 1e-12, sourceLocation: sourceLocation)
  }

  @Test func crossEntropyOfLabels() {
    let (a, b) = (entropy(0, 2), entropy(1, 0))
    expectNear(crossEntropy(logits, labels), (a + b) / 2)
    expectNear(crossEntropy(logits, labels, reduction: .sum), a + b)
    #expect(crossEntropy(logits, labels, reduction: .none).shape == [2])
    // With smoothing s every class counts s / 3 more.
    let even0 = (entropy(0, 0) + entropy(0, 1) + entropy(0, 2)) / 3
    let even1 = (entropy(1, 0) + entropy(1, 1) + entropy(1, 2)) / 3
    expectNear(
      crossEntropy(logits, labels, smoothing: 0.1), 0.9 * (a + b) / 2 + 0.1 * (even0 + even1) / 2)
    let weights = Tensor([3.0, 1, 2], dtype: .float64)
    expectNear(crossEntropy(logits, labels, classWeights: weights), (2 * a + 3 * b) / 5)
    expectNear(crossEntropy(logits, labels, ignoredLabel: 0), a)
    expectNear(
      crossEntropy(logits, probabilities: Tensor.oneHot(labels, classes: 3, dtype: .float64)),
      (a + b) / 2)
    expectNear(negativeLogLikelihood(logSoftmax(logits), labels), (a + b) / 2)
  }

  /// The gradient of the mean is (softmax - one-hot) / n.
  @Test func crossEntropyHasItsWellKnownGradient() {
    let slope = gradient(at: logits) { crossEntropy($0, labels) }
    let expected = (softmax(logits) - Tensor.oneHot(labels, classes: 3, dtype: .float64)) / 2
    expectClose(slope, expected)
  }

  /// One pass against log(sum(exp)) and softmax row by row, in float64.
  @Test(arguments: [1, 2, 3, 10, 16, 17, 100])
  func crossEntropyInOnePass(classes: Int) {
    for dtype in [DType.float32, .float64] {
      let x = Tensor.normal([37, classes], source: RandomSource(seed: 4)).cast(to: dtype) * 3
      let labels = Tensor((0..<37).map { Int64($0 * 7 % classes) })
      let rows = x.numbers
      let losses = softmaxCrossEntropy(x, labels).numbers
      let weights = (0..<37).map { Double($0 % 5) - 1.5 }
      let slopes = softmaxCrossEntropyGradient(
        x, labels, Tensor(weights, dtype: .float64).cast(to: dtype)
      ).numbers
      let unit = dtype == .float32 ? 0x1p-24 : 0x1p-53
      for row in 0..<37 {
        let logits = rows[row * classes..<(row + 1) * classes]
        let label = row * 7 % classes
        let shift = logits.max()!
        let terms = logits.map { exp($0 - shift) }
        let sum = terms.reduce(0, +)
        let distance = shift - logits[row * classes + label]
        // The function's own error of 4 units, and one for each rounding.
        let loss = log(sum) + distance
        #expect(Swift.abs(losses[row] - loss) <= 16 * unit * (1 + loss))
        for (column, term) in terms.enumerated() {
          let expected = (term / sum - (column == label ? 1 : 0)) * weights[row]
          #expect(Swift.abs(slopes[row * classes + column] - expected) <= 16 * unit * 4)
        }
      }
    }
  }

  @Test func logitsThatAreNotFinite() {
    let infinity = Double.infinity
    let x = Tensor([[0, -infinity], [infinity, 0], [.nan, 0]], dtype: .float64)
    let first = softmaxCrossEntropy(x, Tensor([Int32(0), 0, 1])).numbers
    #expect(first[0] == 0 && first[1].isNaN && first[2].isNaN)
    #expect(softmaxCrossEntropy(x, Tensor([Int32(1), 1, 1])).numbers[0] == infinity)
  }

  @Test func logitsOfAnySizeAreSafe() {
    let large = Tensor([[1000.0, -1000], [-1000, 1000]], dtype: .float64)
    #expect(crossEntropy(large, Tensor([Int32(0), 1])).item == 0)
    #expect(crossEntropy(large, Tensor([Int32(1), 0])).item == 2000)
    let x = Tensor([1000.0, -1000], dtype: .float64)
    #expect(binaryCrossEntropy(logits: x, Tensor([1.0, 0], dtype: .float64)).item == 0)
    #expect(binaryCrossEntropy(logits: x, Tensor([0.0, 1], dtype: .float64)).item == 1000)
  }

  @Test func binaryCrossEntropyByItsDefinition() {
    let x = Tensor([0.5, -2, 3], dtype: .float64)
    let t = Tensor([1.0, 0, 0.25], dtype: .float64)
    func term(_ x: Double, _ t: Double, _ weight: Double) -> Double {
      let p = 1 / (1 + exp(-x))
      return -(weight * t * log(p) + (1 - t) * log(1 - p))
    }
    let plain = zip(x.numbers, t.numbers).map { term($0, $1, 1) }
    expectNear(binaryCrossEntropy(logits: x, t, reduction: .sum), plain.reduce(0, +))
    let weighted = zip(x.numbers, t.numbers).map { term($0, $1, 3) }
    expectNear(binaryCrossEntropy(logits: x, t, positiveWeight: 3), weighted.reduce(0, +) / 3)
  }

  @Test func diceByHand() {
    let p = Tensor([[0.5, 0.5], [1, 0]], dtype: .float64)
    let t = Tensor([[1.0, 0], [1, 0]], dtype: .float64)
    // 1 - (2 * 0.5 + 1) / (1 + 1 + 1) = 1/3 and 1 - (2 + 1) / (1 + 1 + 1) = 0; their mean 1/6
    expectNear(diceLoss(p, t), 1.0 / 6)
    // all together: 1 - (2 * 1.5 + 1) / (2 + 2 + 1) = 0.2
    expectNear(diceLoss(p, t, perExample: false), 0.2)
    let empty = Tensor.zeros([1, 4], dtype: .float64)
    #expect(diceLoss(empty, empty).item == 0)
  }

  @Test func distances() {
    let x = Tensor([1.0, 2, 5], dtype: .float64)
    let t = Tensor([1.5, 2, 2], dtype: .float64)
    expectNear(meanSquaredError(x, t), 9.25 / 3)
    expectNear(meanAbsoluteError(x, t), 3.5 / 3)
    // 0.5 * 0.25, 0, 3 - 0.5
    expectNear(huberLoss(x, t, reduction: .sum), 0.125 + 2.5)
  }

  @Test func focalLossWithoutFocusIsHalfTheCrossEntropy() {
    let x = Tensor([0.5, -2, 3], dtype: .float64)
    let t = Tensor([1.0, 0, 1], dtype: .float64)
    expectClose(
      focalLoss(logits: x, t, gamma: 0, alpha: 0.5), binaryCrossEntropy(logits: x, t) * 0.5)
    #expect(focalLoss(logits: x, t).item < focalLoss(logits: x, t, gamma: 0).item)
  }

  @Test func divergenceOfADistributionFromItself() {
    let p = softmax(logits)
    #expect(Swift.abs(klDivergence(logProbabilities: log(p), target: p).item) < 1e-15)
    let sure = Tensor([[0.0, 0, 1], [1, 0, 0]], dtype: .float64)
    expectClose(
      klDivergence(logProbabilities: logSoftmax(logits), target: sure), crossEntropy(logits, labels)
    )
  }

  @Test func dropoutKeepsTheMean() {
    let x = Tensor.ones([100_000], dtype: .float64)
    let y = dropout(x, rate: 0.25, source: RandomSource(seed: 1))
    #expect(Swift.abs(y.mean().item - 1) < 0.01)
    #expect(Set(y.numbers).isSubset(of: [0, 1 / 0.75]))
    let share = Double(y.numbers.count { $0 == 0 }) / 100_000
    #expect(Swift.abs(share - 0.25) < 0.01)
    #expect(dropout(x, rate: 0).hasSameBits(as: x))
  }

  @Test func labelsOfAnotherShapeStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = crossEntropy(Tensor.zeros([2, 3]), Tensor([Int32(0)]))
    }
    #expect(text(result).contains("crossEntropy: logits [2, 3] want labels [2], given [1]"))
  }

  @Test func aLabelOutOfRangeStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = crossEntropy(Tensor.zeros([2, 3]), Tensor([Int32(0), 3]))
    }
    #expect(text(result).contains("index 3 at position 1 is not in 0..<3"))
  }

  @Test func aRateOutOfRangeStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = dropout(Tensor.ones([2]), rate: 1)
    }
    #expect(text(result).contains("dropout: a rate lies in [0, 1), given 1.0"))
  }
}
