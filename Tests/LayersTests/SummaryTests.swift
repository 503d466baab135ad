import Layers
import Operations
import Tensors
import Testing

@Suite struct SummaryTests {
  private let model = Sequential {
    Conv2D(inputs: 1, outputs: 8, kernel: 3, padding: .same)
    ReLU()
    MaxPool2D(window: 2)
    Frozen(Conv2D(inputs: 8, outputs: 8, kernel: 3, padding: .same, bias: false))
    ReLU()
    Dropout()
    Flatten()
    Linear(inputs: 1568, outputs: 10)
  }

  /// Counted by hand: 28 28 8 9 = 56,448; 14 14 8 72 = 112,896; 1568 10 = 15,680, each times 2 images.
  @Test func countsAndShapes() {
    let summary = model.summary(input: [2, 28, 28, 1])
    #expect(summary.rows.map(\.path) == ["0", "1", "2", "3", "4", "5", "6", "7"])
    #expect(
      summary.rows.map(\.output) == [
        [2, 28, 28, 8], [2, 28, 28, 8], [2, 14, 14, 8], [2, 14, 14, 8], [2, 14, 14, 8],
        [2, 14, 14, 8], [2, 1568], [2, 10],
      ])
    #expect(summary.rows.map(\.parameters) == [80, 0, 0, 576, 0, 0, 0, 15690])
    #expect(summary.rows.map(\.multiplyAdds) == [112896, 0, 0, 225792, 0, 0, 0, 31360])
    #expect(summary.multiplyAdds == 370048)
    #expect(summary.parameters == 16346)
    #expect(summary.trainable == 15770)
    #expect(summary.output == [2, 10])
  }

  @Test func table() {
    let lines = Sequential {
      Linear(inputs: 4, outputs: 300)
      Tanh()
    }.summary(input: [5, 4]).description.split(separator: "\n").map(String.init)
    #expect(
      lines == [
        "Sequential",
        "--------------------------------------------------",
        "layer  type    output    parameters  multiply-adds",
        "--------------------------------------------------",
        "0      Linear  [5, 300]       1,500          6,000",
        "1      Tanh    [5, 300]           0              0",
        "--------------------------------------------------",
        "input          float32 [5, 4]",
        "output         float32 [5, 300]",
        "parameters     1,500",
        "trainable      1,500",
        "in buffers     0",
        "multiply-adds  6,000",
      ])
  }

  private struct Partly: Layer {
    let used = Linear(inputs: 2, outputs: 2)
    let unused = Linear(inputs: 2, outputs: 7)

    func forward(_ x: Tensor) -> Tensor { matmul(used(x), used.weight.value) }
  }

  @Test func whatIsNotCalledIsSaid() {
    let summary = Partly().summary(input: [3, 2])
    #expect(summary.rows.map(\.path) == ["used", ""])
    #expect(summary.rows.map(\.multiplyAdds) == [12, 12])
    #expect(summary.description.contains("not called     21"))
  }
}
