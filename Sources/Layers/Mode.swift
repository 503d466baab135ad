import Tensors

/// Whether layers that differ between the two behave as in training or as in use.
public enum Mode: Sendable {
  case training, inference

  /// The mode set around, if one is.
  @TaskLocal static var chosen: Mode?

  /// The mode in force: inference unless a gradient of a module is recorded or `withMode` says so.
  public static var current: Mode { chosen ?? .inference }
}

/// Runs `body` in a mode.
public func withMode<Result>(_ mode: Mode, _ body: () throws -> Result) rethrows -> Result {
  try Mode.$chosen.withValue(mode, operation: body)
}

/// Runs `body` in training mode unless a mode is set already.
func inTrainingUnlessSet<Result>(_ body: () throws -> Result) rethrows -> Result {
  if Mode.chosen != nil { return try body() }
  return try withMode(.training, body)
}
