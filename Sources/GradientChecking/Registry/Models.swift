import Layers
import Models
import Operations
import Tensors

extension Registry {
  /// One block of each model, and small whole models.
  static let models = {
    var family = Family("models")
    family.add(
      "BasicBlock", "same size", layer: { BasicBlock(inputs: 3, outputs: 3) }, .any([2, 4, 4, 3]))
    family.add(
      "BasicBlock", "stride 2", layer: { BasicBlock(inputs: 2, outputs: 4, stride: 2) },
      .any([2, 5, 4, 2]))
    family.add(
      "BasicBlock", "starts as identity",
      layer: { BasicBlock(inputs: 2, outputs: 2, startsAsIdentity: true) }, .any([2, 4, 4, 2]))
    family.add(
      "BottleneckBlock", "projected", layer: { BottleneckBlock(inputs: 3, width: 2) },
      .any([2, 4, 4, 3]))
    family.add(
      "BottleneckBlock", "stride 2", layer: { BottleneckBlock(inputs: 8, width: 2, stride: 2) },
      .any([2, 4, 4, 8]))
    for batchNorm in [false, true] {
      let details = batchNorm ? "batch norm" : "plain"
      family.add(
        "ConvBlock", details, layer: { ConvBlock(inputs: 2, outputs: 3, batchNorm: batchNorm) },
        .any([2, 4, 4, 2]))
      family.add(
        "DoubleConv", details, layer: { DoubleConv(inputs: 2, outputs: 3, batchNorm: batchNorm) },
        .any([2, 4, 4, 2]))
      family.add(
        "UNet", details, layer: { UNet(depth: 1, base: 2, batchNorm: batchNorm) },
        .any([2, 4, 4, 1]))
    }
    for (details, decoder) in [
      ("transposed", .transposed), ("nearest", .resampled(.nearest)),
      ("bilinear", .resampled(.bilinear())),
    ] as [(String, UNet.Decoder)] {
      family.add(
        "UpBlock", details, module: { UpBlock(outputs: 2, decoder: decoder) },
        [.any([2, 2, 2, 4]), .any([2, 4, 4, 2])]
      ) { $0($1[0], skip: $1[1]) }
    }
    family.add(
      "VGG head", layer: { LinearHead(inputs: 3, outputs: 4) }, .any([2, 3, 3, 3]))
    family.add(
      "ResNet", "8 layers of width 2",
      layer: { ResNet.cifar(depth: 8, channels: 2, classes: 3, width: 2) }, .any([2, 8, 8, 2]))
    family.add(
      "ResNet", "8 layers of width 2, loss",
      module: { ResNet.cifar(depth: 8, channels: 1, classes: 3, width: 2) },
      [.any([3, 8, 8, 1]), .indices(below: 3, [3])]
    ) { crossEntropy($0($1[0]), $1[1]) }
    return family
  }()
}
