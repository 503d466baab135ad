import Datasets
import Foundation
import Testing

@Suite struct AugmentationTests {
  let picture = Plane(width: 5, height: 4, values: (0..<20).map { Float($0 * $0 % 17) / 17 })
  let square = Plane(width: 6, height: 6, values: (0..<36).map { Float($0 * 7 % 36) / 36 })

  private func augment(
    _ image: Plane, seed: UInt64 = 0, _ steps: Augmentation.Step...
  ) -> Plane {
    var generator = SeededGenerator(seed: seed)
    return Augmentation(steps)(images: [image], using: &generator).images[0]
  }

  /// The plane whose pixel (x, y) is `body(x, y)`.
  private func plane(
    _ width: Int, _ height: Int, _ body: (Int, Int) -> Float
  ) -> Plane {
    var result = Plane(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width { result[x, y] = body(x, y) }
    }
    return result
  }

  @Test func nothingChangesNothing() {
    #expect(augment(picture) == picture)
    #expect(augment(picture, .flipHorizontally(probability: 0)) == picture)
    #expect(augment(picture, .scale(1...1), .rotation(degrees: 0...0)) == picture)
  }

  @Test func flipsMovePixelsExactly() {
    #expect(
      augment(picture, .flipHorizontally(probability: 1)) == plane(5, 4) { picture[4 - $0, $1] })
    #expect(
      augment(picture, .flipVertically(probability: 1)) == plane(5, 4) { picture[$0, 3 - $1] })
    #expect(
      augment(picture, .flipVertically(probability: 1), .flipVertically(probability: 1))
        == picture)
  }

  @Test func quarterTurnsMovePixelsExactlyAndAllOccur() {
    let turned = [
      square, plane(6, 6) { square[$1, 5 - $0] }, plane(6, 6) { square[5 - $0, 5 - $1] },
      plane(6, 6) { square[5 - $1, $0] },
    ]
    var counts = [0, 0, 0, 0]
    for seed: UInt64 in 0..<200 {
      let result = augment(square, seed: seed, .quarterTurns())
      guard let which = turned.firstIndex(of: result) else {
        Issue.record("seed \(seed) gave none of the four turns")
        continue
      }
      counts[which] += 1
    }
    // 50 expected, standard deviation 6.
    #expect(counts.allSatisfy { $0 > 25 && $0 < 75 })
  }

  @Test func onlyHalfTurnsKeepARectangle() {
    let half = plane(5, 4) { picture[4 - $0, 3 - $1] }
    for seed: UInt64 in 0..<20 {
      let result = augment(picture, seed: seed, .quarterTurns())
      #expect(result == picture || result == half)
    }
  }

  @Test func aRotationByNinetyDegreesIsAQuarterTurnClockwise() {
    let result = augment(square, .rotation(degrees: 90...90))
    for y in 0..<6 {
      for x in 0..<6 { #expect(abs(result[x, y] - square[y, 5 - x]) < 1e-5) }
    }
  }

  @Test func shiftsMoveTheContentAndReflect() {
    let right = augment(picture, .shift(pixels: 1...1))
    // Column 0 shows what is one to the left of the image: its mirror image, column 1.
    #expect(right == plane(5, 4) { picture[$0 == 0 ? 1 : $0 - 1, $1 == 0 ? 1 : $1 - 1] })
    let half = augment(picture, .shift(pixels: 0.5...0.5))
    #expect(abs(half[2, 2] - picture.bilinear(x: 1.5, y: 1.5)) < 1e-6)
  }

  @Test func scalingAndShearingFollowTheirFormulas() {
    let twice = augment(square, .scale(2...2))
    #expect(abs(twice[5, 0] - square.bilinear(x: 3.75, y: 1.25)) < 1e-6)
    let leaning = augment(square, .shear(degrees: 45...45))
    // One row further down everything is one pixel further right, from the middle (2.5) on.
    #expect(abs(leaning[3, 4] - square.bilinear(x: 1.5, y: 4)) < 1e-5)
    #expect(abs(leaning[1, 1] - square.bilinear(x: 2.5, y: 1)) < 1e-5)
  }

  @Test func stepsActInTheOrderListed() {
    // Two right, then mirrored: column c goes to 3 - c. Mirrored, then two right: to 7 - c.
    let first = augment(square, .shift(pixels: 2...2), .flipHorizontally(probability: 1))
    let second = augment(square, .flipHorizontally(probability: 1), .shift(pixels: 2...2))
    #expect(first[1, 4] == square[2, 2])
    #expect(second[4, 4] == square[3, 2])
    #expect(first != second)
  }

  @Test func allGeometricStepsResampleOnce() {
    // Two half-pixel shifts are one whole shift: resampling twice would blur.
    let result = augment(square, .shift(pixels: 0.5...0.5), .shift(pixels: 0.5...0.5))
    #expect(result == augment(square, .shift(pixels: 1...1)))
  }

  @Test func masksFollowTheirImagesAndStayBinary() {
    // The image is its own mask, so after any warp the thresholded image must agree with the mask
    // save on the outlines, where one is interpolated and the other not.
    let sample = Membranes(seed: 3).sample(0)
    let paired = SegmentationSample(image: sample.mask, mask: sample.mask)
    let augmentation: Augmentation = [
      .flipHorizontally(), .quarterTurns(), .rotation(degrees: -30...30), .shear(degrees: -10...10),
      .shift(pixels: -9...9), .scale(0.8...1.25), .elastic(displacement: 3, smoothness: 12),
    ]
    for stream: UInt64 in 0..<5 {
      var generator = SeededGenerator(seed: 1, stream: stream)
      let result = augmentation(paired, using: &generator)
      #expect(result.mask.values.allSatisfy { $0 == 0 || $0 == 1 })
      let differing = zip(result.image.values, result.mask.values).count { abs($0 - $1) > 0.5001 }
      #expect(differing < result.mask.values.count / 100)
      #expect(result.mask != paired.mask)
    }
  }

  @Test func resultsAreAFunctionOfTheGenerator() {
    let sample = Membranes(seed: 3).sample(1)
    let augmentation = Augmentation.micrographs
    var first = SeededGenerator(seed: 5, epoch: 2, index: 9)
    var second = SeededGenerator(seed: 5, epoch: 2, index: 9)
    var third = SeededGenerator(seed: 5, epoch: 3, index: 9)
    let result = augmentation(sample, using: &first)
    #expect(result == augmentation(sample, using: &second))
    #expect(result != augmentation(sample, using: &third))
  }

  @Test func elasticDisplacementHasTheDeviationAskedForAndIsSmooth() {
    // The image is its own column number, so the warped image minus it is the displacement in x.
    let size = 256
    let columns = plane(size, size) { x, _ in Float(x) }
    var squares = 0.0
    var steps = 0.0
    var n = 0.0
    for seed: UInt64 in 0..<6 {
      let result = augment(columns, seed: seed, .elastic(displacement: 3, smoothness: 8))
      for y in 20..<(size - 20) {
        for x in 20..<(size - 20) {
          let d = Double(result[x, y]) - Double(x)
          let next = Double(result[x + 1, y]) - Double(x + 1)
          squares += d * d
          steps += (next - d) * (next - d)
          n += 1
        }
      }
    }
    // A Gaussian-smoothed field of standard deviation s has the correlation exp(-t^2 / 4 s^2) over t
    // pixels: steps of one pixel have a mean square of 2 (1 - exp(-1 / 256)) = 0.0078 times the variance.
    let variance = squares / n
    #expect(abs(variance.squareRoot() - 3) < 0.3)
    #expect(abs(steps / n / variance - 2 * (1 - exp(-1.0 / 256))) < 0.0015)
  }

  @Test func brightnessContrastAndNoise() {
    let brighter = augment(picture, .brightness(0.25...0.25))
    #expect(zip(brighter.values, picture.values).allSatisfy { abs($0 - $1 - 0.25) < 1e-6 })
    let stronger = augment(picture, .contrast(2...2))
    let mean = picture.values.reduce(0, +) / 20
    #expect(
      zip(stronger.values, picture.values).allSatisfy { abs($0 - mean - 2 * ($1 - mean)) < 1e-5 })
    let flat = Plane(width: 100, height: 100, filledWith: 0.5)
    let noisy = augment(flat, .noise(0.1...0.1))
    let square = noisy.values.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 10_000
    #expect(abs(square.squareRoot() - 0.1) < 0.005)
  }

  @Test func stepsThatMakeNoSenseStop() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Augmentation([.scale(0...1)])
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("the factor must be above 0"))
  }
}

@Suite struct ImageAugmentationTests {
  // [3, 4, 2]: pixel (x, y) holds 10 y + x + 1 and its negative.
  let pixels: [Float] = (0..<12).flatMap { i -> [Float] in
    let value = Float(10 * (i / 4) + i % 4 + 1)
    return [value, -value]
  }

  private func augment(_ augmentation: ImageAugmentation, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return augmentation(pixels, width: 4, height: 3, channels: 2, using: &generator)
  }

  private func value(_ x: Int, _ y: Int) -> Float {
    (0..<4).contains(x) && (0..<3).contains(y) ? Float(10 * y + x + 1) : 99
  }

  @Test func shiftsAreCropsOfThePaddedImage() {
    let augmentation = ImageAugmentation([.shift(padding: 2)], fill: 99)
    var seen: Set<[Float]> = []
    for seed: UInt64 in 0..<400 {
      let result = augment(augmentation, seed: seed)
      let match = (-2...2).flatMap { dx in (-2...2).map { dy in (dx, dy) } }.first { dx, dy in
        (0..<12).allSatisfy { i in
          let expected = value(i % 4 + dx, i / 4 + dy)
          return result[2 * i] == expected
            && result[2 * i + 1] == (expected == 99 ? 99 : -expected)
        }
      }
      #expect(match != nil)
      seen.insert(result)
    }
    #expect(seen.count == 25)
  }

  @Test func flipsReverseTheColumnsAndKeepTheChannels() {
    let result = augment([.flipHorizontally(probability: 1)], seed: 1)
    #expect(Array(result[..<8]) == [4, -4, 3, -3, 2, -2, 1, -1])
    #expect(augment([.flipHorizontally(probability: 0)], seed: 1) == pixels)
  }

  @Test func cutoutClearsASquareClippedToTheImage() {
    for seed: UInt64 in 0..<60 {
      let result = augment([.cutout(side: 2)], seed: seed)
      let cleared = (0..<12).filter { result[2 * $0] == 0 }
      #expect([1, 2, 4].contains(cleared.count))
      #expect(cleared.allSatisfy { result[2 * $0 + 1] == 0 })
      let columns = Set(cleared.map { $0 % 4 })
      let rows = Set(cleared.map { $0 / 4 })
      #expect(columns.count * rows.count == cleared.count)
      #expect(columns.max()! - columns.min()! < 2 && rows.max()! - rows.min()! < 2)
      for i in 0..<12 where !cleared.contains(i) { #expect(result[2 * i] == pixels[2 * i]) }
    }
  }

  @Test func paddingLargerThanTheImageLeavesOnlyFillAtWorst() {
    for seed: UInt64 in 0..<100 {
      let result = augment(ImageAugmentation([.shift(padding: 9)], fill: 7), seed: seed)
      #expect(result.count == pixels.count)
      #expect(result.allSatisfy { $0 == 7 || pixels.contains($0) })
    }
  }
}
