#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One stretch of addresses from which large blocks are cut and to which they return.
///
/// Neighbours that are free become one, so that a step's large tensors, which come in a dozen sizes, can
/// all lie where others lay before: with bins of fixed sizes a network held up to half as much again
/// as it ever used at once. A request takes the first free stretch that fits: on the steps of U-Nets and
/// ResNets the region grows 3 to 7 percent beyond what is used at once, with the smallest that fits up to 12.
///
/// The addresses are reserved once and cost nothing until they are touched, in huge pages where the system
/// has them. Not safe for several threads at once: the pool's lock guards it.
package struct MemoryRegion {
  private struct Stretch {
    var start: Int
    var count: Int
    /// How many of its bytes hold no memory, at least: those of whole pages that were released.
    var released = 0
    var end: Int { start + count }
  }

  private let base: UnsafeMutableRawPointer?
  private let reserved: Int
  /// In ascending order, never touching one another, all below `top`.
  private var free: [Stretch] = []
  /// Bytes from the base that were ever handed out.
  private var top = 0
  /// How many of these hold memory, at most.
  package private(set) var held = 0

  static let page = Int(getpagesize())
  static let hugePage = 2 << 20
  /// Blocks that all began at a multiple of 4096 would share cache sets at equal offsets, and a loop
  /// over a dozen of them would thrash: each begins a few lines further on.
  static let gap = 5 * 64

  package init() {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    var wanted = max(1 << 32, pages * Int(getpagesize())) * 4
    var start: UnsafeMutableRawPointer?
    // Where the system limits addresses, with less.
    while start == nil, wanted >= 1 << 28 {
      start = MemoryRegion.map(wanted)
      if start == nil { wanted /= 2 }
    }
    base = start
    reserved = start == nil ? 0 : wanted
  }

  /// What a block for a request takes.
  package static func footprint(_ request: Int) -> Int { (request + 63) / 64 * 64 + gap }

  /// How much more memory the region would hold with a request.
  package func growth(for request: Int) -> Int {
    let count = MemoryRegion.footprint(request)
    if let first = free.first(where: { $0.count >= count }) {
      return MemoryRegion.released(of: first, in: count)
    }
    let last = free.last.flatMap { $0.end == top ? $0 : nil }
    return count - (last?.count ?? 0) + (last?.released ?? 0)
  }

  /// How many bytes of a block at the start of a stretch hold no memory, at most.
  private static func released(of stretch: Stretch, in count: Int) -> Int {
    min(stretch.released, (count + page - 1) / page * page)
  }

  /// A block of at least so many bytes at a multiple of 64; nil when the addresses are used up.
  package mutating func take(_ request: Int) -> UnsafeMutableRawPointer? {
    guard let base else { return nil }
    let count = MemoryRegion.footprint(request)
    if let first = free.firstIndex(where: { $0.count >= count }) {
      let start = free[first].start
      let growth = MemoryRegion.released(of: free[first], in: count)
      held += growth
      free[first].released -= growth
      free[first].start += count
      free[first].count -= count
      if free[first].count == 0 { free.remove(at: first) }
      return base + start
    }
    let last = free.last.flatMap { $0.end == top ? $0 : nil }
    let start = last?.start ?? top
    guard count <= reserved - start else { return nil }
    if last != nil { free.removeLast() }
    held += start + count - top + (last?.released ?? 0)
    top = start + count
    return base + start
  }

  /// Takes back the block of a request.
  package mutating func giveBack(_ block: UnsafeMutableRawPointer, _ request: Int) {
    var stretch = Stretch(start: block - base!, count: MemoryRegion.footprint(request))
    var (low, high) = (0, free.count)
    while low < high {
      let middle = (low + high) / 2
      if free[middle].start < stretch.start { low = middle + 1 } else { high = middle }
    }
    if low < free.count, free[low].start == stretch.end {
      stretch.count += free[low].count
      stretch.released += free[low].released
      free.remove(at: low)
    }
    if low > 0, free[low - 1].end == stretch.start {
      free[low - 1].count += stretch.count
      free[low - 1].released += stretch.released
    } else {
      free.insert(stretch, at: low)
    }
  }

  /// Gives the memory of all that is free back to the system.
  package mutating func release() {
    guard let base else { return }
    for index in free.indices {
      let stretch = free[index]
      let pages = MemoryRegion.wholePages(
        in: .init(start: base + stretch.start, count: stretch.count))
      MemoryRegion.release(pages)
      held -= pages.count - stretch.released
      free[index].released = pages.count
    }
  }

  /// The pages that lie in a stretch of addresses from end to end.
  static func wholePages(in bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
    guard let start = bytes.baseAddress else { return bytes }
    let lead = (page - Int(bitPattern: start) % page) % page
    let count = max(0, bytes.count - lead) / page * page
    return .init(start: start + lead, count: count)
  }

  /// Gives the memory of pages back to the system; their addresses stay.
  static func release(_ pages: UnsafeMutableRawBufferPointer) {
    guard pages.count > 0 else { return }
    #if os(Linux)
      _ = madvise(pages.baseAddress, pages.count, MADV_DONTNEED)
    #else
      _ = madvise(pages.baseAddress, pages.count, MADV_FREE)
    #endif
  }

  /// Addresses that begin at a multiple of two megabytes, in huge pages where there are any; nothing is
  /// set aside for them before they are touched.
  static func map(_ size: Int) -> UnsafeMutableRawPointer? {
    let whole = (size + hugePage - 1) / hugePage * hugePage
    let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE
    guard
      let start = mmap(nil, whole + hugePage, PROT_READ | PROT_WRITE, flags, -1, 0),
      start != MAP_FAILED
    else { return nil }
    let address = UInt(bitPattern: start)
    let lead = Int((UInt(hugePage) - address % UInt(hugePage)) % UInt(hugePage))
    let block = start + lead
    if lead > 0 { munmap(start, lead) }
    if hugePage - lead > 0 { munmap(block + whole, hugePage - lead) }
    #if os(Linux)
      _ = madvise(block, whole, MADV_HUGEPAGE)
    #endif
    return block
  }
}
