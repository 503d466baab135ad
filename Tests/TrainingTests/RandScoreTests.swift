import Foundation
import Testing
import Training

/// A picture drawn with letters: '#' is border, everything else inside.
private func segments(_ rows: String...) -> Segments {
  Segments(
    componentsOf: rows.joined().map { $0 != "#" }, width: rows[0].count, height: rows.count)
}

/// A small generator that needs nothing but this file.
private struct Dice {
  var state: UInt64
  mutating func roll(_ sides: UInt64) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % sides)
  }
}

private func randomSegments(_ dice: inout Dice, width: Int, height: Int, inside: Int) -> Segments {
  Segments(
    componentsOf: (0..<(width * height)).map { _ in dice.roll(100) < inside }, width: width,
    height: height)
}

/// The scores from their definitions: over all pairs of pixels, and from a table of shares.
private func slowScores(_ proposal: Segments, _ truth: Segments) -> (rand: Double, info: Double) {
  var pixels: [(s: Int, t: Int)] = []
  var own = -1
  for (s, t) in zip(proposal.labels, truth.labels) where t != 0 {
    pixels.append((s == 0 ? own : Int(s), Int(t)))
    if s == 0 { own -= 1 }
  }
  var both = 0
  var inProposal = 0
  var inTruth = 0
  for a in pixels {
    for b in pixels {
      if a.s == b.s && a.t == b.t { both += 1 }
      if a.s == b.s { inProposal += 1 }
      if a.t == b.t { inTruth += 1 }
    }
  }
  let n = Double(pixels.count)
  var information = 0.0
  var entropy = 0.0
  for a in pixels {
    let s = Double(pixels.count { $0.s == a.s }) / n
    let t = Double(pixels.count { $0.t == a.t }) / n
    let st = Double(pixels.count { $0.s == a.s && $0.t == a.t }) / n
    information += log(st / (s * t)) / n
    entropy -= (log(s) + log(t)) / n
  }
  return (2 * Double(both) / Double(inProposal + inTruth), 2 * information / entropy)
}

@Suite struct RandScoreTests {
  @Test func componentsTouchBySidesOnly() {
    let found = segments(
      "a#b",
      "a#b",
      "##.",
      "c#.")
    // Numbered column by column; the diagonal does not connect a to c, b and the dots are one.
    #expect(found.labels == [1, 0, 3, 1, 0, 3, 0, 0, 3, 2, 0, 3])
    #expect(found.count == 3)
  }

  @Test func oneMergerByHand() {
    // Truth: two segments of 4 pixels; proposal: one of 8. p = (1/2, 1/2), s = 1, t = (1/2, 1/2).
    let truth = segments("aaaa", "####", "bbbb")
    let proposal = segments("aaaa", "aaaa", "aaaa")
    let score = SegmentationAgreement(proposal: proposal, truth: truth)
    #expect(score.rand.merge == 0.5)
    #expect(score.rand.split == 1)
    #expect(score.rand.f == 0.5 / 0.75)
    // I(S; T) = 0 because S has only one segment.
    #expect(score.information.f == 0)
    #expect(score.information.merge == 0)
  }

  @Test func oneSplitWithABorderByHand() {
    // Truth: one segment of 5 pixels. Proposal: 2 | border | 2. The border pixel is a segment of its
    // own: sum p^2 = sum s^2 = (4 + 4 + 1) / 25, sum t^2 = 1.
    let truth = segments("aaaaa")
    let proposal = segments("aa#bb")
    let score = SegmentationAgreement(proposal: proposal, truth: truth)
    #expect(abs(score.rand.split - 9.0 / 25) < 1e-12)
    #expect(abs(score.rand.merge - 1) < 1e-12)
    #expect(abs(score.rand.f - 2 * (9.0 / 25) / (9.0 / 25 + 1)) < 1e-12)
    #expect(score.information.f == 0)
  }

  @Test func mergerOfUnequalPartsByHand() {
    // Foreground: pixels 0 and 1 (a), 3 (b) and 5 (c). The proposal joins a and b:
    //   p = (2, 1, 1) / 4, s = (3, 1) / 4, t = (2, 1, 1) / 4, V_rand = 2 * 6 / (10 + 6).
    // S follows from T, so I(S; T) = H(S); in nats, from python:
    //   h = lambda *p: -sum(x * math.log(x) for x in p)
    //   h(3/4, 1/4) = 0.5623351446188083, h(1/2, 1/4, 1/4) = 1.0397207708399179
    let score = SegmentationAgreement(
      proposal: segments("aaaa#c"), truth: segments("aa#b#c"))
    #expect(score.rand.f == 0.75)
    let expected = 2 * 0.562_335_144_618_808_3 / (0.562_335_144_618_808_3 + 1.039_720_770_839_917_9)
    #expect(abs(score.information.f - expected) < 1e-12)
  }

  @Test(arguments: 0..<20) func agreesWithTheDefinition(seed: Int) {
    var dice = Dice(state: UInt64(seed))
    let truth = randomSegments(&dice, width: 13, height: 9, inside: 70)
    let proposal = randomSegments(&dice, width: 13, height: 9, inside: 40 + 3 * seed)
    let fast = SegmentationAgreement(proposal: proposal, truth: truth)
    let slow = slowScores(proposal, truth)
    #expect(abs(fast.rand.f - slow.rand) < 1e-12)
    #expect(abs(fast.information.f - slow.info) < 1e-9)
    let harmonic =
      2 * fast.information.merge * fast.information.split
      / (fast.information.merge + fast.information.split)
    #expect(abs(fast.information.f - harmonic) < 1e-9)
  }

  @Test func aSegmentationAgreesWithItself() {
    var dice = Dice(state: 99)
    let truth = randomSegments(&dice, width: 20, height: 20, inside: 55)
    let score = SegmentationAgreement(proposal: truth, truth: truth)
    #expect(score.rand.f == 1)
    #expect(abs(score.information.f - 1) < 1e-12)
  }

  @Test func thinningLeavesOnePixelBetweenSegments() {
    let wide = segments("aa####bbb")
    // From the left a takes two pixels, from the right b takes one, the one between is the line:
    // breadth first, and the left side is visited first.
    #expect(wide.bordersThinned().labels == [1, 1, 1, 1, 0, 2, 2, 2, 2])
    let odd = segments("a###b")
    #expect(odd.bordersThinned().labels == [1, 1, 0, 2, 2])
    let one = segments("a#b")
    #expect(one.bordersThinned().labels == [1, 0, 2])
  }

  @Test func aBorderInsideOneSegmentVanishes() {
    let holed = segments(
      "aaaaa",
      "a###a",
      "a###a",
      "aaaaa")
    #expect(holed.bordersThinned().labels.allSatisfy { $0 == 1 })
  }

  @Test func withoutAnySegmentThePictureBecomesOne() {
    let nothing = segments("###", "###")
    #expect(nothing.count == 0)
    #expect(nothing.bordersThinned().labels.allSatisfy { $0 == 1 })
  }

  @Test(arguments: 0..<12) func thinnedBordersStillSeparate(seed: Int) {
    var dice = Dice(state: UInt64(seed) &* 77 &+ 5)
    let width = 24
    let height = 17
    let before = randomSegments(&dice, width: width, height: height, inside: 8 + 5 * seed)
    let after = before.bordersThinned()
    var taken = 0
    for y in 0..<height {
      for x in 0..<width {
        let i = y * width + x
        if before.labels[i] != 0 {
          #expect(after.labels[i] == before.labels[i])
        } else if after.labels[i] != 0 {
          taken += 1
        }
        if x + 1 < width && after.labels[i] != 0 && after.labels[i + 1] != 0 {
          #expect(after.labels[i] == after.labels[i + 1])
        }
        if y + 1 < height && after.labels[i] != 0 && after.labels[i + width] != 0 {
          #expect(after.labels[i] == after.labels[i + width])
        }
      }
    }
    #expect(taken > 0)
  }

  @Test func thickLinesCostOnlyWithoutThinning() {
    // Truth: a line one pixel wide in the middle; prediction: the same line five pixels wide.
    let width = 21
    let mask = (0..<(width * 10)).map { Float($0 % width == 10 ? 1 : 0) }
    let wide = (0..<(width * 10)).map { Float(abs($0 % width - 10) <= 2 ? 0.8 : 0.05) }
    let picture = BoundaryPrediction(width: width, height: 10, probability: wide, mask: mask)
    let thinned = boundaryAgreement([picture], borders: .thinned, thresholds: [0.5])
    let plain = boundaryAgreement([picture], borders: .asPredicted, thresholds: [0.5])
    #expect(thinned.bestRandF == 1)
    // Each half: 80 of 100 pixels in the segment, 20 alone. n = 200.
    //   sum p^2 = sum s^2 = (2 * 6400 + 40) / 40000, sum t^2 = 1 / 2
    let shared = (2 * 6400.0 + 40) / 40000
    #expect(abs(plain.bestRandF - 2 * shared / (shared + 0.5)) < 1e-12)
  }

  @Test func theBestThresholdIsSharedByAllPictures() {
    // Picture one is right only between 0.1 and 0.4, picture two only between 0.4 and 0.7 (as
    // probabilities of being inside), so no threshold serves both.
    func picture(line: Float, cell: Float) -> BoundaryPrediction {
      let mask = (0..<99).map { Float($0 % 11 == 5 ? 1 : 0) }
      return BoundaryPrediction(
        width: 11, height: 9, probability: mask.map { $0 > 0.5 ? line : cell }, mask: mask)
    }
    let first = picture(line: 0.95, cell: 0.65)
    let second = picture(line: 0.65, cell: 0.25)
    #expect(boundaryAgreement([first]).bestRandF == 1)
    #expect(boundaryAgreement([second]).bestRandF == 1)
    let both = boundaryAgreement([first, second])
    #expect(both.bestRandF < 1)
    #expect(both.curve.count == 11)
    #expect(both.curve.map(\.randF).max() == both.bestRandF)
  }
}
