import Testing
import Training

@Suite struct SegmentationTests {
  @Test func countsByHand() {
    // Called positive from 0.5 on: pixels 0, 1, 2. Positive in truth: 0, 1, 3.
    let counts = SegmentationCounts(
      probability: [0.9, 0.5, 0.6, 0.49, 0.1, .nan, 0, 0], mask: [1, 1, 0, 1, 0, 0, 0, 0])
    #expect(counts.truePositives == 2)
    #expect(counts.falsePositives == 1)
    #expect(counts.falseNegatives == 1)
    #expect(counts.trueNegatives == 4)
    #expect(counts.dice == 4.0 / 6)
    #expect(counts.intersectionOverUnion == 2.0 / 4)
    #expect(counts.pixelAccuracy == 6.0 / 8)
    #expect(counts.precision == 2.0 / 3)
    #expect(counts.recall == 2.0 / 3)
  }

  @Test func overlapFollowsFromDice() {
    let probability = (0..<100).map { Float($0 * 37 % 100) / 100 }
    let mask = (0..<100).map { Float($0 % 3 == 0 ? 1 : 0) }
    for threshold: Float in [0.1, 0.3, 0.5, 0.9] {
      let counts = SegmentationCounts(
        probability: probability, mask: mask, threshold: threshold)
      let expected = counts.dice / (2 - counts.dice)
      #expect(abs(counts.intersectionOverUnion - expected) < 1e-12)
      #expect(counts.dice == dice(probability: probability, mask: mask, threshold: threshold))
    }
  }

  @Test func countsOfTwoImagesAddUp() {
    var both = SegmentationCounts(probability: [1, 0], mask: [1, 1])
    both.add(probability: [1, 1, 0], mask: [0, 1, 0])
    let joined = SegmentationCounts(probability: [1, 0, 1, 1, 0], mask: [1, 1, 0, 1, 0])
    #expect(both == joined)
    #expect(
      SegmentationCounts(probability: [1, 0], mask: [1, 1])
        + SegmentationCounts(probability: [1, 1, 0], mask: [0, 1, 0]) == joined)
  }

  @Test func nothingToFindAndNothingFoundIsPerfect() {
    #expect(dice(probability: [0, 0], mask: [0, 0]) == 1)
    #expect(intersectionOverUnion(probability: [0, 0], mask: [0, 0]) == 1)
    #expect(dice(probability: [1, 0], mask: [0, 0]) == 0)
    #expect(pixelAccuracy(probability: [1, 0], mask: [0, 0]) == 0.5)
  }
}
