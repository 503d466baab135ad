import TapeGrad
import Testing

/// Gives each pixel the logit that is its own value: the prediction must be the image's sigmoid.
private struct Identity: Layer {
  func forward(_ x: Tensor) -> Tensor { x }
}

/// Stops unless the sides are multiples of 8, as a U-Net of depth 3 does.
private struct Picky: Layer {
  func forward(_ x: Tensor) -> Tensor {
    precondition(x.shape[1] % 8 == 0 && x.shape[2] % 8 == 0)
    return x
  }
}

/// Mixes each pixel with its left neighbour: not the same for a mirrored image.
private struct LeftSided: Layer {
  func forward(_ x: Tensor) -> Tensor {
    x * 0.5 + concatenate(
      [
        x.sliced(axis: 2, from: 0, count: 1),
        x.sliced(axis: 2, from: 0, count: x.shape[2] - 1),
      ], axis: 2) * 0.5
  }
}

@Suite struct SegmentationPredictorTests {
  private let unscaled = Normalization.fixed(mean: [0], deviation: [1])

  private func noise(_ width: Int, _ height: Int) -> Plane {
    var generator = SeededGenerator(seed: 3)
    return Plane(
      width: width, height: height,
      values: (0..<width * height).map { _ in Float(generator.next() >> 40) * 0x1p-24 })
  }

  private func expectSigmoid(_ found: Plane, of plane: Plane) {
    #expect(found.width == plane.width && found.height == plane.height)
    let expected = sigmoid(Tensor(plane.values)).scalars(of: Float.self)
    for (a, b) in zip(found.values, expected) { #expect(abs(a - b) < 1e-6) }
  }

  @Test(arguments: [(1, 1), (7, 13), (16, 8), (33, 9)])
  func anySize(width: Int, height: Int) throws {
    let plane = noise(width, height)
    let predictor = SegmentationPredictor(
      normalization: unscaled, multiple: 8, averagesOrientations: false)
    expectSigmoid(try predictor.probability(of: [plane], by: Picky()), of: plane)
  }

  @Test func turnedAndMirroredImagesComeBack() throws {
    let plane = noise(19, 11)
    let predictor = SegmentationPredictor(
      normalization: unscaled, multiple: 8, averagesOrientations: true)
    expectSigmoid(try predictor.probability(of: [plane], by: Picky()), of: plane)
  }

  @Test func tilesJoinWithoutSeams() throws {
    let plane = noise(101, 64)
    let predictor = SegmentationPredictor(
      normalization: unscaled, multiple: 8, averagesOrientations: false, tileSize: 40, overlap: 8)
    expectSigmoid(try predictor.probability(of: [plane], by: Picky()), of: plane)
  }

  @Test func averagingMakesAOneSidedModelSymmetric() throws {
    let plane = noise(12, 12)
    let mirrored = Plane(
      width: 12, height: 12,
      values: (0..<144).map { plane.values[$0 / 12 * 12 + 11 - $0 % 12] })
    let predictor = SegmentationPredictor(
      normalization: unscaled, multiple: 1, averagesOrientations: true)
    let a = try predictor.probability(of: [plane], by: LeftSided())
    let b = try predictor.probability(of: [mirrored], by: LeftSided())
    for place in 0..<144 {
      #expect(abs(a.values[place] - b.values[place / 12 * 12 + 11 - place % 12]) < 1e-6)
    }
  }

  @Test func scalesEachImageByItself() throws {
    let plane = noise(20, 20)
    let bright = Plane(width: 20, height: 20, values: plane.values.map { 0.3 + 0.5 * $0 })
    let predictor = SegmentationPredictor(
      normalization: .perImage, multiple: 1, averagesOrientations: false)
    let a = try predictor.probability(of: [plane], by: Identity())
    let b = try predictor.probability(of: [bright], by: Identity())
    for (x, y) in zip(a.values, b.values) { #expect(abs(x - y) < 1e-5) }
  }

  @Test func progressCanEndIt() {
    struct Enough: Error {}
    let predictor = SegmentationPredictor(
      normalization: unscaled, multiple: 1, averagesOrientations: true)
    #expect(throws: Enough.self) {
      try predictor.probability(of: [noise(8, 8)], by: Identity()) { done, _ in
        if done == 3 { throw Enough() }
      }
    }
  }
}
