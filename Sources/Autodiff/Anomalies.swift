import Synchronization
import Tensors

/// The first operation of a computation whose result holds a NaN or an infinity.
public struct Anomaly: Sendable, Hashable, CustomStringConvertible {
  /// The operation, as a tape names it.
  public let operation: String
  /// The module that called it, such as `ResNet.stage1.0.conv1 (Conv2D)`; nil outside of modules, and
  /// for most of a backward pass.
  public let place: String?

  public var description: String { place.map { "\(operation) in \($0)" } ?? operation }
}

/// Runs `body` with every result computed at once and tested, and returns the first operation whose
/// result is not finite, if any.
///
/// Costs a pass over each result, and nothing is deferred: for finding out where a computation went
/// wrong that is known to have. Infinities that are meant, such as a mask of `-inf`, are reported too.
public func detectAnomalies<Result>(
  _ body: () throws -> Result
) rethrows -> (result: Result, first: Anomaly?) {
  let found = FirstAnomaly()
  let result = try Surroundings.with(
    {
      $0.execution = .watched { operation, place in
        found.note(Anomaly(operation: operation, place: place))
      }
    }, body)
  return (result, found.anomaly)
}

/// Keeps the first of what it is told.
private final class FirstAnomaly: @unchecked Sendable {
  private let lock = SpinLock()
  private var noted: Anomaly?

  func note(_ anomaly: Anomaly) { lock.withLock { noted = noted ?? anomaly } }

  var anomaly: Anomaly? { lock.withLock { noted } }
}
