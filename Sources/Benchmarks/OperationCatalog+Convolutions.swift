import TapeGrad

extension OperationCatalog {
  /// The convolutions of the six workloads, and others that networks are made of: forward and both
  /// gradients of each.
  static var convolutions: [Operation] {
    workloadConvolutions.flatMap { operations($0.0, $0.1) }
      + otherConvolutions.flatMap { operations($0.0, $0.1) }
      + [(2, 16, 512, 256), (2, 64, 128, 64), (1, 256, 128, 64)].flatMap(transposed)
  }

  private static func operations(_ place: String, _ sizes: ConvolutionCase) -> [Operation] {
    [ConvolutionFunction.forward, .input, .kernel].map { function in
      Operation(
        "convolution \(place): \(sizes.description), \(function.title)",
        flops: 2 * sizes.multiplyAdds
      ) {
        let benchmark = ConvolutionBenchmark(sizes)
        return { benchmark.run(function) }
      }
    }
  }

  /// Batch, size of the map, channels in and out of 3x3 convolutions with stride 1; where a stage of
  /// a ResNet begins, with stride 2.
  private static var workloadConvolutions: [(String, ConvolutionCase)] {
    func square(
      _ batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1
    ) -> ConvolutionCase {
      ConvolutionCase(
        batch: batch, height: size, width: size, inputs: inputs, outputs: outputs, kernel: kernel,
        stride: stride, padding: kernel / 2)
    }
    func resNet(_ name: String, _ batch: Int, _ widths: [Int]) -> [(String, ConvolutionCase)] {
      var cases = [square(batch, 32, 3, widths[0])]
      for (stage, width) in widths.enumerated() {
        let size = 32 >> stage
        if stage > 0 {
          cases.append(square(batch, 2 * size, width / 2, width, stride: 2))
          cases.append(square(batch, 2 * size, width / 2, width, kernel: 1, stride: 2))
        }
        cases.append(square(batch, size, width, width))
      }
      return cases.map { (name, $0) }
    }
    func uNet(_ name: String, _ batch: Int, _ size: Int, _ base: Int) -> [(String, ConvolutionCase)]
    {
      var cases = [square(batch, size, 1, base)]
      for level in 0...4 {
        let width = base << level
        if level > 0 { cases.append(square(batch, size >> level, width / 2, width)) }
        cases.append(square(batch, size >> level, width, width))
        if level < 4 { cases.append(square(batch, size >> level, 2 * width, width)) }
      }
      return (cases + [square(batch, size, base, 1, kernel: 1)]).map { (name, $0) }
    }
    let vgg = [
      (32, 3, 64), (16, 64, 128), (8, 128, 256), (8, 256, 256), (4, 256, 512), (4, 512, 512),
      (2, 512, 512),
    ].map { ("vgg11", square(64, $0.0, $0.1, $0.2)) }
    let leNet = [
      ("lenet", square(64, 28, 1, 6, kernel: 5)),
      (
        "lenet",
        ConvolutionCase(batch: 64, height: 14, width: 14, inputs: 6, outputs: 16, kernel: 5)
      ),
    ]
    return resNet("resnet20", 128, [16, 32, 64]) + resNet("resnet18", 32, [64, 128, 256, 512])
      + uNet("unet32", 2, 256, 32) + uNet("unet64", 1, 512, 64) + vgg + leNet
  }

  private static var otherConvolutions: [(String, ConvolutionCase)] {
    func square(
      _ batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1,
      dilation: Int = 1, groups: Int = 1
    ) -> ConvolutionCase {
      ConvolutionCase(
        batch: batch, height: size, width: size, inputs: inputs, outputs: outputs, kernel: kernel,
        stride: stride, padding: dilation * (kernel / 2), dilation: dilation, groups: groups)
    }
    return [
      ("1x1", square(8, 56, 64, 256, 1)), ("1x1", square(8, 14, 1024, 256, 1)),
      ("5x5", square(16, 28, 32, 64, 5)), ("5x5", square(16, 14, 128, 128, 5)),
      ("7x7 first", square(8, 224, 3, 64, 7, stride: 2)), ("7x7", square(8, 28, 64, 64, 7)),
      ("strided", square(16, 56, 64, 128, 3, stride: 2)),
      ("strided", square(16, 57, 48, 96, 3, stride: 3)),
      ("dilated", square(8, 33, 128, 128, 3, dilation: 2)),
      ("grouped", square(16, 28, 128, 128, 3, groups: 32)),
      ("depthwise", square(16, 56, 144, 144, 3, groups: 144)),
      ("depthwise", square(16, 28, 240, 240, 5, stride: 2, groups: 240)),
    ]
  }

  /// The steps up of a U-Net: 2x2 with stride 2.
  private static func transposed(
    _ batch: Int, _ size: Int, _ inputs: Int, _ outputs: Int
  ) -> [Operation] {
    let x = Shape([batch, size, size, inputs])
    let kernel = Shape([2, 2, outputs, inputs])
    let y = Shape([batch, 2 * size, 2 * size, outputs])
    func up(_ x: Tensor, _ kernel: Tensor) -> Tensor { convTransposed2D(x, kernel, strides: 2) }
    func operation(_ title: String, _ make: @escaping () -> () -> Void) -> Operation {
      Operation(
        "transposed convolution: \(batch)x\(size)x\(size)x\(inputs) -> \(outputs), 2x2, stride 2, "
          + title, flops: 2 * x.elementCount * 4 * outputs, make: make)
    }
    return [
      operation("forward") {
        let (x, kernel) = (normal(x), normal(kernel))
        return { _ = up(x, kernel).evaluated() }
      },
      operation("input gradient") {
        let (kernel, dy) = (normal(kernel), normal(y))
        let back = pullback(at: normal(x)) { up($0, kernel) }.pullback
        return { _ = back(dy) }
      },
      operation("kernel gradient") {
        let (x, dy) = (normal(x), normal(y))
        let back = pullback(at: normal(kernel)) { up(x, $0) }.pullback
        return { _ = back(dy) }
      },
    ]
  }

  /// Normal numbers that are there: the first operation on them does not wait for their making.
  static func normal(_ shape: Shape) -> Tensor { Tensor.normal(shape).evaluated() }
}
