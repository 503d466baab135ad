import Tensors

/// Where a loader stands: what has to be saved to continue with the same batches.
public struct LoaderState: Sendable, Equatable, Codable {
  public var epoch: Int
  /// The number of batches of this epoch already handed out.
  public var batch: Int
  public var seed: UInt64
  public var count: Int
  public var batchSize: Int

  public init(epoch: Int, batch: Int, seed: UInt64, count: Int, batchSize: Int) {
    self.epoch = epoch
    self.batch = batch
    self.seed = seed
    self.count = count
    self.batchSize = batchSize
  }
}

/// Why a loader cannot continue from a saved state.
public enum LoaderError: Error, Equatable, CustomStringConvertible {
  case stateOfAnotherLoader(saved: LoaderState, seed: UInt64, count: Int, batchSize: Int)
  case batchOutOfRange(batch: Int, batches: Int)

  public var description: String {
    switch self {
    case .stateOfAnotherLoader(let saved, let seed, let count, let batchSize):
      "the saved state belongs to \(saved.count) samples in batches of \(saved.batchSize) with "
        + "seed \(saved.seed), this loader has \(count) in batches of \(batchSize) with seed \(seed)"
    case .batchOutOfRange(let batch, let batches):
      "the saved state stands at batch \(batch), an epoch has \(batches)"
    }
  }
}

/// Makes batches of samples on threads of its own, ahead of the training loop, always the same
/// ones in the same order.
///
///     let loader = Loader(count: 1000, batchSize: 8, seed: 1) { index, generator in
///       augmentation(membranes.sample(index), using: &generator)
///     } collate: { samples in
///       makeTensors(samples)
///     }
///     for epoch in 0..<10 {
///       let batches = loader.batches(epoch: epoch)
///       while let batch = try batches.next() { step(batch) }
///     }
///
/// The order of an epoch is a permutation drawn from (seed, epoch), and the generator handed to a
/// sample is drawn from (seed, epoch, index). So batches depend neither on the number of workers nor
/// on what was loaded before, and training can be resumed anywhere.
///
/// The closures run on several threads at once; values of task-local variables do not reach them.
public struct Loader<Sample: Sendable, Batch: Sendable>: Sendable {
  public let count: Int
  public let batchSize: Int
  public let seed: UInt64
  public let shuffles: Bool
  public let dropsLast: Bool
  public let workers: Int
  public let prefetch: Int
  let sample: @Sendable (Int, inout SeededGenerator) throws -> Sample
  let collate: @Sendable ([Sample]) throws -> Batch

  /// A loader of `count` samples.
  ///
  /// - Parameters:
  ///   - batchSize: samples in a batch; the last batch of an epoch holds what is left.
  ///   - shuffles: whether every epoch has an order of its own, or that of the indices.
  ///   - dropsLast: whether a last batch that is not full is left out.
  ///   - workers: threads that make batches; with 0 `next` makes them itself.
  ///   - prefetch: batches made ahead at most, at least 1.
  ///   - sample: makes sample `index`, drawing from the generator whatever is random.
  ///   - collate: makes a batch of its samples.
  ///
  /// Stops for a negative count or number of workers and for a batch size or prefetch under 1.
  public init(
    count: Int, batchSize: Int, seed: UInt64 = 0, shuffles: Bool = true, dropsLast: Bool = false,
    workers: Int = 1, prefetch: Int = 4,
    sample: @escaping @Sendable (Int, inout SeededGenerator) throws -> Sample,
    collate: @escaping @Sendable ([Sample]) throws -> Batch
  ) {
    guard count >= 0, workers >= 0, batchSize >= 1, prefetch >= 1 else {
      fail(
        "Loader",
        "count \(count) and workers \(workers) must not be negative, "
          + "batchSize \(batchSize) and prefetch \(prefetch) must be at least 1")
    }
    self.count = count
    self.batchSize = batchSize
    self.seed = seed
    self.shuffles = shuffles
    self.dropsLast = dropsLast
    self.workers = workers
    self.prefetch = prefetch
    self.sample = sample
    self.collate = collate
  }

  /// How many batches an epoch has.
  public var batchCount: Int {
    dropsLast ? count / batchSize : (count + batchSize - 1) / batchSize
  }

  /// The order in which an epoch takes the samples.
  public func order(epoch: Int) -> [Int] {
    guard shuffles else { return Array(0..<count) }
    var generator = SeededGenerator(
      seed: seed, domain: .order, stream: UInt64(truncatingIfNeeded: epoch))
    return generator.permutation(count)
  }

  /// Starts to load an epoch from its first batch.
  public func batches(epoch: Int) -> LoadedBatches<Sample, Batch> {
    LoadedBatches(loader: self, epoch: epoch, first: 0)
  }

  /// Starts to load where a saved state stands. Throws ``LoaderError`` if the state was saved by a loader of
  /// other data, batch size or seed.
  public func batches(
    resuming state: LoaderState
  ) throws(LoaderError) -> LoadedBatches<Sample, Batch> {
    guard state.seed == seed, state.count == count, state.batchSize == batchSize else {
      throw .stateOfAnotherLoader(saved: state, seed: seed, count: count, batchSize: batchSize)
    }
    guard (0...batchCount).contains(state.batch) else {
      throw .batchOutOfRange(batch: state.batch, batches: batchCount)
    }
    return LoadedBatches(loader: self, epoch: state.epoch, first: state.batch)
  }

  /// Makes one batch of an epoch. `stopped` is asked between samples; nil is given once it is true.
  func makeBatch(
    _ batch: Int, epoch: Int, order: [Int], stopped: () -> Bool
  ) -> Result<Batch, any Error>? {
    let indices = order[(batch * batchSize)..<min((batch + 1) * batchSize, count)]
    var samples: [Sample] = []
    samples.reserveCapacity(indices.count)
    do {
      for index in indices {
        if stopped() { return nil }
        var generator = SeededGenerator(seed: seed, epoch: epoch, index: index)
        samples.append(try sample(index, &generator))
      }
      return .success(try collate(samples))
    } catch {
      return .failure(error)
    }
  }
}

extension Loader where Batch == [Sample] {
  /// A loader whose batches are arrays of samples.
  public init(
    count: Int, batchSize: Int, seed: UInt64 = 0, shuffles: Bool = true, dropsLast: Bool = false,
    workers: Int = 1, prefetch: Int = 4,
    sample: @escaping @Sendable (Int, inout SeededGenerator) throws -> Sample
  ) {
    self.init(
      count: count, batchSize: batchSize, seed: seed, shuffles: shuffles, dropsLast: dropsLast,
      workers: workers, prefetch: prefetch, sample: sample, collate: { $0 })
  }
}
