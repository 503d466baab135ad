import ArgumentParsing
import TapeGrad

/// `tapegrad summary MODEL`
enum SummaryCommand: Command {
  static func run(_ arguments: Arguments) throws -> Int32 {
    let name = arguments.operand ?? ""
    try TrainSetup.requireModel(name, arguments)
    let purpose = ModelCatalog.entry(named: name)!.purpose
    let size = try inputSize(arguments, purpose: purpose, model: name)
    let classes = try arguments.int("classes", atLeast: 1, atMost: 1_000_000)
    let description = ModelDescription(
      name: name, channels: size.channels, classes: classes ?? (purpose == .segmentation ? 1 : 10),
      imageHeight: size.height, imageWidth: size.width,
      baseChannels: try arguments.int("base", atLeast: 1, atMost: 1024),
      depth: try arguments.int("depth", atLeast: 1, atMost: 8))
    let model = try ModelCatalog.model(description, source: RandomSource(seed: 0))
    Terminal.say("\(model.summary(input: [1, size.height, size.width, size.channels]))")
    return ExitCode.done
  }

  /// `HEIGHTxWIDTHxCHANNELS`
  private static func inputSize(
    _ arguments: Arguments, purpose: ModelCatalog.Purpose, model: String
  ) throws -> (height: Int, width: Int, channels: Int) {
    guard let text = arguments.string("input") else {
      if purpose == .segmentation { return (256, 256, 1) }
      return model == "lenet" ? (28, 28, 1) : (32, 32, 3)
    }
    let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sizes.count == 3, sizes.allSatisfy({ $0 > 0 && $0 <= 1 << 14 }) else {
      throw arguments.error(
        "--input wants HEIGHTxWIDTHxCHANNELS such as 28x28x1, given '\(text)'")
    }
    return (sizes[0], sizes[1], sizes[2])
  }

  static let syntax = Syntax(
    command: "summary",
    summary: "List a model's layers with output shapes, parameters and multiply-adds.",
    operand: .init(
      name: "MODEL", help: "one of \(ModelCatalog.names.joined(separator: ", ")).",
      isRequired: true),
    groups: [
      .init(
        title: "Options",
        options: [
          .value("input", "HxWxC", "rows, columns and channels of an image (32x32x3; 256x256x1)"),
          .value("classes", "N", "classes told apart (10; 1 for a segmentation)"),
          .value("base", "N", "channels of the first level of a U-Net (32)"),
          .value("depth", "N", "halvings of a U-Net (4)"),
        ])
    ],
    examples: [
      ("tapegrad summary resnet20 --input 28x28x1", "ResNet-20 on Fashion-MNIST"),
      ("tapegrad summary unet --base 64 --input 512x512x1", "the U-Net of the paper"),
    ])
}
