/// Bytes that grow, behind a raw pointer so that inner loops can write without checks.
struct ByteBuffer: ~Copyable {
  private(set) var base: UnsafeMutablePointer<UInt8>
  private(set) var capacity: Int
  /// Bytes written so far. Whoever writes through `base` sets it.
  var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  /// Makes room for `extra` bytes behind `count`; at least doubles when it must grow.
  mutating func reserve(_ extra: Int) {
    guard count + extra > capacity else { return }
    grow(to: max(count + extra, 2 * capacity))
  }

  /// Moves to a block of exactly `newCapacity` bytes, keeping those written.
  mutating func grow(to newCapacity: Int) {
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
    moved.update(from: base, count: count)
    base.deallocate()
    base = moved
    capacity = newCapacity
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    UnsafeMutableRawPointer(base + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// A copy of the bytes written so far.
  var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
