import Foundation

/// The batches of one epoch, in order, as its loader makes them.
///
/// Belongs to one thread. When the last reference goes away the workers are told to stop, and
/// the thread waits for the samples they are at.
public final class LoadedBatches<Sample: Sendable, Batch: Sendable> {
  private let loader: Loader<Sample, Batch>
  private let epoch: Int
  private let order: [Int]
  private let desk: Desk<Batch>?
  private var position: Int
  private var failure: (any Error)?

  init(loader: Loader<Sample, Batch>, epoch: Int, first: Int) {
    self.loader = loader
    self.epoch = epoch
    position = first
    order = loader.order(epoch: epoch)
    let total = loader.batchCount
    guard loader.workers > 0, first < total else {
      desk = nil
      return
    }
    let workers = min(loader.workers, total - first)
    let desk = Desk<Batch>(first: first, total: total, ahead: loader.prefetch, workers: workers)
    self.desk = desk
    let order = order
    for _ in 0..<workers {
      let thread = Thread {
        while let batch = desk.take() {
          guard
            let made = loader.makeBatch(
              batch, epoch: epoch, order: order, stopped: { desk.isStopped })
          else { break }
          desk.put(made, batch: batch)
        }
        desk.leave()
      }
      thread.name = "loader"
      thread.start()
    }
  }

  deinit { desk?.stop() }

  /// The next batch, or nil when the epoch is over. Waits until it is made. Throws what making
  /// the batch threw; after that, it throws the same again.
  public func next() throws -> Batch? {
    if let failure { throw failure }
    guard position < loader.batchCount else { return nil }
    let made =
      desk?.wait(batch: position)
      ?? loader.makeBatch(position, epoch: epoch, order: order, stopped: { false })!
    switch made {
    case .success(let batch):
      position += 1
      return batch
    case .failure(let error):
      failure = error
      desk?.stop()
      throw error
    }
  }

  /// Where the loader stands: the next batch is the first one not yet handed out. At the end of an
  /// epoch this is the beginning of the next.
  public var state: LoaderState {
    let over = position >= loader.batchCount
    return LoaderState(
      epoch: over ? epoch + 1 : epoch, batch: over ? 0 : position, seed: loader.seed,
      count: loader.count, batchSize: loader.batchSize)
  }
}

/// Where workers take the numbers of batches to make and put the batches made, and where the
/// consumer waits for them.
///
/// Unchecked because the compiler does not see that every mutable field is touched only between
/// `lock` and `unlock` of the condition.
private final class Desk<Batch: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let total: Int
  private let ahead: Int
  private var nextToMake: Int
  private var nextToHand: Int
  private var made: [Int: Result<Batch, any Error>] = [:]
  private var stopped = false
  private var active: Int

  init(first: Int, total: Int, ahead: Int, workers: Int) {
    nextToMake = first
    nextToHand = first
    self.total = total
    self.ahead = ahead
    active = workers
  }

  var isStopped: Bool {
    condition.lock()
    defer { condition.unlock() }
    return stopped
  }

  /// The number of a batch to make; waits while enough are ready. Nil when there is nothing left.
  func take() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    while !stopped && nextToMake < total && nextToMake >= nextToHand + ahead { condition.wait() }
    guard !stopped && nextToMake < total else { return nil }
    defer { nextToMake += 1 }
    return nextToMake
  }

  func put(_ result: Result<Batch, any Error>, batch: Int) {
    condition.lock()
    defer { condition.unlock() }
    made[batch] = result
    condition.broadcast()
  }

  /// A worker goes home.
  func leave() {
    condition.lock()
    defer { condition.unlock() }
    active -= 1
    condition.broadcast()
  }

  /// The given batch, which must be the next in order.
  func wait(batch: Int) -> Result<Batch, any Error> {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = made.removeValue(forKey: batch) {
        nextToHand = batch + 1
        condition.broadcast()
        return result
      }
      condition.wait()
    }
  }

  /// Tells the workers to stop and waits until they have.
  func stop() {
    condition.lock()
    defer { condition.unlock() }
    stopped = true
    condition.broadcast()
    while active > 0 { condition.wait() }
    made.removeAll()
  }
}
