import TapeGrad
import Testing

@Suite struct NormalizationTests {
  @Test func standardizesEachChannel() {
    let images = LabelledImages(
      height: 1, width: 2, channels: 2, pixels: [0, 10, 255, 10], labels: [0], classNames: ["x"])
    // Channel 0: mean 127.5, deviation 127.5. Channel 1 is the same everywhere: it is only moved.
    #expect(
      Normalization.standardizing(images)
        == .fixed(mean: [0.5, 10.0 / 255], deviation: [0.5, 1]))
    let preparation = ImagePreparation(
      imageHeight: 1, imageWidth: 2, channels: 2, padding: 0,
      normalization: .standardizing(images))
    #expect(preparation(images.image(0)) == [-1, 0, 1, 0])
  }

  @Test func padsGreyImagesWithBlack() {
    let preparation = ImagePreparation(
      imageHeight: 1, imageWidth: 1, channels: 1, padding: 1,
      normalization: .fixed(mean: [0.5], deviation: [0.5]))
    #expect(preparation.height == 3 && preparation.width == 3)
    #expect(preparation([255]) == [-1, -1, -1, -1, 1, -1, -1, -1, -1])
  }

  @Test func perImageScalingIsOfTheImage() {
    let preparation = ImagePreparation(
      imageHeight: 1, imageWidth: 2, channels: 1, padding: 0, normalization: .perImage)
    let scaled = preparation([10, 30])
    #expect(abs(scaled[0] + 1) < 1e-5 && abs(scaled[1] - 1) < 1e-5)
    #expect(preparation([7, 7]) == [0, 0])
  }
}
