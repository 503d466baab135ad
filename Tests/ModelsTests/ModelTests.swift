import Foundation
import Layers
import Models
import Operations
import Tensors
import Testing

@Suite struct ParameterCountTests {
  /// Made without values: 140 million normal numbers change no count.
  private func count(_ make: () -> some Module) -> Int {
    withoutArithmetic { make().parameterCount }
  }

  /// Published: He et al. 2015 by way of torchvision 0.27 (resnet18, resnet34, resnet50).
  @Test func resNets() {
    #expect(count { ResNet.imageNet(depth: 18) } == 11_689_512)
    #expect(count { ResNet.imageNet(depth: 34) } == 21_797_672)
    #expect(count { ResNet.imageNet(depth: 50) } == 25_557_032)
  }

  /// With 1x1 convolutions as shortcuts; the file of PyTorch's ResNet-20 has the same parameters.
  @Test func smallResNets() {
    #expect(count { ResNet.cifar(depth: 20) } == 272_474)
    #expect(count { ResNet.cifar(depth: 32) } == 466_906)
    #expect(count { ResNet.cifar(depth: 56) } == 855_770)
  }

  /// Published: Simonyan and Zisserman 2014 by way of torchvision 0.27 (vgg11, vgg13, vgg16, vgg19).
  @Test(arguments: [
    (11, 132_863_336), (13, 133_047_848), (16, 138_357_544), (19, 143_667_240),
  ])
  func vggs(depth: Int, expected: Int) {
    #expect(count { VGG(depth: depth) } == expected)
  }

  /// Ronneberger et al. 2015 with padded convolutions: the count its implementations report.
  @Test func uNet() {
    #expect(
      count { UNet(depth: 4, base: 64, channels: 1, classes: 2, batchNorm: false) }
        == 31_030_658)
  }

  @Test func leNet() {
    #expect(count { LeNet() } == 61_706)
  }
}

@Suite struct ModelShapeTests {
  @Test func outputs() throws {
    #expect(try checkShapes(ResNet.cifar(depth: 20), input: [2, 32, 32, 3]) == [2, 10])
    #expect(
      try checkShapes(ResNet.cifar(depth: 8, channels: 1), input: [2, 28, 28, 1]) == [2, 10])
    #expect(try checkShapes(ResNet.imageNet(width: 8), input: [2, 224, 224, 3]) == [2, 1000])
    #expect(
      try checkShapes(
        ResNet.imageNet(depth: 50, classes: 7, stem: .small, width: 8), input: [2, 32, 32, 3])
        == [2, 7])
    #expect(
      try checkShapes(
        VGG(depth: 13, classes: 10, batchNorm: true, head: .linear, width: 8),
        input: [2, 32, 32, 3]) == [2, 10])
    #expect(try checkShapes(LeNet(), input: [2, 28, 28, 1]) == [2, 10])
    for decoder in [
      UNet.Decoder.transposed, .resampled(.nearest), .resampled(.bilinear(alignsCorners: true)),
    ] {
      let model = UNet(depth: 2, base: 4, channels: 1, classes: 3, decoder: decoder)
      #expect(try checkShapes(model, input: [2, 24, 20, 1]) == [2, 24, 20, 3])
    }
  }

  @Test func aSizeThatAUNetCannotHalve() {
    let model = UNet(depth: 4, base: 4)
    let error = #expect(throws: ShapeError.self) { try checkShapes(model, input: [1, 40, 30, 1]) }
    #expect(
      error?.message
        == "UNet: wants images [n, h, w, c] whose height and width are multiples of 16 (depth "
        + "4), given [1, 40, 30, 1]; pad or crop them, or take a smaller depth")
  }

  @Test func aPathIntoAUNet() {
    let model = UNet(depth: 3, base: 4)
    let error = #expect(throws: ShapeError.self) { try checkShapes(model, input: [1, 32, 32, 3]) }
    #expect(
      error?.message
        == "UNet.encoder.0.conv1 (Conv2D): conv2D: kernel [3, 3, 1, 4] wants 1 channels, input "
        + "[1, 32, 32, 3] has 3")
  }

  @Test func sizesStop() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = ResNet.cifar(depth: 21)
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("ResNet.cifar: the depth is 6 n + 2 (20, 32, 44, 56, 110), given 21"))
  }

  /// ResNet-18 with the paper's stem: 1.8 billion multiply-adds an image (table 1 of the paper).
  @Test func multiplyAdds() {
    let model = withoutArithmetic { ResNet.imageNet(depth: 18) }
    let summary = model.summary(input: [1, 224, 224, 3])
    #expect(summary.multiplyAdds == 1_814_073_344)
    #expect(summary.rows.reduce(0) { $0 + $1.parameters } == 11_689_512)
  }
}

@Suite struct CompositionTests {
  /// Layers and models are made of operations: no rule, no tape entry, no custom gradient in them.
  @Test(arguments: ["Layers", "Models", "Optimizers"])
  func noRuleIsWritten(folder: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/\(folder)")
    let files = try FileManager.default.contentsOfDirectory(
      at: root, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "swift" }
    #expect(files.count >= 3)
    // `record(` and `wrt(` make rules; the others are their ways in.
    let rules = /\b(wrt|record|customGradient|Link|unary|binary)\s*\(|\bimport\s+Kernels\b/
    for file in files {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      where !line.drop(while: { $0 == " " }).hasPrefix("///") {
        #expect(line.firstMatch(of: rules) == nil, "\(file.lastPathComponent): \(line)")
      }
    }
  }
}

@Suite struct ActivationTests {
  /// With the identity for an activation, in inference, a ResNet is an affine map:
  /// f(a + b) = f(a) + f(b) - f(0). A ReLU left anywhere would break it.
  @Test(arguments: [8, 18, 50])
  func everyActivationIsTheOneGiven(depth: Int) {
    let (sum, parts, scale) = withDefaultDType(.float64) {
      withRandomSource(RandomSource(seed: 5)) {
        let model =
          depth == 8
          ? ResNet.cifar(depth: 8, width: 4, activation: { $0 })
          : ResNet.imageNet(depth: depth, classes: 10, stem: .small, width: 4, activation: { $0 })
        let a = Tensor.normal([2, 16, 16, 3])
        let b = Tensor.normal([2, 16, 16, 3])
        let parts = model(a) + model(b) - model(.zeros([2, 16, 16, 3]))
        return (model(a + b), parts, abs(parts).max().item)
      }
    }
    #expect(scale > 0.01)
    #expect(abs(sum - parts).max().item < 1e-10 * scale)
  }
}
