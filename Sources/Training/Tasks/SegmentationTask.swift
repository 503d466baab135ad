import Datasets
import Layers
import Operations
import Tensors

/// An image with the mask of the class looked for.
public struct SegmentationExample: Sendable {
  /// What reports and files call it.
  public let name: String
  /// The channels, with values from 0 to 1 as stored.
  public let planes: [Plane]
  /// 1 on the class looked for, 0 elsewhere.
  public let mask: Plane

  /// Stops if there is no channel or sizes differ.
  public init(name: String, planes: [Plane], mask: Plane) {
    guard !planes.isEmpty,
      planes.allSatisfy({ $0.width == mask.width && $0.height == mask.height })
    else {
      fail("SegmentationExample", "\(name): image and mask must have one size, and a channel each")
    }
    self.name = name
    self.planes = planes
    self.mask = mask
  }
}

/// Crops of images and their masks, as a model takes them.
public struct MaskedBatch: Sendable {
  /// `[batch, height, width, channels]`
  public let images: Tensor
  /// `[batch, height, width, 1]`, 0 or 1
  public let masks: Tensor
}

/// A crop to train on.
public struct SegmentationCrop: Sendable {
  let planes: [Plane]
  let mask: Plane
}

/// Finding the pixels of one class: a loss on logits, Dice and its kin.
public struct SegmentationTask: TrainingTask {
  public let training: [SegmentationExample]
  public let validation: [SegmentationExample]
  public let predictor: SegmentationPredictor
  public let loader: Loader<SegmentationCrop, MaskedBatch>
  public let loss: OptimizationConfiguration.Loss

  /// A task on images in memory.
  ///
  /// Images are normalised once, then for each crop changed by `augmentation` as a whole, and cut to
  /// `cropSize` at a random place; smaller ones are continued by reflection first.
  public init(
    training: [SegmentationExample], validation: [SegmentationExample],
    predictor: SegmentationPredictor, augmentation: Augmentation, cropSize: Int,
    cropsPerImage: Int = 1, batchSize: Int, loss: OptimizationConfiguration.Loss, seed: UInt64
  ) {
    self.training = training
    self.validation = validation
    self.predictor = predictor
    self.loss = loss
    let scaled = training.map { example in
      SegmentationCrop(planes: predictor.normalization(example.planes), mask: example.mask)
    }
    let count = training.count * cropsPerImage
    loader = Loader(
      count: count, batchSize: batchSize, seed: seed, dropsLast: count >= batchSize
    ) { index, generator in
      let whole = scaled[index / cropsPerImage].reflected(toAtLeast: cropSize)
      var (planes, masks) = (whole.planes, [whole.mask])
      if !augmentation.steps.isEmpty {
        (planes, masks) = augmentation(images: planes, masks: masks, using: &generator)
      }
      let changed = SegmentationCrop(planes: planes, mask: masks[0])
      return changed.cropped(to: cropSize, using: &generator)
    } collate: { crops in
      MaskedBatch(
        images: imageTensor(crops.map(\.planes)), masks: imageTensor(crops.map { [$0.mask] }))
    }
  }

  public func size(of batch: MaskedBatch) -> Int { batch.images.shape[0] }

  public func loss(
    of model: any Layer, on batch: MaskedBatch
  ) -> (loss: Tensor, output: Tensor) {
    let logits = model(batch.images)
    return (Self.loss(loss, logits, batch.masks), logits)
  }

  /// The loss of logits against masks of the same shape.
  public static func loss(
    _ kind: OptimizationConfiguration.Loss, _ logits: Tensor, _ masks: Tensor
  ) -> Tensor {
    switch kind {
    case .crossEntropy, .binaryCrossEntropy: binaryCrossEntropy(logits: logits, masks)
    case .binaryCrossEntropyAndDice:
      binaryCrossEntropy(logits: logits, masks) + diceLoss(sigmoid(logits), masks) * 0.5
    case .dice: diceLoss(sigmoid(logits), masks)
    case .focal: focalLoss(logits: logits, masks)
    }
  }

  public func scores(_ output: Tensor, on batch: MaskedBatch) -> Measurements {
    // A logit of at least 0 is a probability of at least one half.
    let counts = SegmentationCounts(
      probability: output.scalars(of: Float.self), mask: batch.masks.scalars(of: Float.self),
      threshold: 0)
    return ["dice": counts.dice]
  }

  public func validate(_ model: any Layer, progress: Progress) throws -> Measurements {
    var quick = predictor
    quick.averagesOrientations = false
    return try SegmentationResult(
      of: model, on: validation, predictor: quick, loss: loss, progress: progress
    ).pixelMeasurements
  }

  public var criterion: Criterion { Criterion("dice", higherIsBetter: true) }
}

extension SegmentationCrop {
  /// Continued by reflection at the right and the bottom where a side is shorter than `side`.
  func reflected(toAtLeast side: Int) -> SegmentationCrop {
    guard mask.width < side || mask.height < side else { return self }
    let width = max(side, mask.width)
    let height = max(side, mask.height)
    return SegmentationCrop(
      planes: planes.map { $0.reflected(toWidth: width, height: height) },
      mask: mask.reflected(toWidth: width, height: height))
  }

  func cropped(to side: Int, using generator: inout SeededGenerator) -> SegmentationCrop {
    let x = generator.below(mask.width - side + 1)
    let y = generator.below(mask.height - side + 1)
    return SegmentationCrop(
      planes: planes.map { $0.cropped(x: x, y: y, width: side, height: side) },
      mask: mask.cropped(x: x, y: y, width: side, height: side))
  }
}

extension Plane {
  /// Continued by reflection at the right and the bottom.
  func reflected(toWidth newWidth: Int, height newHeight: Int) -> Plane {
    let columns = (0..<newWidth).map { Plane.reflected($0, count: width) }
    var pixels: [Float] = []
    pixels.reserveCapacity(newWidth * newHeight)
    for y in 0..<newHeight {
      let row = Plane.reflected(y, count: height) * width
      for x in columns { pixels.append(values[row + x]) }
    }
    return Plane(width: newWidth, height: newHeight, values: pixels)
  }
}

/// Images of one size, each given by its planes, as `[count, height, width, channels]`.
func imageTensor(_ images: [[Plane]]) -> Tensor {
  let first = images[0][0]
  let channels = images[0].count
  let shape: Shape = [images.count, first.height, first.width, channels]
  if channels == 1 { return Tensor(images.flatMap { $0[0].values }, shape: shape) }
  var pixels = [Float](repeating: 0, count: shape.elementCount)
  for (index, planes) in images.enumerated() {
    let start = index * first.values.count
    for (channel, plane) in planes.enumerated() {
      for (place, value) in plane.values.enumerated() {
        pixels[(start + place) * channels + channel] = value
      }
    }
  }
  return Tensor(pixels, shape: shape)
}
