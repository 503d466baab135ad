/// Every operation the tape can record.
///
/// Layers, models and users compose these; only they carry rules. Each either has a rule for its
/// tensor inputs, and then a row in the gradient-check registry, or stands on the list of those
/// without a derivative. Tests hold both.
public enum Primitive: String, CaseIterable, Sendable {
  // MARK: Bookkeeping
  case variable, custom, hook, checkpoint

  // MARK: Linear structure
  case add, sum, broadcast, reshape

  // MARK: Arithmetic
  case negate, subtract, multiply, divide, power, remainder
  case minimum, maximum, select, absolute

  // MARK: Elementary functions
  case exp, log, sqrt, reciprocal, log1p, expm1
  case tanh, sigmoid, erf
  case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, atan2

  // MARK: Reductions
  case maxReduce, minReduce, moments, cumulativeSum

  // MARK: Normalisation
  case normalize

  // MARK: Losses
  case softmaxCrossEntropy, softmaxCrossEntropyGradient

  // MARK: Contractions
  case matmul, correlate, correlateTransposed, correlateForKernel

  // MARK: Structure
  case transpose, slice, pad, concatenate
  case gather, scatterAdd, pickPerRow, placePerRow, takeAlong, addAlong
  case axisMap

  // MARK: Windows
  case maxPool, pickFromWindows, placeInWindows

  // MARK: Conversion
  case cast

  // MARK: No derivative
  case equal, notEqual, less, lessEqual, greater, greaterEqual
  case logicalAnd, logicalOr, isFinite, isNaN
  case floor, ceil, round, sign
  case argmax, argmin, argsort

  /// Those whose result does not change smoothly with any input: masks, indices and step functions.
  /// A gradient through one is not defined to be zero: the result is a constant.
  public static let withoutDerivative: Set<Primitive> = [
    .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual,
    .logicalAnd, .logicalOr, .isFinite, .isNaN,
    .floor, .ceil, .round, .sign, .argmax, .argmin, .argsort,
  ]

  /// Those that keep the tape's books: a variable is an input of a gradient, a custom operation
  /// carries its user's rule, a hook shows or changes a gradient, a checkpoint runs again what it
  /// stands for.
  public static let bookkeeping: Set<Primitive> = [.variable, .custom, .hook, .checkpoint]
}
