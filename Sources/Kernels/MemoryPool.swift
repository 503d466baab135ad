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
/// seventh). `TAPEGRAD_MEMORY` (a number of bytes, or with K, M, G) limits what the pool holds.
package enum MemoryPool {
  package struct Statistics: Sendable, Equatable {
    /// Bytes of the blocks that are in use, rounded up to their bins.
    package var inUse = 0
    /// The most that were in use at once since the start or the last `resetPeak()`.
    package var peak = 0
    /// Bytes of all blocks, in use or waiting.
    package var held = 0
  }

  package static var statistics: Statistics { withLock { $0.pointee.statistics } }

  package static func resetPeak() {
    withLock { $0.pointee.statistics.peak = $0.pointee.statistics.inUse }
  }

  // MARK: - Bins

  private static let smallest = 64
  private static let binCount = 4 * 40
  /// Below this a block comes from the C library.
  private static let slabbed = 64 << 10
  private static let slabSize = 64 << 20
  /// From here on a block comes from the region.
  private static let large = 1 << 20

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
  }

  /// What the lock guards: never freed, never moved, only touched under the lock.
  private struct Shared: @unchecked Sendable {
    let state: UnsafeMutablePointer<State>
    let waiting: UnsafeMutablePointer<Link>

    init() {
      state = .allocate(capacity: 1)
      state.initialize(to: State())
      waiting = .allocate(capacity: binCount)
      waiting.initialize(repeating: nil, count: binCount)
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

  private static let limit: Int = {
    guard let setting = getenv("TAPEGRAD_MEMORY").map({ String(cString: $0) }), !setting.isEmpty
    else { return .max }
    guard let bytes = bytes(in: setting) else {
      fatalError(
        "TAPEGRAD_MEMORY is \"\(setting)\"; it must be a number of bytes, or one with K, M or G")
    }
    return bytes
  }()

  /// Reads "512M" and the like; nil where it is no such number.
  package static func bytes(in text: String) -> Int? {
    let shifts: [Character: Int] = ["k": 10, "m": 20, "g": 30]
    guard let last = text.last else { return nil }
    let shift = shifts[Character(last.lowercased())]
    guard let number = Int(shift == nil ? text[...] : text.dropLast()), number > 0 else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    return overflow ? nil : bytes
  }

  // MARK: - Taking and giving back

  fileprivate static func take(_ request: Int) -> UnsafeMutableRawPointer {
    precondition(request >= 0, "a block of memory cannot have \(request) bytes")
    let bin = bin(for: request)
    guard bin < binCount else { refuse(request, because: "no machine has that much") }
    let block = withLock { state in
      let block = request < large ? takeFromBin(bin, state) : takeLarge(request, state)
      if block != nil {
        state.pointee.statistics.inUse += size(of: request)
        state.pointee.statistics.peak = max(
          state.pointee.statistics.peak, state.pointee.statistics.inUse)
      }
      return block
    }
    guard let block else {
      refuse(
        request,
        because: limit < .max && statistics.held > limit - size(of: request)
          ? "TAPEGRAD_MEMORY limits it to \(limit)" : "the system has no more")
    }
    return block
  }

  /// What a block for a request takes.
  private static func size(of request: Int) -> Int {
    request < large ? byteCount(ofBin: bin(for: request)) : MemoryRegion.footprint(request)
  }

  private static func takeFromBin(
    _ bin: Int, _ state: UnsafeMutablePointer<State>
  ) -> UnsafeMutableRawPointer? {
    if let first = shared.waiting[bin] {
      shared.waiting[bin] = first.load(as: Link.self)
      return first
    }
    let size = byteCount(ofBin: bin)
    guard state.pointee.statistics.held <= limit - size, let block = newBlock(size, state) else {
      return nil
    }
    state.pointee.statistics.held += size
    return block
  }

  private static func takeLarge(
    _ request: Int, _ state: UnsafeMutablePointer<State>
  ) -> UnsafeMutableRawPointer? {
    let top = state.pointee.region.top
    if limit < .max,
      state.pointee.statistics.held > limit - state.pointee.region.growth(for: request)
    {
      return nil
    }
    let block = state.pointee.region.take(request)
    state.pointee.statistics.held += state.pointee.region.top - top
    return block
  }

  fileprivate static func giveBack(_ block: UnsafeMutableRawPointer, _ request: Int) {
    withLock { state in
      if request < large {
        let bin = bin(for: request)
        block.storeBytes(of: shared.waiting[bin], as: Link.self)
        shared.waiting[bin] = block
      } else {
        state.pointee.region.giveBack(block, request)
      }
      state.pointee.statistics.inUse -= size(of: request)
    }
  }

  private static func refuse(_ request: Int, because reason: String) -> Never {
    let now = statistics
    fatalError(
      """
      out of memory: \(request) bytes were asked for, \(now.inUse) are in use and \(now.held) \
      held by the pool, \(reason). A smaller batch or image needs less.
      """)
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
