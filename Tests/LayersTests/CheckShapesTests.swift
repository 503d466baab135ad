import Layers
import Operations
import Tensors
import Testing

@Suite struct CheckShapesTests {
  private func network(_ channels: Int) -> Sequential {
    Sequential {
      Conv2D(inputs: 1, outputs: 8, kernel: 3, padding: .same)
      BatchNorm(channels: 8)
      ReLU()
      MaxPool2D(window: 2)
      Conv2D(inputs: channels, outputs: 16, kernel: 3)
      Dropout()
      GlobalAvgPool()
      Linear(inputs: 16, outputs: 10)
    }
  }

  @Test func aModelThatFits() throws {
    #expect(try checkShapes(network(8), input: [8, 28, 28, 1]) == [8, 10])
  }

  @Test func aModelThatDoesNotFit() {
    let error = #expect(throws: ShapeError.self) {
      try checkShapes(network(9), input: [8, 28, 28, 1])
    }
    #expect(
      error?.message
        == "Sequential.4 (Conv2D): conv2D: kernel [3, 3, 9, 16] wants 9 channels, input "
        + "[8, 14, 14, 8] has 8")
  }

  @Test func nothingChangesInTraining() throws {
    let model = network(8)
    let source = RandomSource(seed: 7)
    let before = model.buffers.map(\.box.value)
    try withRandomSource(source) {
      try withMode(.training) { _ = try checkShapes(model, input: [8, 28, 28, 1]) }
    }
    #expect(source.position == 0)
    for (named, value) in zip(model.buffers, before) {
      #expect(named.box.value.hasSameBits(as: value), "\(named.name)")
    }
  }

  /// The mode around is the one that is checked: one value a channel is a mistake in training only.
  @Test func modeIsCarriedOver() throws {
    let norm = BatchNorm(channels: 4)
    #expect(try checkShapes(norm, input: [1, 4]) == [1, 4])
    #expect(throws: ShapeError.self) {
      try withMode(.training) { _ = try checkShapes(norm, input: [1, 4]) }
    }
  }

  @Test func defaultDTypeIsCarriedOver() throws {
    let wide = withDefaultDType(.float64) { network(8) }
    let error = #expect(throws: ShapeError.self) {
      try checkShapes(wide, input: [8, 28, 28, 1])
    }
    #expect(error?.message.contains("float32 and float64") == true)
    try withDefaultDType(.float64) { _ = try checkShapes(wide, input: [8, 28, 28, 1]) }
    try checkShapes(wide, input: [8, 28, 28, 1], dtype: .float64)
  }

  private struct Reader: Layer {
    func forward(_ x: Tensor) -> Tensor { x * x.sum().item }
  }

  @Test func readingAValueIsAnError() {
    let error = #expect(throws: ShapeError.self) { try checkShapes(Reader(), input: [3]) }
    #expect(error?.message.hasPrefix("Reader: reading a value: shapes are being checked") == true)
  }

  @Test func anyComputation() throws {
    let model = network(8)
    let shape = try checkShapes {
      crossEntropy(model(.zeros([8, 28, 28, 1])), .zeros([8], dtype: .int32))
    }
    #expect(shape == [])
    let error = #expect(throws: ShapeError.self) {
      try checkShapes { crossEntropy(model(.zeros([8, 28, 28, 1])), .zeros([7], dtype: .int32)) }
    }
    #expect(error?.message == "crossEntropy: logits [8, 10] want labels [8], given [7]")
  }

  /// A model made inside has shapes only: the largest costs nothing.
  @Test func aModelMadeInside() throws {
    let shape = try checkShapes {
      let wide = Linear(
        inputs: 100_000, outputs: 100_000, initializer: .truncatedNormal(deviation: 0.1))
      return wide(.zeros([2, 100_000]))
    }
    #expect(shape == [2, 100_000])
  }

  /// Each failed check ends a thread; the process goes on.
  @Test func manyFailures() {
    let model = network(9)
    for _ in 0..<200 {
      #expect(throws: ShapeError.self) { try checkShapes(model, input: [1, 28, 28, 1]) }
    }
  }
}
