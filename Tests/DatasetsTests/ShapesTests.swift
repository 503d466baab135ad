import Datasets
import Testing

@Suite struct ShapesTests {
  @Test func picturesArePureFunctionsOfSeedAndIndex() {
    let shapes = Shapes(seed: 4)
    #expect(shapes.image(17) == shapes.image(17))
    #expect(shapes.image(17) != shapes.image(27))
    #expect(Shapes(seed: 5).image(17) != shapes.image(17))
    let images = shapes.images(10..<30)
    #expect(images.labels == (10..<30).map { Int32($0 % 10) })
    #expect(Array(images.image(7)) == shapes.image(17).pixels)
    #expect(images.classCounts == [Int](repeating: 2, count: 10))
  }

  @Test(arguments: [(28, 1), (32, 3), (16, 1)])
  func sizesAndChannels(side: Int, channels: Int) {
    let image = Shapes(side: side, channels: channels, seed: 1).image(3)
    #expect(image.width == side && image.height == side && image.channels == channels)
    // Something is in it: the greys spread well beyond the noise.
    #expect(image.pixels.max()! - image.pixels.min()! > 60)
  }

  @Test func everyClassHasItsSilhouette() {
    // Averaged over many pictures the classes differ: the mean picture of one class is nearer to
    // a second mean of the same class than to that of any other class.
    func means(_ seed: UInt64) -> [[Float]] {
      let images = Shapes(seed: seed).images(0..<3000)
      var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
      for index in 0..<3000 {
        let pixels = images.image(index).map { Float($0) }
        let mean = pixels.reduce(0, +) / 784
        let spread = pixels.map { ($0 - mean) * ($0 - mean) }.reduce(0, +).squareRoot()
        // The sign of the contrast is drawn; the border of a picture is ground.
        let ground = (pixels[0] + pixels[27] + pixels[756] + pixels[783]) / 4
        let sign: Float = ground > mean ? -1 : 1
        for i in 0..<784 { means[index % 10][i] += sign * (pixels[i] - mean) / spread }
      }
      return means
    }
    let first = means(1)
    let second = means(2)
    for label in 0..<10 {
      let distances = second.map { other in
        zip(first[label], other).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      #expect(distances.firstIndex(of: distances.min()!) == label)
    }
  }

  @Test func aNearestMeanClassifierDoesNotSolveThem() {
    let training = Shapes(seed: 1).images(0..<2000)
    let test = Shapes(seed: 2).images(0..<500)
    var means = [[Float]](repeating: [Float](repeating: 0, count: 784), count: 10)
    for index in 0..<training.count {
      for (i, value) in training.image(index).enumerated() {
        means[index % 10][i] += Float(value) / 200
      }
    }
    var right = 0
    for index in 0..<test.count {
      let distances = means.map { mean in
        zip(test.image(index), mean).reduce(Float(0)) {
          $0 + (Float($1.0) - $1.1) * (Float($1.0) - $1.1)
        }
      }
      if distances.firstIndex(of: distances.min()!) == index % 10 { right += 1 }
    }
    // 50 would be chance.
    #expect(right < 350)
  }
}
