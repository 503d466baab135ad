import Figures
import Tensors
import Testing

@Suite("Pictures of tensors")
struct TensorPictureTests {
  @Test func takeTheRangeOfTheirType() {
    let bytes = Tensor([0, 128, 255, 10] as [UInt8], shape: [2, 2])
    #expect(Picture(bytes) == Picture(width: 2, height: 2, grey: [0, 128, 255, 10]))
    let mask = Tensor([true, false], shape: [1, 2, 1])
    #expect(Picture(mask) == Picture(width: 2, height: 1, grey: [255, 0]))
    let fitted = Tensor([-1, 1] as [Float], shape: [2, 1])
    #expect(Picture(fitted) == Picture(width: 1, height: 2, grey: [0, 255]))
    let color = Tensor([1, 0.5, 0] as [Float], shape: [1, 1, 3])
    #expect(Picture(color, range: 0...1).pixels == [255, 128, 0])
  }

  @Test func masksAreCutAtOneHalf() {
    let picture = Picture(width: 2, height: 1, .black)
    let mask = Tensor([0.51, 0.5] as [Float], shape: [1, 2, 1])
    let expected = picture.outlining([true, false], in: .orange, enlargedBy: 3)
    #expect(picture.outlining(mask, in: .orange, enlargedBy: 3) == expected)
    let truth = Tensor([false, true], shape: [1, 2])
    #expect(
      picture.showingErrors(prediction: mask, truth: truth)
        == picture.showingErrors(prediction: [true, false], truth: [false, true]))
  }

  @Test func kernelsOfALayer() {
    let kernels = Tensor([-1, 0, 0.5, 1] as [Float], shape: [1, 2, 1, 2])
    let grid = ImageGrid("k", kernels: kernels)
    #expect(
      grid.montage() == ImageGrid("k", kernels: [-1, 0, 0.5, 1], shape: [1, 2, 1, 2]).montage())
  }

  @Test func wrongShapesStopWithTheShape() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Picture(Tensor.zeros([2, 2, 4]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("Picture: wants [height, width]") && text.contains("[2, 2, 4]"))
    await #expect(processExitsWith: .failure) {
      _ = Picture(width: 2, height: 2).outlining(Tensor.zeros([3, 2]))
    }
    await #expect(processExitsWith: .failure) { _ = ImageGrid("k", kernels: Tensor.zeros([3, 3])) }
  }
}
