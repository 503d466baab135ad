import Testing
import Training

@Suite struct ClassificationTests {
  // Worked by hand: 3 classes, 10 samples.
  //              predicted 0 1 2
  //   actual 0           3 1 0
  //   actual 1           1 2 1
  //   actual 2           0 0 2
  let actual = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
  let predicted = [0, 0, 0, 1, 0, 1, 1, 2, 2, 2]

  @Test func confusionMatrixByHand() {
    let matrix = ConfusionCounts(predicted: predicted, actual: actual, classes: 3)
    #expect(matrix.counts == [3, 1, 0, 1, 2, 1, 0, 0, 2])
    #expect(matrix.rows == [[3, 1, 0], [1, 2, 1], [0, 0, 2]])
    #expect(matrix.total == 10)
    #expect(matrix.accuracy == 0.7)
    #expect(matrix.precision(of: 0) == 3.0 / 4)
    #expect(matrix.recall(of: 0) == 3.0 / 4)
    #expect(matrix.precision(of: 1) == 2.0 / 3)
    #expect(matrix.recall(of: 1) == 2.0 / 4)
    #expect(matrix.f1(of: 1) == 4.0 / 7)
    #expect(matrix.precision(of: 2) == 2.0 / 3)
    #expect(matrix.recall(of: 2) == 1)
    #expect(matrix.f1(of: 2) == 4.0 / 5)
    #expect(abs(matrix.macroF1 - (0.75 + 4.0 / 7 + 0.8) / 3) < 1e-12)
  }

  @Test func matricesAddUp() {
    let whole = ConfusionCounts(predicted: predicted, actual: actual, classes: 3)
    let first = ConfusionCounts(
      predicted: Array(predicted[..<4]), actual: Array(actual[..<4]), classes: 3)
    let second = ConfusionCounts(
      predicted: Array(predicted[4...]), actual: Array(actual[4...]), classes: 3)
    #expect(first + second == whole)
    #expect(first != whole)
  }

  @Test func classesThatDoNotOccurAreLeftOutOfMeans() {
    let matrix = ConfusionCounts(predicted: [0, 0], actual: [0, 0], classes: 5)
    #expect(matrix.macroF1 == 1)
    #expect(matrix.f1(of: 3) == 0)
    #expect(ConfusionCounts(classes: 2).accuracy == 0)
  }

  @Test func accuracyOfEqualClasses() {
    #expect(accuracy(predicted: predicted, actual: actual) == 0.7)
    #expect(accuracy(predicted: [], actual: []) == 0)
  }

  @Test func highestScoreWinsAndTheFirstOfEqualOnes() {
    let scores: [Float] = [
      0.1, 0.7, 0.2,
      0.5, 0.5, 0,
      .nan, -2, -1,
      .nan, .nan, .nan,
    ]
    #expect(predictedClasses(scores: scores, classes: 3) == [1, 0, 2, 0])
  }

  @Test func topK() {
    let scores: [Float] = [
      4, 3, 2, 1,
      1, 2, 3, 4,
      2, 2, 2, 2,
      .nan, 1, 2, 3,
    ]
    let labels = [1, 0, 2, 0]
    // Ranks of the true classes: 2, 4, 3 (ties go to the lower class), none.
    #expect(topKAccuracy(scores: scores, labels: labels, classes: 4, k: 1) == 0)
    #expect(topKAccuracy(scores: scores, labels: labels, classes: 4, k: 2) == 0.25)
    #expect(topKAccuracy(scores: scores, labels: labels, classes: 4, k: 3) == 0.5)
    #expect(topKAccuracy(scores: scores, labels: labels, classes: 4, k: 4) == 0.75)
  }

  @Test func topOneIsAccuracy() {
    var state: UInt32 = 7
    let scores = (0..<600).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 28)
    }
    let labels = (0..<100).map { $0 % 6 }
    let top = topKAccuracy(scores: scores, labels: labels, classes: 6, k: 1)
    let plain = accuracy(predicted: predictedClasses(scores: scores, classes: 6), actual: labels)
    #expect(top == plain)
    #expect(plain > 0)
  }

  @Test func labelsOutsideTheClassesStop() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = ConfusionCounts(predicted: [3], actual: [0], classes: 3)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("labels must lie in 0 ..< 3: predicted 3, actual 0"))
  }
}
