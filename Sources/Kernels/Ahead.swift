import CKernels

/// Lines of memory that will be read soon, asked for piece by piece while something else is computed:
/// they come meanwhile. A few at a time: a core can wait for only so many.
///
/// Worth it where they are read in place, in pieces that no stream of reads foretells, and computed with
/// for as long as they take to come. What is copied in its order comes as fast by itself.
struct Ahead {
  private var next: UnsafeRawPointer?
  private var left = 0
  private var piece = 0

  /// Nothing.
  init() {}

  /// Whether it pays where so many multiply-adds of a vector come with so many bytes of memory.
  static func pays(multiplyAdds: Int, byteCount: Int) -> Bool {
    multiplyAdds >= 20 * (byteCount / 64)
  }

  /// - Parameters:
  ///   - base: where line 0 begins; `line`: bytes from one to the next.
  ///   - read: lines that are there already; `lines`: those that will be read.
  ///   - times: how often ``ask()`` will be called, roughly.
  init(
    _ base: UnsafeRawPointer, line: Int, after read: Range<Int>, _ lines: Range<Int>, times: Int
  ) {
    let begin = max(read.upperBound, lines.lowerBound)
    guard begin < lines.upperBound else { return }
    next = base + begin * line
    left = (lines.upperBound - begin) * line
    piece = (left / max(1, times) + 63) / 64 * 64
  }

  /// Whether nothing is left to ask for.
  var isDone: Bool { left == 0 }

  /// Asks for a piece more.
  @inline(__always)
  mutating func ask() {
    guard left > 0 else { return }
    let count = min(piece, left)
    tg_prefetch(next!, count)
    next! += count
    left -= count
  }
}
