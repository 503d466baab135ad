import Datasets
import Foundation

/// Where a training stands, apart from its tensors: saved with them, so that it goes on with the same
/// bits.
public struct TrainingState: Sendable, Equatable, Codable {
  /// Steps taken.
  public var step = 0
  /// The next batch.
  public var loader: LoaderState
  /// How far the random source has advanced that dropout and the like draw from.
  public var randomPosition: UInt64 = 0
  /// Sums of losses and scores over the steps of the epoch in progress.
  public var sums: [String: Double] = [:]
  /// Steps of the epoch in progress.
  public var stepsInEpoch = 0
  /// The best validation so far.
  public var best: Best?

  public struct Best: Sendable, Equatable, Codable {
    public let epoch: Int
    public let step: Int
    public let value: Double
  }

  public init(loader: LoaderState) { self.loader = loader }

  /// As JSON text, the same for equal states.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
  }

  init(text: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    self = try decoder.decode(Self.self, from: Data(text.utf8))
  }
}
