import Datasets
import Foundation
import Testing

/// How often something happened, counted on several threads.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var counts: [Int: Int] = [:]

  func count(_ key: Int) {
    lock.lock()
    counts[key, default: 0] += 1
    lock.unlock()
  }

  var total: Int { all.values.reduce(0, +) }

  var all: [Int: Int] {
    lock.lock()
    defer { lock.unlock() }
    return counts
  }
}

private struct Unreadable: Error, Equatable {
  var index: Int
}

@Suite struct LoaderTests {
  struct Drawn: Sendable, Equatable {
    var index: Int
    var random: UInt64
  }

  private func loader(
    count: Int = 23, batchSize: Int = 4, seed: UInt64 = 7, shuffles: Bool = true,
    dropsLast: Bool = false, workers: Int, prefetch: Int = 3
  ) -> Loader<Drawn, [Drawn]> {
    Loader(
      count: count, batchSize: batchSize, seed: seed, shuffles: shuffles, dropsLast: dropsLast,
      workers: workers, prefetch: prefetch
    ) { index, generator in
      // Unequal work, so that several workers finish out of order.
      if index % 5 == 0 { Thread.sleep(forTimeInterval: 0.002) }
      return Drawn(index: index, random: generator.next())
    }
  }

  private func epoch(_ loader: Loader<Drawn, [Drawn]>, _ number: Int) throws -> [[Drawn]] {
    var result: [[Drawn]] = []
    let batches = loader.batches(epoch: number)
    while let batch = try batches.next() { result.append(batch) }
    #expect(try batches.next() == nil)
    return result
  }

  @Test func everySampleOnceAnEpoch() throws {
    let batches = try epoch(loader(workers: 2), 0)
    #expect(batches.map(\.count) == [4, 4, 4, 4, 4, 3])
    #expect(batches.joined().map(\.index).sorted() == Array(0..<23))
    #expect(batches.joined().map(\.index) != Array(0..<23))
  }

  @Test func theNumberOfWorkersChangesNothing() throws {
    for number in [0, 3] {
      let expected = try epoch(loader(workers: 0), number)
      for (workers, prefetch) in [(1, 1), (2, 3), (5, 2), (9, 50)] {
        let result = try epoch(loader(workers: workers, prefetch: prefetch), number)
        #expect(result == expected)
      }
    }
  }

  @Test func epochsAndSeedsDiffer() throws {
    let first = try epoch(loader(workers: 1), 0)
    let second = try epoch(loader(workers: 1), 1)
    let other = try epoch(loader(seed: 8, workers: 1), 0)
    #expect(first.joined().map(\.index) != second.joined().map(\.index))
    #expect(first.joined().map(\.index) != other.joined().map(\.index))
    // What a sample draws depends on the epoch, not on its place in the order.
    let draws = { (batches: [[Drawn]]) in
      Dictionary(uniqueKeysWithValues: batches.joined().map { ($0.index, $0.random) })
    }
    #expect((0..<23).allSatisfy { draws(first)[$0] != draws(second)[$0] })
    let straight = try epoch(loader(shuffles: false, workers: 1), 0)
    #expect(draws(straight) == draws(first))
  }

  @Test func withoutShufflingTheOrderIsThatOfTheIndices() throws {
    let batches = try epoch(loader(shuffles: false, workers: 2), 4)
    #expect(batches.joined().map(\.index) == Array(0..<23))
  }

  @Test func theLastBatchCanBeDropped() throws {
    let full = loader(dropsLast: true, workers: 2)
    #expect(full.batchCount == 5)
    #expect(try epoch(full, 0).map(\.count) == [4, 4, 4, 4, 4])
    #expect(loader(workers: 0).batchCount == 6)
  }

  @Test func anEmptyLoaderHasNoBatches() throws {
    for workers in [0, 2] { #expect(try epoch(loader(count: 0, workers: workers), 0).isEmpty) }
  }

  @Test(arguments: [0, 2]) func resumingContinuesWithTheSameBatches(workers: Int) throws {
    let loader = loader(workers: workers)
    let expected = try epoch(loader, 2) + epoch(loader, 3)
    for stop in 0...6 {
      let first = loader.batches(epoch: 2)
      var result: [[Drawn]] = []
      for _ in 0..<stop { result.append(try #require(try first.next())) }
      // Saved as text, as a checkpoint would.
      let saved = try JSONEncoder().encode(first.state)
      var state = try JSONDecoder().decode(LoaderState.self, from: saved)
      while state.epoch < 4 {
        let rest = try loader.batches(resuming: state)
        while let batch = try rest.next() { result.append(batch) }
        state = rest.state
      }
      #expect(result == expected)
    }
  }

  @Test func aStateOfOtherDataIsRefused() throws {
    let state = loader(workers: 0).batches(epoch: 0).state
    #expect(throws: LoaderError.self) { try loader(count: 24, workers: 0).batches(resuming: state) }
    #expect(throws: LoaderError.self) { try loader(seed: 1, workers: 0).batches(resuming: state) }
    var late = state
    late.batch = 7
    #expect(throws: LoaderError.batchOutOfRange(batch: 7, batches: 6)) {
      try loader(workers: 0).batches(resuming: late)
    }
  }

  @Test func leavingEarlyStopsTheWorkers() throws {
    let counter = Counter()
    let loader = Loader(count: 10_000, batchSize: 10, workers: 3, prefetch: 4) { index, _ in
      counter.count(index)
      return index
    }
    do {
      let batches = loader.batches(epoch: 0)
      _ = try batches.next()
      _ = try batches.next()
    }
    // The workers have gone when the batches are let go: nothing is made after that.
    let made = counter.total
    // Two handed out, four ahead at most and one in the hands of each worker.
    #expect(made >= 20 && made <= 10 * (2 + 4 + 3))
    Thread.sleep(forTimeInterval: 0.02)
    #expect(counter.total == made)
  }

  @Test func noMoreIsMadeAheadThanAskedFor() throws {
    let counter = Counter()
    let loader = Loader(count: 100, batchSize: 1, shuffles: false, workers: 2, prefetch: 3) {
      index, _ in
      counter.count(index)
      return index
    }
    let batches = loader.batches(epoch: 0)
    #expect(try batches.next() == [0])
    Thread.sleep(forTimeInterval: 0.05)
    #expect(counter.all.keys.max()! <= 3)
  }

  @Test(arguments: [0, 1, 4]) func anErrorComesAtItsPlaceAndStays(workers: Int) throws {
    let loader = Loader(count: 20, batchSize: 2, shuffles: false, workers: workers) { index, _ in
      if index == 9 { throw Unreadable(index: index) }
      return index
    }
    let batches = loader.batches(epoch: 0)
    for batch in 0..<4 { #expect(try batches.next() == [2 * batch, 2 * batch + 1]) }
    #expect(throws: Unreadable(index: 9)) { try batches.next() }
    #expect(throws: Unreadable(index: 9)) { try batches.next() }
    #expect(batches.state.batch == 4)
  }

  @Test func collateMakesTheBatch() throws {
    let loader = Loader(count: 5, batchSize: 2, shuffles: false, workers: 2) { index, _ in
      Float(index)
    } collate: { samples in
      samples.reduce(0, +)
    }
    let batches = loader.batches(epoch: 0)
    var sums: [Float] = []
    while let sum = try batches.next() { sums.append(sum) }
    #expect(sums == [1, 5, 4])
  }
}
