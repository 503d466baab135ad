import Synchronization
import Tensors

/// The first operation of a computation whose result holds a NaN or an infinity.
public struct Anomaly: Sendable, Hashable, CustomStringConvertible {
  /// What the elements of a tensor look like.
  public struct Range: Sendable, Hashable, CustomStringConvertible {
    public let shape: Shape
    /// The smallest and the largest finite element; nil when there is none.
    public let finite: ClosedRange<Double>?
    public let notANumber: Int
    public let infinite: Int

    public var description: String {
      var parts = ["\(shape)"]
      if let finite {
        parts.append(
          "\(finite.lowerBound.scientific(3)) to \(finite.upperBound.scientific(3))")
      }
      if notANumber > 0 { parts.append("\(notANumber) NaN") }
      if infinite > 0 { parts.append("\(infinite) infinite") }
      return parts.joined(separator: ", ")
    }

    package init(of tensor: Tensor) {
      var (low, high) = (Double.infinity, -Double.infinity)
      var (notANumber, infinite) = (0, 0)
      for value in tensor.scalars(of: Double.self) {
        if value.isNaN {
          notANumber += 1
        } else if value.isInfinite {
          infinite += 1
        } else {
          (low, high) = (Swift.min(low, value), Swift.max(high, value))
        }
      }
      shape = tensor.shape
      finite = low <= high ? low...high : nil
      (self.notANumber, self.infinite) = (notANumber, infinite)
    }

    var isFinite: Bool { notANumber == 0 && infinite == 0 }
  }

  /// The operation, as a tape names it.
  public let operation: String
  /// The module that called it, such as `ResNet.stage1.0.conv1 (Conv2D)`; nil outside of modules.
  public let place: String?
  /// In a backward pass, the operation whose rule was being applied; nil in a forward pass. `place` is
  /// then where that operation was called.
  public let backwardOf: String?
  /// The operation's tensor inputs, those it is differentiated for, in order.
  public let inputs: [Range]
  /// Its result.
  public let output: Range

  public var description: String {
    var text = operation
    if let backwardOf { text += " in the backward pass of \(backwardOf)" }
    if let place { text += " in \(place)" }
    return text
  }

  /// With ranges, one line each.
  public var details: String {
    let lines =
      [description, "  result: \(output)"]
      + inputs.enumerated().map { "  input \($0): \($1)" }
    return lines.joined(separator: "\n")
  }
}

/// Runs `body` with every result computed at once and tested, and returns the first operation whose
/// result is not finite, if any: forward, or in the backward pass of a gradient taken inside.
///
/// Costs a pass over each result, and nothing is deferred: for finding out where a computation went
/// wrong that is known to have. Infinities that are meant, such as a mask of `-inf`, are reported too.
public func detectAnomalies<Result>(
  _ body: () throws -> Result
) rethrows -> (result: Result, first: Anomaly?) {
  let watch = AnomalyWatch()
  AnomalyWatch.running.wrappingAdd(1, ordering: .relaxed)
  defer { AnomalyWatch.running.wrappingSubtract(1, ordering: .relaxed) }
  let result = try Surroundings.with({ $0.execution = .watched(watch) }, body)
  return (result, watch.anomaly)
}

/// Keeps the first anomaly it sees.
final class AnomalyWatch: @unchecked Sendable {
  /// How many watches there are: rules remember what they read only while there is one.
  static let running = Atomic(0)
  static var isRunning: Bool { running.load(ordering: .relaxed) > 0 }

  /// The operation whose rule is being applied.
  struct Walked: Sendable {
    let operation: String
    let place: String?
  }

  @TaskLocal static var walked: Walked?

  private let lock = SpinLock()
  private var noted: Anomaly?

  var anomaly: Anomaly? { lock.withLock { noted } }

  /// Tests the result of an operation.
  func test(_ primitive: Primitive, _ result: Tensor, _ links: [Link?]) {
    guard result.dtype.isCompute, anomaly == nil else { return }
    let output = Anomaly.Range(of: result)
    if output.isFinite { return }
    let walked = AnomalyWatch.walked
    let inputs = links.compactMap { link -> Anomaly.Range? in
      guard let link, let witness = link.witness else { return nil }
      return Anomaly.Range(of: Tensor(witness, shape: link.shape))
    }
    let found = Anomaly(
      operation: primitive.rawValue,
      place: walked.map(\.place) ?? CallFrame.current?.pathDescription,
      backwardOf: walked?.operation, inputs: inputs, output: output)
    lock.withLock { noted = noted ?? found }
  }
}
