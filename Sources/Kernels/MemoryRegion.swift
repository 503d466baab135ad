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
    var end: Int { start + count }
  }

  private let base: UnsafeMutableRawPointer?
  private let reserved: Int
  /// In ascending order, never touching one another, all below `top`.
  private var free: [Stretch] = []
  /// Bytes from the base that were ever handed out.
  package private(set) var top = 0

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

  /// How far the region would grow by a request.
  package func growth(for request: Int) -> Int {
    let count = MemoryRegion.footprint(request)
    if free.contains(where: { $0.count >= count }) { return 0 }
    return count - (free.last.map { $0.end == top ? $0.count : 0 } ?? 0)
  }

  /// A block of at least so many bytes at a multiple of 64; nil when the addresses are used up.
  package mutating func take(_ request: Int) -> UnsafeMutableRawPointer? {
    guard let base else { return nil }
    let count = MemoryRegion.footprint(request)
    if let first = free.firstIndex(where: { $0.count >= count }) {
      let start = free[first].start
      free[first].start += count
      free[first].count -= count
      if free[first].count == 0 { free.remove(at: first) }
      return base + start
    }
    let start = free.last.map { $0.end == top ? $0.start : top } ?? top
    guard count <= reserved - start else { return nil }
    if start < top { free.removeLast() }
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
      free.remove(at: low)
    }
    if low > 0, free[low - 1].end == stretch.start {
      free[low - 1].count += stretch.count
    } else {
      free.insert(stretch, at: low)
    }
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
