import Autodiff
import GoldenFiles
import Layers
import Models
import Operations
import Optimizers
import Tensors
import Testing

/// Whole networks against PyTorch, three SGD steps in float64: `Golden/README.md` says how the files
/// were made and are compared.
@Suite struct GoldenModelTests {
  @Test func resNet20() throws {
    try compare("resnet20") { ResNet.cifar(depth: 20, channels: 3, classes: 10) }
  }

  @Test func vgg11() throws {
    try compare("vgg11") {
      VGG(depth: 11, channels: 3, classes: 10, batchNorm: true, head: .linear, width: 8)
    }
  }

  @Test func uNet() throws {
    try compare("unet") { UNet(depth: 3, base: 4, channels: 1, classes: 1) }
  }

  private struct Golden: Decodable {
    struct Input: Decodable { let shape: [Int] }
    struct Targets: Decodable {
      let labels: [Int]?
      let shape: [Int]?

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        labels = try? container.decode([Int].self)
        shape = labels == nil ? try container.decode(Input.self).shape : nil
      }
    }
    struct Settings: Decodable {
      let learningRate: Double
      let momentum: Double
      let weightDecay: Double
    }
    struct Entry: Decodable {
      let name: String
      let shape: [Int]
      let start: String
      let fan: Double?
      let startSum: Double
      let gradient: Digest
      let after: Digest
      let moved: Digest
    }
    struct Inference: Decodable {
      let biased: Digest
      let biasedLoss: Double

      private enum Key: String, CodingKey { case biased, loss }

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        biased = try container.decode(Digest.self, forKey: .biased)
        biasedLoss = try container.nestedContainer(keyedBy: Key.self, forKey: .biased)
          .decode(Double.self, forKey: .loss)
      }
    }
    let seed: String
    let input: Input
    let targets: Targets
    let optimizer: Settings
    let logits: Digest
    let losses: [Double]
    let inference: Inference
    let parameters: [Entry]
    let buffers: [BufferEntry]
  }

  /// A digest with the name of the buffer and, for a variance, which one.
  private struct BufferEntry: Decodable {
    let name: String
    let variance: String?
    let digest: Digest

    private enum Key: String, CodingKey { case name, variance }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decode(String.self, forKey: .name)
      variance = try container.decodeIfPresent(String.self, forKey: .variance)
      digest = try Digest(from: decoder)
    }
  }

  private func compare(_ file: String, _ make: () -> some Layer) throws {
    let golden = try goldenFile(file, of: "ModelsTests", as: Golden.self)
    let tolerance = 1e-9
    let seed = golden.seed
    let model = withDefaultDType(.float64) { make() }
    var boxes: [String: Parameter] = [:]
    for named in model.parameters { boxes[named.name] = named.box }
    #expect(Set(boxes.keys) == Set(golden.parameters.map(\.name)))
    var start: [String: Tensor] = [:]
    for entry in golden.parameters {
      let box = try #require(boxes[entry.name])
      try #require(box.shape == Shape(entry.shape), "\(entry.name) has shape \(box.shape)")
      let values = HashedNumbers.uniform("\(seed)/\(entry.name)", count: box.shape.elementCount)
      let filled = values.map { u in
        switch entry.start {
        case "weight": (6.0 / entry.fan!).squareRoot() * u
        case "scale": 1.0 + 0.1 * u
        default: 0.1 * u
        }
      }
      #expect(abs(filled.reduce(0, +) - entry.startSum) < 1e-9 * max(abs(entry.startSum), 1))
      box.value = Tensor(filled, shape: box.shape, dtype: .float64)
      start[entry.name] = box.value
    }

    let input = uniformTensor("\(seed)/input", golden.input.shape)
    let loss = lossFunction(golden.targets, seed)
    var optimizer = SGD(
      model, learningRate: golden.optimizer.learningRate, momentum: golden.optimizer.momentum,
      decay: golden.optimizer.weightDecay)
    var found: [String] = []
    for (step, expected) in golden.losses.enumerated() {
      let (value, logits, gradients) = valueAndGradient(of: model) {
        let logits = model(input)
        return (loss(logits), logits)
      }
      #expect(abs(value.item - expected) <= tolerance * expected, "loss of step \(step)")
      if step == 0 {
        found += golden.logits.differences(
          from: logits, key: "\(seed)/logits", tolerance: tolerance)
        for entry in golden.parameters {
          let gradient = try #require(gradients[boxes[entry.name]!], "no gradient: \(entry.name)")
          found += entry.gradient.differences(
            from: gradient, key: "\(seed)/\(entry.name)", tolerance: tolerance)
        }
      }
      optimizer.update(with: gradients)
    }
    for entry in golden.parameters {
      let after = boxes[entry.name]!.value
      found += entry.after.differences(
        from: after, key: "\(seed)/\(entry.name)", tolerance: tolerance)
      found += entry.moved.differences(
        from: after - start[entry.name]!, key: "\(seed)/\(entry.name)", tolerance: tolerance)
    }
    var buffers: [String: Buffer] = [:]
    for named in model.buffers { buffers[named.name] = named.box }
    let ours = golden.buffers.filter { $0.variance != "unbiased" }
    #expect(Set(buffers.keys) == Set(ours.map(\.name)))
    for entry in ours {
      found += entry.digest.differences(
        from: buffers[entry.name]!.value, key: "\(seed)/\(entry.name)", tolerance: tolerance)
    }
    let logits = model(input)
    found += golden.inference.biased.differences(
      from: logits, key: "\(seed)/logits", tolerance: tolerance)
    let expected = golden.inference.biasedLoss
    #expect(abs(loss(logits).item - expected) <= tolerance * expected)
    #expect(found.isEmpty)
  }

  private func uniformTensor(_ key: String, _ shape: [Int]) -> Tensor {
    let shape = Shape(shape)
    return Tensor(
      HashedNumbers.uniform(key, count: shape.elementCount), shape: shape, dtype: .float64)
  }

  private func lossFunction(
    _ targets: Golden.Targets, _ seed: String
  ) -> (Tensor) -> Tensor {
    if let labels = targets.labels {
      let labels = Tensor(labels.map { Int32($0) })
      return { crossEntropy($0, labels) }
    }
    let shape = Shape(targets.shape!)
    let mask = HashedNumbers.uniform("\(seed)/mask", count: shape.elementCount)
      .map { $0 > 0.5 ? 1.0 : 0 }
    let target = Tensor(mask, shape: shape, dtype: .float64)
    return { binaryCrossEntropy(logits: $0, target) }
  }
}
