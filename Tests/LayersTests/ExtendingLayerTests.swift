import Layers
import Operations
import Tensors
import Testing

/// Layers that continue their input beyond its edges or make it larger.
@Suite struct ExtendingLayerTests {
  private let row = Tensor([1.0, 2, 3], shape: [1, 3, 1], dtype: .float64)

  private func values(_ y: Tensor) -> [Double] { y.scalars(of: Double.self) }

  @Test func sequencesAreContinuedByMode() {
    #expect(values(Pad1D(2)(row)) == [0, 0, 1, 2, 3, 0, 0])
    #expect(values(Pad1D(left: 0, right: 1, mode: .constant(-7))(row)) == [1, 2, 3, -7])
    #expect(values(Pad1D(2, mode: .reflect)(row)) == [3, 2, 1, 2, 3, 2, 1])
    #expect(values(Pad1D(left: 1, right: 2, mode: .replicate)(row)) == [1, 1, 2, 3, 3, 3])
    #expect(values(Pad1D(2, mode: .circular)(row)) == [2, 3, 1, 2, 3, 1, 2])
  }

  @Test func eachSideOfAnImageIsItsOwn() {
    let image = row.reshaped(to: [1, 1, 3, 1])
    let padded = Pad2D(top: 1, bottom: 0, left: 2, right: 0, mode: .replicate)(image)
    #expect(padded.shape == [1, 2, 5, 1])
    #expect(values(padded) == [1, 1, 1, 2, 3, 1, 1, 1, 2, 3])
    let volume = row.reshaped(to: [1, 1, 1, 3, 1])
    let box = Pad3D(front: 1, back: 0, top: 0, bottom: 1, left: 0, right: 1)(volume)
    #expect(box.shape == [1, 2, 2, 4, 1])
    #expect(values(box) == [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0])
    #expect(Pad3D(2)(volume).shape == [1, 5, 5, 7, 1])
  }

  @Test func upsamplingRepeatsOrInterpolates() {
    #expect(values(Upsample1D()(row)) == [1, 1, 2, 2, 3, 3])
    #expect(
      values(Upsample1D(method: .bilinear())(row)) == [1, 1.25, 1.75, 2.25, 2.75, 3])
    let volume = row.reshaped(to: [1, 1, 3, 1, 1])
    let larger = Upsample3D(factors: Triple(2, 1, 2))(volume)
    #expect(larger.shape == [1, 2, 3, 2, 1])
    #expect(values(larger) == [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3])
  }

  @Test func aConvolutionAfterReflectionKeepsTheSize() throws {
    let model = Sequential {
      Pad2D(1, mode: .reflect)
      Conv2D(inputs: 1, outputs: 2, kernel: 3)
      Upsample(factors: 2)
    }
    #expect(try checkShapes(model, input: [2, 5, 4, 1]) == [2, 10, 8, 2])
  }

  @Test func stopsNameTheLayer() async {
    let negative = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Pad2D(top: 1, bottom: -1, left: 0, right: 0) }
    #expect(text(negative).contains("Pad2D: amounts are not negative, given top 1, bottom -1"))
    let rank = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Pad1D(1)(Tensor.zeros([1, 2, 3, 1])) }
    #expect(text(rank).contains("wants a batch of sequences [n, w, c], given [1, 2, 3, 1]"))
    let reach = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Pad1D(3, mode: .reflect)(Tensor.zeros([1, 3, 1])) }
    #expect(text(reach).contains("reflect: 3 and 3 must be less than the size 3 of axis 1"))
    let factor = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Upsample3D(factors: Triple(2, 0, 2)) }
    #expect(text(factor).contains("vertical factor 0"))
  }
}

private func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
