import Tensors

/// How thoroughly gradients are checked.
public enum CheckMode: Sendable {
  /// Along a few random directions, which costs a few calls of the function; element by element only
  /// where a direction disagrees.
  case projection
  /// Every element of every input.
  case full
}

/// What a gradient check may be told.
public struct GradientCheckOptions: Sendable {
  /// Whether the pullback is differentiated in turn, for the inputs and for its cotangent.
  public var secondOrder: Bool
  /// The difference between rule and measurement that is allowed for a cotangent of size 1.
  public var absoluteTolerance: Double
  /// The difference allowed relative to the larger of the two.
  public var relativeTolerance: Double
  /// Decides directions, cotangents and everything random in the function.
  public var seed: UInt64
  /// Random cotangents; a single element, zero, a huge and a tiny one are added to the first order, and
  /// one in balance where some results change a thousand times faster than others.
  public var randomCotangents: Int
  /// Random directions for each input.
  public var directions: Int
  /// Random sources that the function holds itself: each is set back before every call. The source
  /// in force (`RandomSource.current`) is replayed anyway.
  public var replays: [RandomSource]
  /// Whether a wrong gradient is traced to the rule at fault: some calls of the function for each
  /// operation on its tape.
  public var locatesFaults: Bool

  /// Stops on a negative tolerance or NaN, and on fewer than one cotangent or direction.
  public init(
    secondOrder: Bool = true, absoluteTolerance: Double = 1e-7, relativeTolerance: Double = 1e-5,
    seed: UInt64 = 0, randomCotangents: Int = 2, directions: Int = 2,
    replays: [RandomSource] = [], locatesFaults: Bool = true
  ) {
    guard absoluteTolerance >= 0, relativeTolerance >= 0, randomCotangents >= 1, directions >= 1
    else {
      fail(
        "GradientCheckOptions",
        "wants tolerances of at least 0 and at least one cotangent and direction, given "
          + "\(absoluteTolerance), \(relativeTolerance), \(randomCotangents) and \(directions)")
    }
    self.secondOrder = secondOrder
    self.absoluteTolerance = absoluteTolerance
    self.relativeTolerance = relativeTolerance
    self.seed = seed
    self.randomCotangents = randomCotangents
    self.directions = directions
    self.replays = replays
    self.locatesFaults = locatesFaults
  }
}
