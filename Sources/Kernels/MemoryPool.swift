import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A block of memory for a tensor's elements, from the process-wide pool.
///
/// The contents are whatever was there before. The address is a multiple of 64 bytes. When the last
/// reference goes, the block returns to the pool, where the next request of about its size finds
/// it: a training step touches the same pages again and again and takes no page faults.
package final class Memory: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  package let byteCount: Int

  /// Stops with a message when the system, or `TAPEGRAD_MEMORY`, refuses.
  package init(byteCount: Int) {
    self.pointer = MemoryPool.take(byteCount)
    self.byteCount = byteCount
  }

  deinit { MemoryPool.giveBack(pointer, byteCount) }
}

/// Where blocks of memory wait for their next use. See ``Memory``.
///
/// Large blocks are cut from one region and joined with their neighbours when they return
/// (``MemoryRegion``). Others come in bins, four to each power of two, so at most a quarter of one is idle:
/// small ones from the C library, those from 64 kB on from slabs in huge pages (a first touch costs a
/// seventh).
///
/// `TAPEGRAD_MEMORY` limits what the pool holds. Where it would hold more, and where the system refuses,
/// the memory of all blocks that wait goes back to the system before a request is refused.
package enum MemoryPool {
  package struct Statistics: Sendable, Equatable {
    /// Bytes of the blocks that are in use, rounded up to their bins.
    package var inUse = 0
    /// The most that were in use at once since the start or the last `resetPeak()`.
    package var peak = 0
    /// Bytes of all blocks, in use or waiting, save those whose memory went back to the system.
    package var held = 0
  }

  package static var statistics: Statistics { withLock { $0.pointee.statistics } }

  package static func resetPeak() {
    withLock { $0.pointee.statistics.peak = $0.pointee.statistics.inUse }
  }

  // MARK: - Bins

  private static let smallest = 64
  /// The largest request: 64 tebibytes.
  private static let most = 1 << 46
  /// Below this a block comes from the C library.
  private static let slabbed = 64 << 10
  private static let slabSize = 64 << 20
  /// From here on a block comes from the region.
  private static let large = 1 << 20
  private static let binCount = bin(for: large) + 1

  /// The bin for a request: bins 4 i to 4 i + 3 hold 64 * 2^i bytes times 1, 1.25, 1.5, 1.75.
  package static func bin(for byteCount: Int) -> Int {
    guard byteCount > smallest else { return 0 }
    let power = Int.bitWidth - 1 - byteCount.leadingZeroBitCount
    let quarter = 1 << (power - 2)
    let quarters = (byteCount - (1 << power) + quarter - 1) / quarter
    return 4 * (power - 6) + quarters
  }

  /// The bytes a block of this bin has.
  package static func byteCount(ofBin bin: Int) -> Int {
    (smallest << (bin / 4)) / 4 * (4 + bin % 4)
  }

  // MARK: - State

  /// A waiting block's own first word links it to the next: the pool needs no memory of its own.
  private typealias Link = UnsafeMutableRawPointer?

  private struct State {
    var statistics = Statistics()
    var slab: UnsafeMutableRawPointer?
    var slabLeft = 0
    var region = MemoryRegion()
    /// Blocks given back while a job was in flight that may still use them, and that job's number.
    var returned: [(block: UnsafeMutableRawPointer, request: Int, flight: UInt64)] = []
  }

  /// What the lock guards: never freed, never moved, only touched under the lock.
  private struct Shared: @unchecked Sendable {
    let state: UnsafeMutablePointer<State>
    let waiting: UnsafeMutablePointer<Link>
    /// Blocks of slabs that wait without their memory, save the page of their link.
    let released: UnsafeMutablePointer<Link>

    init() {
      state = .allocate(capacity: 1)
      state.initialize(to: State())
      waiting = .allocate(capacity: binCount)
      waiting.initialize(repeating: nil, count: binCount)
      released = .allocate(capacity: binCount)
      released.initialize(repeating: nil, count: binCount)
    }
  }

  private static let shared = Shared()
  private static let locked = Atomic<Bool>(false)

  private static func withLock<Result>(_ body: (UnsafeMutablePointer<State>) -> Result) -> Result {
    var attempts = 0
    while locked.exchange(true, ordering: .acquiring) {
      attempts += 1
      if attempts > 100 { sched_yield() }
    }
    defer { locked.store(false, ordering: .releasing) }
    return body(shared.state)
  }

  private static let limit = Environment.current.memory ?? .max

  // MARK: - Taking and giving back

  /// Who does not give a block.
  private enum Refusal: Error {
    case limit, system
  }

  private typealias Outcome = Result<UnsafeMutableRawPointer, Refusal>

  fileprivate static func take(_ request: Int) -> UnsafeMutableRawPointer {
    precondition(request >= 0, "a block of memory cannot have \(request) bytes")
    guard request <= most else { refuse(request, because: "no machine has that much") }
    var outcome = takeWaiting(request)
    if case .failure = outcome, tg_threads_flight() != TG_NO_FLIGHT {
      // A job in flight may keep what would be enough.
      Threads.land()
      outcome = takeWaiting(request)
    }
    switch outcome {
    case .success(let block): return block
    case .failure(.limit): refuse(request, because: "TAPEGRAD_MEMORY limits it to \(limit)")
    case .failure(.system): refuse(request, because: "the system has no more")
    }
  }

  private static func takeWaiting(_ request: Int) -> Outcome {
    withLock { state in
      if !state.pointee.returned.isEmpty { sortReturned(state) }
      var outcome = attempt(request, state)
      if case .failure = outcome {
        release(state)
        outcome = attempt(request, state)
      }
      if case .success = outcome {
        state.pointee.statistics.inUse += size(of: request)
        state.pointee.statistics.peak = max(
          state.pointee.statistics.peak, state.pointee.statistics.inUse)
      }
      return outcome
    }
  }

  private static func attempt(_ request: Int, _ state: UnsafeMutablePointer<State>) -> Outcome {
    request < large ? takeFromBin(bin(for: request), state) : takeLarge(request, state)
  }

  /// What a block for a request takes.
  private static func size(of request: Int) -> Int {
    request < large ? byteCount(ofBin: bin(for: request)) : MemoryRegion.footprint(request)
  }

  private static func takeFromBin(
    _ bin: Int, _ state: UnsafeMutablePointer<State>
  ) -> Outcome {
    if let first = shared.waiting[bin] {
      shared.waiting[bin] = first.load(as: Link.self)
      return .success(first)
    }
    let size = byteCount(ofBin: bin)
    if let first = shared.released[bin] {
      let growth = pages(ofWaiting: first, size).count
      guard state.pointee.statistics.held <= limit - growth else { return .failure(.limit) }
      shared.released[bin] = first.load(as: Link.self)
      state.pointee.statistics.held += growth
      return .success(first)
    }
    guard state.pointee.statistics.held <= limit - size else { return .failure(.limit) }
    guard let block = newBlock(size, state) else { return .failure(.system) }
    state.pointee.statistics.held += size
    return .success(block)
  }

  private static func takeLarge(
    _ request: Int, _ state: UnsafeMutablePointer<State>
  ) -> Outcome {
    let held = state.pointee.region.held
    if limit < .max,
      state.pointee.statistics.held > limit - state.pointee.region.growth(for: request)
    {
      return .failure(.limit)
    }
    guard let block = state.pointee.region.take(request) else { return .failure(.system) }
    state.pointee.statistics.held += state.pointee.region.held - held
    return .success(block)
  }

  fileprivate static func giveBack(_ block: UnsafeMutableRawPointer, _ request: Int) {
    // What a block of a job took and gives back was its own.
    let flight = tg_threads_are_inside() ? 0 : tg_threads_flying_number()
    withLock { state in
      if flight != 0 {
        state.pointee.returned.append((block, request, flight))
      } else {
        sort(block, request, state)
      }
      state.pointee.statistics.inUse -= size(of: request)
    }
  }

  private static func sort(
    _ block: UnsafeMutableRawPointer, _ request: Int, _ state: UnsafeMutablePointer<State>
  ) {
    if request < large {
      let bin = bin(for: request)
      block.storeBytes(of: shared.waiting[bin], as: Link.self)
      shared.waiting[bin] = block
    } else {
      state.pointee.region.giveBack(block, request)
    }
  }

  /// What was given back during a flight is free once that has landed, though by now another job may be in
  /// flight: among operations that all leave their jobs there, one always is.
  private static func sortReturned(_ state: UnsafeMutablePointer<State>) {
    let flying = tg_threads_flying_number()
    state.pointee.returned.removeAll { block, request, flight in
      guard flying == 0 || flight < flying else { return false }
      sort(block, request, state)
      return true
    }
  }

  private static func refuse(_ request: Int, because reason: String) -> Never {
    let now = statistics
    Failure.stop(
      """
      out of memory: \(request) bytes were asked for, \(now.inUse) are in use and \(now.held) \
      held by the pool, \(reason). A smaller batch or image needs less.
      """)
  }

  // MARK: - Giving memory back to the system

  /// What a waiting block of a slab can do without: all but the page of its link.
  private static func pages(
    ofWaiting block: UnsafeMutableRawPointer, _ size: Int
  ) -> UnsafeMutableRawBufferPointer {
    let link = MemoryLayout<Link>.size
    return MemoryRegion.wholePages(in: .init(start: block + link, count: size - link))
  }

  /// Gives back what all waiting blocks hold.
  private static func release(_ state: UnsafeMutablePointer<State>) {
    for bin in 0..<binCount {
      let size = byteCount(ofBin: bin)
      while let block = shared.waiting[bin] {
        shared.waiting[bin] = block.load(as: Link.self)
        if size < slabbed {
          free(block)
          state.pointee.statistics.held -= size
        } else {
          let pages = pages(ofWaiting: block, size)
          MemoryRegion.release(pages)
          state.pointee.statistics.held -= pages.count
          block.storeBytes(of: shared.released[bin], as: Link.self)
          shared.released[bin] = block
        }
      }
    }
    let held = state.pointee.region.held
    state.pointee.region.release()
    state.pointee.statistics.held -= held - state.pointee.region.held
  }

  // MARK: - New blocks

  private static func newBlock(
    _ size: Int, _ state: UnsafeMutablePointer<State>
  ) -> UnsafeMutableRawPointer? {
    if size < slabbed {
      var block: UnsafeMutableRawPointer?
      return posix_memalign(&block, 64, size) == 0 ? block : nil
    }
    let needed = MemoryRegion.footprint(size)
    if needed > state.pointee.slabLeft {
      guard let slab = MemoryRegion.map(slabSize) else { return nil }
      state.pointee.slab = slab
      state.pointee.slabLeft = slabSize
    }
    let block = state.pointee.slab
    state.pointee.slab = block.map { $0 + needed }
    state.pointee.slabLeft -= needed
    return block
  }
}
