import Codecs
import Foundation
import Interchange
import Layers
import Tensors

/// A model's weights in a safetensors file, with what is needed to build the model again and, in the
/// last checkpoint of a run, to go on training.
///
/// Parameters and buffers stand under their names in the model (`stage1.0.conv1.weight`), so other
/// programs can read them. A checkpoint to resume from also has `average/...` and `optimizer/...`.
/// Configuration and state are in the file's metadata.
public struct Checkpoint: Sendable {
  public var tensors: [String: Tensor]
  public var metadata: [String: String]

  static let averagePrefix = "average/"
  static let optimizerPrefix = "optimizer/"
  private static let formatKey = "tapegrad.checkpoint"
  private static let configurationKey = "configuration"
  private static let stateKey = "state"
  private static let checksumKey = "crc32"

  /// A checkpoint of these weights.
  public init(weights: [String: Tensor], metadata: [String: String] = [:]) {
    tensors = weights
    self.metadata = metadata
    self.metadata[Self.formatKey] = "1"
  }

  /// The parameters and buffers of a model as they are.
  public static func weights(of model: some Module) -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for named in model.parameters { weights[named.name] = named.box.value }
    for named in model.buffers { weights[named.name] = named.box.value }
    return weights
  }

  /// Where the training stands, if the checkpoint is one to resume from.
  public func state(path: String) throws -> TrainingState? {
    guard let text = metadata[Self.stateKey] else { return nil }
    do {
      return try TrainingState(text: text)
    } catch {
      throw TrainingError.checkpoint(path: path, "its training state cannot be read")
    }
  }

  mutating func set(_ state: TrainingState) { metadata[Self.stateKey] = state.text }

  /// What the training was told to do, if the checkpoint knows.
  public func configuration(path: String) throws -> TrainingConfiguration? {
    try metadata[Self.configurationKey].map {
      try TrainingConfiguration(jsonText: $0, path: path)
    }
  }

  /// The metadata that `configuration(path:)` reads.
  public static func metadata(for configuration: TrainingConfiguration) -> [String: String] {
    [configurationKey: configuration.jsonText(indented: false)]
  }

  // MARK: - Files

  /// Writes the checkpoint, atomically: the old file, if there is one, stays whole until then.
  public func write(to path: String) throws {
    var metadata = metadata
    metadata[Self.checksumKey] = checksum
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  /// CRC-32 of all tensors in the order of their names, each after its name: a flipped bit would otherwise
  /// be a weight like any other.
  private var checksum: String {
    var sum: UInt32 = 0
    for name in tensors.keys.sorted() {
      var text = name
      sum = text.withUTF8 { crc32(UnsafeRawBufferPointer($0), continuing: sum) }
      let storage = tensors[name]!.storage
      sum = crc32(
        UnsafeRawBufferPointer(start: storage.bytes, count: storage.byteCount), continuing: sum)
      withExtendedLifetime(storage) {}
    }
    return String(sum, radix: 16)
  }

  /// Reads a checkpoint.
  ///
  /// Throws `InterchangeError` if the file is missing or damaged, `TrainingError` if it holds tensors
  /// but is no checkpoint, or if a weight is not what was written.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    guard let format = file.metadata[Self.formatKey] else {
      throw TrainingError.checkpoint(
        path: path, "it is a safetensors file, but not a checkpoint of tapegrad train")
    }
    guard format == "1" else {
      throw TrainingError.checkpoint(
        path: path, "it is a checkpoint of format \(format); this version reads format 1")
    }
    tensors = try file.tensors()
    metadata = file.metadata
    if let written = metadata.removeValue(forKey: Self.checksumKey), written != checksum {
      throw TrainingError.checkpoint(
        path: path,
        "its weights do not match their checksum (\(checksum), written was \(written)): the file is "
          + "damaged, use another copy or another checkpoint of the run")
    }
  }

  // MARK: - Into a model

  /// The tensors whose names begin so, without that beginning.
  func tensors(under prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (name, tensor) in tensors where name.hasPrefix(prefix) {
      found[String(name.dropFirst(prefix.count))] = tensor
    }
    return found
  }

  /// Gives a model these weights; the averaged ones where the checkpoint has them and `averaged` is
  /// true.
  ///
  /// Throws, and changes nothing, if a name, shape or dtype differs, with the first that does.
  public func load(into model: some Module, averaged: Bool = true, path: String) throws {
    let averages = averaged ? tensors(under: Self.averagePrefix) : [:]
    var known: Set<String> = []
    func value(_ name: String, _ dtype: DType, _ shape: Shape) throws -> Tensor {
      known.insert(name)
      guard let stored = averages["\(name).average"] ?? tensors[name] else {
        throw mismatch(path, name, expected: "\(dtype) \(shape)", found: "no tensor of that name")
      }
      guard stored.dtype == dtype, stored.shape == shape else {
        throw mismatch(
          path, name, expected: "\(dtype) \(shape)", found: "\(stored.dtype) \(stored.shape)")
      }
      return stored
    }
    let parameters = try model.parameters.map {
      ($0.box, try value($0.name, $0.box.dtype, $0.box.shape))
    }
    let buffers = try model.buffers.map {
      ($0.box, try value($0.name, $0.box.value.dtype, $0.box.value.shape))
    }
    let others = tensors.keys.filter { !$0.contains("/") && !known.contains($0) }
    if let other = others.min() {
      let tensor = tensors[other]!
      throw mismatch(
        path, other, expected: "no tensor of that name",
        found: "\(tensor.dtype) \(tensor.shape)")
    }
    for (box, value) in parameters { box.value = value }
    for (box, value) in buffers { box.value = value }
  }

  private func mismatch(
    _ path: String, _ name: String, expected: String, found: String
  ) -> TrainingError {
    .checkpoint(
      path: path,
      "it is of another model; the first key that differs is '\(name)': expected \(expected), "
        + "found \(found)")
  }
}
