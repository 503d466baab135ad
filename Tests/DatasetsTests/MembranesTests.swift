import Datasets
import Testing

@Suite struct MembranesTests {
  static let samples = Membranes(seed: 11).samples(0..<24)

  @Test func picturesArePureFunctionsOfSeedAndIndex() {
    let generator = Membranes(seed: 11)
    #expect(generator.sample(7) == Self.samples[7])
    #expect(generator.sample(8) != Self.samples[7])
    #expect(Membranes(seed: 12).sample(7) != Self.samples[7])
  }

  @Test func picturesAreEightBitGreyAndMasksAreBinary() {
    for sample in Self.samples {
      #expect(sample.image.width == 128 && sample.image.height == 128)
      #expect(
        sample.image.values.allSatisfy { $0 >= 0 && $0 <= 1 && ($0 * 255).rounded() / 255 == $0 })
      #expect(sample.mask.values.allSatisfy { $0 == 0 || $0 == 1 })
    }
  }

  @Test func aboutAFifthIsMembrane() {
    let shares = Self.samples.map { $0.mask.values.reduce(0, +) / Float($0.mask.values.count) }
    let mean = shares.reduce(0, +) / Float(shares.count)
    #expect(mean > 0.18 && mean < 0.26)
    #expect(shares.allSatisfy { $0 > 0.08 && $0 < 0.4 })
  }

  @Test func membranesAreDarkerOnTheWhole() {
    for sample in Self.samples {
      let n = sample.mask.values.reduce(0, +)
      let dark = zip(sample.image.values, sample.mask.values).reduce(0) { $0 + $1.0 * $1.1 } / n
      let all = sample.image.values.reduce(0, +) / Float(sample.image.values.count)
      #expect(dark < all - 0.05)
    }
  }

  @Test func aThresholdDoesNotSolveThem() {
    let score = bestThresholdScore(
      training: Array(Self.samples[..<12]), heldOut: Array(Self.samples[12...]))
    #expect(score.dice > 0.45 && score.dice < 0.65)
    #expect(abs(score.intersectionOverUnion - score.dice / (2 - score.dice)) < 1e-9)
    #expect(score.pixelAccuracy > 0.7)
  }

  @Test func withoutDifficultyAThresholdDoesBetter() {
    let clean = Membranes(seed: 11, difficulty: 0).samples(0..<24)
    let easy = bestThresholdScore(training: Array(clean[..<12]), heldOut: Array(clean[12...]))
    let hard = bestThresholdScore(
      training: Array(Self.samples[..<12]), heldOut: Array(Self.samples[12...]))
    #expect(easy.dice > hard.dice + 0.03)
  }

  @Test func anySizeWorks() {
    for (width, height) in [(32, 32), (33, 70), (200, 41)] {
      let sample = Membranes(width: width, height: height, seed: 5).sample(0)
      #expect(sample.image.width == width && sample.image.height == height)
      #expect(sample.mask.values.contains(1) && sample.mask.values.contains(0))
    }
  }
}

@Suite struct ThresholdBaselineTests {
  @Test func findsThePerfectThreshold() {
    let image = Plane(width: 6, height: 1, values: [0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
    let mask = Plane(width: 6, height: 1, values: [1, 1, 1, 0, 0, 0])
    let sample = SegmentationSample(image: image, mask: mask)
    let score = bestThresholdScore(training: [sample], heldOut: [sample])
    #expect(score.smoothing == 0)
    #expect(score.threshold >= 0.3 && score.threshold < 0.6)
    #expect(score.dice == 1 && score.intersectionOverUnion == 1 && score.pixelAccuracy == 1)
  }

  @Test func scoresTheHeldOutImagesWithTheThresholdOfTheTrainingImages() {
    let mask = Plane(width: 4, height: 1, values: [1, 1, 0, 0])
    let training = SegmentationSample(
      image: Plane(width: 4, height: 1, values: [0.1, 0.2, 0.8, 0.9]), mask: mask)
    // The threshold is 0.2 (the first of the best): of the two dark pixels one is found.
    let heldOut = SegmentationSample(
      image: Plane(width: 4, height: 1, values: [0.1, 0.4, 0.8, 0.9]), mask: mask)
    let score = bestThresholdScore(training: [training], heldOut: [heldOut])
    #expect(score.dice == 2.0 / 3)
    #expect(score.intersectionOverUnion == 0.5)
    #expect(score.pixelAccuracy == 0.75)
  }

  @Test func smoothingIsChosenWhenItHelps() {
    // Alternating noise of 0.3 around 0.35 (dark half) and 0.65 hides the halves from a threshold.
    var image = Plane(width: 40, height: 40)
    var mask = image
    for y in 0..<40 {
      for x in 0..<40 {
        mask[x, y] = x < 20 ? 1 : 0
        image[x, y] = (x < 20 ? 0.35 : 0.65) + ((x + y) % 2 == 0 ? 0.3 : -0.3)
      }
    }
    let sample = SegmentationSample(image: image, mask: mask)
    let score = bestThresholdScore(training: [sample], heldOut: [sample])
    #expect(score.smoothing > 0)
    #expect(score.dice > 0.98)
  }
}
