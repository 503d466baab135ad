import Tensors
import Testing
import Training

@Suite struct TensorMetricsTests {
  @Test func segmentationCountsOfTensorsAreThoseOfTheirElements() {
    let probability: [Float] = [0.9, 0.5, 0.6, 0.49, 0.1, 0, 0, 0]
    let mask: [Float] = [1, 1, 0, 1, 0, 0, 0, 0]
    var counts = SegmentationCounts()
    counts.add(
      probability: Tensor(probability, shape: [2, 2, 2, 1]),
      mask: Tensor(mask, shape: [2, 2, 2, 1]))
    #expect(counts == SegmentationCounts(probability: probability, mask: mask))
    #expect(counts.truePositives == 2)
  }

  @Test func confusionOfScores() {
    var counts = ConfusionCounts(classes: 3)
    counts.add(
      scores: Tensor([0.1, 0.7, 0.2, 3, 1, 2, -1, -3, -2] as [Float], shape: [3, 3]),
      labels: Tensor([1, 2, 0] as [Int32], shape: [3]))
    #expect(counts.rows == [[1, 0, 0], [0, 1, 0], [1, 0, 0]])
  }

  @Test func boundaryPredictionsAreCutPictureByPicture() {
    let values = (0..<24).map { Float($0) / 24 }
    let each = BoundaryPrediction.each(
      probability: Tensor(values, shape: [2, 3, 4, 1]),
      mask: Tensor(values.map { $0 > 0.5 ? Float(1) : 0 }, shape: [2, 3, 4, 1]))
    #expect(each.count == 2)
    #expect(each[1].width == 4 && each[1].height == 3)
    #expect(each[1].probability == Array(values[12...]))
    #expect(each[0].mask.allSatisfy { $0 == 0 })
  }

  @Test func shapesThatDoNotFitStop() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var counts = ConfusionCounts(classes: 3)
      counts.add(scores: Tensor.zeros([4, 2]), labels: Tensor.zeros([4], dtype: .int32))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("wants scores [batch, 3] and labels [batch], they are [4, 2] and [4]"))
  }
}
