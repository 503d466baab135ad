import Tensors

/// Random changes to images and their masks, as a list of steps.
///
///     let augmentation: Augmentation = [
///       .flipHorizontally(), .quarterTurns(), .rotation(degrees: -15...15),
///       .elastic(displacement: 4, smoothness: 16), .brightness(-0.1...0.1),
///     ]
///     var generator = SeededGenerator(seed: 1, stream: 7)
///     let changed = augmentation(sample, using: &generator)
///
/// All geometric steps together become one map from the pixels of the result back to the original,
/// so the image is resampled once whatever the number of steps: images by bilinear interpolation,
/// masks by the nearest pixel, both at the same points. Steps act in the order listed, about the
/// centre of the image; elastic displacement is added after the others. Outside, the image is
/// reflected about the centres of its border pixels. Flips and quarter turns alone move pixels
/// without changing any value. Size is kept.
///
/// Steps that change brightness act on the warped images, in the order listed, and never on
/// masks. Values are not clipped.
///
/// Cost: some 5 ns a pixel for images without elastic displacement, twice that with.
public struct Augmentation: Sendable, Equatable, ExpressibleByArrayLiteral {
  /// One random change. Each is made with its probability; its amount is drawn evenly from its range.
  public enum Step: Sendable, Equatable {
    /// Left becomes right.
    case flipHorizontally(probability: Float = 0.5)
    /// Top becomes bottom.
    case flipVertically(probability: Float = 0.5)
    /// 0, 1, 2 or 3 quarter turns, equally likely; of images that are not square, 0 or 2.
    case quarterTurns(probability: Float = 1)
    /// A turn by an angle; positive ones are clockwise as seen on a screen.
    case rotation(degrees: ClosedRange<Float>, probability: Float = 1)
    /// Rows slide sideways, so that vertical lines lean by the angle; within (-80, 80) degrees.
    case shear(degrees: ClosedRange<Float>, probability: Float = 1)
    /// A move by up to so many pixels in x and, drawn separately, in y.
    case shift(pixels: ClosedRange<Float>, probability: Float = 1)
    /// Enlargement by a factor; above 0, 1 is none.
    case scale(ClosedRange<Float>, probability: Float = 1)
    /// Every point moves by a smooth random field (Simard, Steinkraus and Platt 2003): independent noise,
    /// smoothed by a Gaussian of standard deviation `smoothness` pixels, scaled so that the
    /// standard deviation of the displacement along each axis is `displacement` pixels.
    /// Displacements well under smoothness keep the map free of folds.
    case elastic(displacement: Float, smoothness: Float, probability: Float = 1)
    /// A value added to every pixel.
    case brightness(ClosedRange<Float>, probability: Float = 1)
    /// A factor by which values move away from the mean of their plane; 1 is none.
    case contrast(ClosedRange<Float>, probability: Float = 1)
    /// Independent normal noise of a standard deviation drawn from the range; not below 0.
    case noise(ClosedRange<Float>, probability: Float = 1)
  }

  public let steps: [Step]

  /// An augmentation of the given steps; none leaves everything as it is. Stops for probabilities
  /// outside 0 ... 1 and for ranges outside what the step allows, naming the step.
  public init(_ steps: [Step]) {
    for step in steps {
      if let problem = step.problem { fail("Augmentation", "\(step): \(problem)") }
    }
    self.steps = steps
  }

  public init(arrayLiteral steps: Step...) {
    self.init(steps)
  }

  /// What helps on electron micrographs, which have no preferred direction: flips, quarter turns,
  /// any rotation up to 15 degrees, mild scaling and elastic warping, brightness and contrast.
  public static let micrographs: Augmentation = [
    .flipHorizontally(), .quarterTurns(),
    .rotation(degrees: -15...15, probability: 0.5),
    .scale(0.9...1.1, probability: 0.5),
    .elastic(displacement: 4, smoothness: 16, probability: 0.5),
    .brightness(-0.08...0.08), .contrast(0.85...1.15),
  ]

  /// Changes a sample. The result is a pure function of the sample and the generator's state.
  public func callAsFunction<Generator: RandomNumberGenerator>(
    _ sample: SegmentationSample, using generator: inout Generator
  ) -> SegmentationSample {
    let (images, masks) = self(
      images: [sample.image], masks: [sample.mask], using: &generator)
    return SegmentationSample(image: images[0], mask: masks[0])
  }

  /// Changes several planes in the same way, for images of several channels and for several masks.
  /// Brightness and contrast are drawn once for all images, noise for each. Stops if the planes
  /// differ in size.
  public func callAsFunction<Generator: RandomNumberGenerator>(
    images: [Plane], masks: [Plane] = [], using generator: inout Generator
  ) -> (images: [Plane], masks: [Plane]) {
    guard let first = images.first ?? masks.first else { return ([], []) }
    for plane in images + masks where plane.width != first.width || plane.height != first.height {
      fail(
        "Augmentation",
        "planes differ in size: \(first.width) x \(first.height) and "
          + "\(plane.width) x \(plane.height)")
    }
    let warp = GeometricWarp(
      steps: steps, width: first.width, height: first.height, using: &generator)
    var (changed, changedMasks) = warp.resample(images: images, masks: masks)
    for step in steps { step.shade(&changed, using: &generator) }
    return (changed, changedMasks)
  }
}

extension Augmentation.Step {
  /// The probability that this step is made.
  var probability: Float {
    switch self {
    case .flipHorizontally(let p), .flipVertically(let p), .quarterTurns(let p): p
    case .rotation(_, let p), .shear(_, let p), .shift(_, let p), .scale(_, let p): p
    case .elastic(_, _, let p): p
    case .brightness(_, let p), .contrast(_, let p), .noise(_, let p): p
    }
  }

  /// Why this step makes no sense, if it does not.
  var problem: String? {
    guard probability >= 0, probability <= 1 else {
      return "the probability must lie in 0 ... 1"
    }
    switch self {
    case .flipHorizontally, .flipVertically, .quarterTurns:
      return nil
    case .rotation(let range, _), .shift(let range, _), .brightness(let range, _),
      .contrast(let range, _):
      return range.isFinite ? nil : "the range must be finite"
    case .shear(let range, _):
      let allowed = range.lowerBound > -80 && range.upperBound < 80
      return allowed ? nil : "the angle must stay within (-80, 80) degrees"
    case .scale(let range, _):
      return range.isFinite && range.lowerBound > 0 ? nil : "the factor must be above 0 and finite"
    case .elastic(let displacement, let smoothness, _):
      guard displacement >= 0, displacement.isFinite, smoothness >= 1, smoothness.isFinite else {
        return "displacement must be at least 0 and smoothness at least 1 pixel"
      }
      return nil
    case .noise(let range, _):
      return range.isFinite && range.lowerBound >= 0
        ? nil : "the standard deviation must not be negative"
    }
  }

  /// Applies a step of brightness to the images; geometric steps do nothing here.
  func shade<Generator: RandomNumberGenerator>(
    _ images: inout [Plane], using generator: inout Generator
  ) {
    switch self {
    case .brightness(let range, let probability):
      guard generator.chance(probability) else { return }
      let added = generator.uniform(range.lowerBound, range.upperBound)
      for plane in images.indices {
        for i in images[plane].values.indices { images[plane].values[i] += added }
      }
    case .contrast(let range, let probability):
      guard generator.chance(probability) else { return }
      let factor = generator.uniform(range.lowerBound, range.upperBound)
      for plane in images.indices {
        let values = images[plane].values
        let sum = values.reduce(0.0) { $0 + Double($1) }
        let mean = Float(sum / Double(values.count))
        images[plane].values = values.map { mean + factor * ($0 - mean) }
      }
    case .noise(let range, let probability):
      guard generator.chance(probability) else { return }
      let deviation = generator.uniform(range.lowerBound, range.upperBound)
      for plane in images.indices {
        let noise = Plane.whiteNoise(
          width: images[plane].width, height: images[plane].height, using: &generator)
        for i in noise.values.indices { images[plane].values[i] += deviation * noise.values[i] }
      }
    default:
      return
    }
  }
}

extension ClosedRange<Float> {
  fileprivate var isFinite: Bool { lowerBound.isFinite && upperBound.isFinite }
}
