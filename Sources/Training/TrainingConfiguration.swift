import Foundation
import Interchange
import Operations

/// Everything that decides the course of a training: a value that is written to `config.json` and
/// into every checkpoint, and from which model, data and training can be built again.
///
/// Two runs with equal configurations and data give the same bits, whatever the number of threads.
public struct TrainingConfiguration: Sendable, Equatable, Codable {
  public var model: ModelDescription
  public var data: DataConfiguration
  public var optimization: OptimizationConfiguration
  /// What all random numbers are derived from.
  public var seed: UInt64
  /// How convolutions are computed, which decides how they round; nil: as their shapes suggest.
  public var convolution: ConvolutionAlgorithm?

  public init(
    model: ModelDescription, data: DataConfiguration, optimization: OptimizationConfiguration,
    seed: UInt64, convolution: ConvolutionAlgorithm? = nil
  ) {
    self.model = model
    self.data = data
    self.optimization = optimization
    self.seed = seed
    self.convolution = convolution
  }
}

/// A model by name, with what has to be known to build it.
public struct ModelDescription: Sendable, Equatable, Codable {
  /// A name of `ModelCatalog`.
  public var name: String
  /// Channels of the images.
  public var channels: Int
  /// Classes told apart; 1 for a segmentation into membrane and the rest.
  public var classes: Int
  /// Rows and columns of the images as the model sees them; nil if it takes any size.
  public var imageHeight: Int?
  public var imageWidth: Int?
  /// Channels of the first level of a U-Net.
  public var baseChannels: Int?
  /// Number of halvings of a U-Net.
  public var depth: Int?

  public init(
    name: String, channels: Int, classes: Int, imageHeight: Int? = nil, imageWidth: Int? = nil,
    baseChannels: Int? = nil, depth: Int? = nil
  ) {
    self.name = name
    self.channels = channels
    self.classes = classes
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    self.baseChannels = baseChannels
    self.depth = depth
  }
}

/// Which images are trained on, chosen on and tested on, and what is done to them.
public struct DataConfiguration: Sendable, Equatable, Codable {
  /// A name of `DatasetCatalog`.
  public var name: String
  /// The folder of the files; nil for generated images.
  public var path: String?
  /// Images to train on; nil for all that are not used for validation.
  public var trainingCount: Int?
  /// Images taken from the training data to choose the best weights on.
  public var validationCount: Int
  /// Images to test on; nil for all there are.
  public var heldOutCount: Int?
  /// Rows and columns of generated images.
  public var imageSize: Int?
  /// Rows and columns of the random crops a segmentation is trained on.
  public var cropSize: Int?
  /// How many random crops of each image make an epoch.
  public var cropsPerImage: Int
  /// Whether training images are changed at random.
  public var augments: Bool
  /// Rows and columns of zeros added on each side of images to be classified.
  public var padding: Int
  /// Whether predictions are averaged over mirror images (and quarter turns, for a segmentation).
  public var averagesOrientations: Bool
  /// How pixels are scaled; found from the training images when the data are read.
  public var normalization: Normalization?
  /// The names of the classes; found when the data are read.
  public var classNames: [String]

  public init(
    name: String, path: String? = nil, trainingCount: Int? = nil, validationCount: Int,
    heldOutCount: Int? = nil, imageSize: Int? = nil, cropSize: Int? = nil, cropsPerImage: Int = 1,
    augments: Bool = true, padding: Int = 0, averagesOrientations: Bool = false,
    normalization: Normalization? = nil, classNames: [String] = []
  ) {
    self.name = name
    self.path = path
    self.trainingCount = trainingCount
    self.validationCount = validationCount
    self.heldOutCount = heldOutCount
    self.imageSize = imageSize
    self.cropSize = cropSize
    self.cropsPerImage = cropsPerImage
    self.augments = augments
    self.padding = padding
    self.averagesOrientations = averagesOrientations
    self.normalization = normalization
    self.classNames = classNames
  }
}

/// How the weights are found.
public struct OptimizationConfiguration: Sendable, Equatable, Codable {
  public enum Method: String, Sendable, Codable, CaseIterable {
    case sgd, adamw
  }

  public enum Schedule: String, Sendable, Codable, CaseIterable {
    case oneCycle = "one-cycle"
    case cosine, step, constant
  }

  public enum Loss: String, Sendable, Codable, CaseIterable {
    case crossEntropy = "cross-entropy"
    case binaryCrossEntropy = "bce"
    case binaryCrossEntropyAndDice = "bce-dice"
    case dice, focal
  }

  public var epochs: Int
  /// The number of steps after which training ends even if epochs are left.
  public var stepLimit: Int?
  public var batchSize: Int
  public var method: Method
  /// The highest learning rate of the schedule.
  public var learningRate: Double
  /// Momentum of SGD (Nesterov's), first moment of AdamW.
  public var momentum: Double
  /// Decay of weights; norms and biases have none.
  public var weightDecay: Double
  public var schedule: Schedule
  /// The share of steps in which the learning rate rises.
  public var riseShare: Double
  /// The norm to which gradients are clipped; nil for none.
  public var clippingNorm: Double?
  /// Decay of the average of the weights that is evaluated and kept; 0 for none.
  public var averageDecay: Double
  public var loss: Loss
  public var labelSmoothing: Double
  /// Epochs from one validation to the next.
  public var validationInterval: Int

  public init(
    epochs: Int, stepLimit: Int? = nil, batchSize: Int, method: Method, learningRate: Double,
    momentum: Double = 0.9, weightDecay: Double, schedule: Schedule = .oneCycle,
    riseShare: Double = 0.25, clippingNorm: Double? = nil, averageDecay: Double = 0,
    loss: Loss = .crossEntropy, labelSmoothing: Double = 0, validationInterval: Int = 1
  ) {
    self.epochs = epochs
    self.stepLimit = stepLimit
    self.batchSize = batchSize
    self.method = method
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.schedule = schedule
    self.riseShare = riseShare
    self.clippingNorm = clippingNorm
    self.averageDecay = averageDecay
    self.loss = loss
    self.labelSmoothing = labelSmoothing
    self.validationInterval = validationInterval
  }
}

// MARK: - Text

extension TrainingConfiguration {
  /// As JSON with sorted keys: the same text for equal configurations.
  public func jsonText(indented: Bool = true) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      indented
      ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      : [.sortedKeys, .withoutEscapingSlashes]
    // Every number in a configuration is finite, so encoding cannot fail.
    return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
  }

  /// From JSON text; throws with the first key that is missing or of the wrong kind.
  public init(jsonText text: String, path: String) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw TrainingError.checkpoint(path: path, "its configuration: \(Self.explain(error))")
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "'\(place(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      return "'\(place(context.codingPath))': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
