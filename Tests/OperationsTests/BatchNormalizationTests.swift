import Autodiff
import Operations
import Tensors
import Testing

@Suite struct BatchNormalizationTests {
  /// By the formula, with statistics summed in the open.
  @Test func valuesAreThoseOfTheFormula() {
    let x = waves([3, 2, 4])
    let (scale, offset) = (waves([4], phase: 1), waves([4], phase: 2))
    let expected = tensor([3, 2, 4]) { place in
      let values = [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]].map { x.at($0 + [place[2]]) }
      let mean = values.reduce(0, +) / 6
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6
      return (x.at(place) - mean) / (variance + 0.25).squareRoot() * scale.at([place[2]])
        + offset.at([place[2]])
    }
    expectClose(batchNorm(x, scale: scale, offset: offset, epsilon: 0.25), expected)
    let (mean, variance) = moments(x)
    expectClose(
      batchNorm(
        x, mean: mean, variance: variance, scale: scale, offset: offset, epsilon: 0.25), expected)
  }

  @Test func aChannelOfOneValueGivesTheOffset() {
    let x = waves([1, 3])
    expectClose(batchNorm(x, offset: waves([3], phase: 1)), waves([1, 3], phase: 1))
    #expect(gradient(at: x) { batchNorm($0).sum() }.numbers == [0, 0, 0])
  }

  @Test func givenStatisticsHaveGradients() {
    // y = (x - m) / sqrt(v), at x = 3, m = 1, v = 4: dy/dm = -1/2, dy/dv = -(x - m) / (2 v^1.5) = -1/8.
    let x = Tensor([3.0], shape: [1, 1], dtype: .float64)
    let slopes = gradient(
      at: [Tensor([1.0], dtype: .float64), Tensor([4.0], dtype: .float64)]
    ) { batchNorm(x, mean: $0[0], variance: $0[1], epsilon: 0).sum() }
    #expect(slopes.map { $0.numbers } == [[-0.5], [-0.125]])
  }

  @Test func stopsWithAMessage() async {
    let axes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = batchNorm(Tensor.zeros([3])) }
    #expect(text(axes).contains("batchNorm: wants at least 2 axes"))
    let scale = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = batchNorm(Tensor.zeros([2, 3]), scale: Tensor.ones([2])) }
    #expect(text(scale).contains("scale has shape [2], [2, 3] wants [3]"))
    let variance = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = batchNorm(Tensor.zeros([2, 3]), mean: .zeros([3]), variance: .zeros([1, 3])) }
    #expect(text(variance).contains("variance has shape [1, 3], [2, 3] wants [3]"))
  }
}
