import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite(.serialized) struct MemoryPoolTests {
  @Test func `bins are tight and ordered`() {
    for byteCount in [0, 1, 63, 64, 65, 80, 81, 96, 127, 128, 129, 4095, 4096, 4097, 1 << 30] {
      let bin = MemoryPool.bin(for: byteCount)
      #expect(MemoryPool.byteCount(ofBin: bin) >= byteCount)
      if bin > 0 { #expect(MemoryPool.byteCount(ofBin: bin - 1) < byteCount) }
    }
    // A power of two, which most tensors are, wastes nothing.
    for power in 6..<40 {
      #expect(MemoryPool.byteCount(ofBin: MemoryPool.bin(for: 1 << power)) == 1 << power)
    }
  }

  @Test(arguments: [0, 1, 100, 5000, 1 << 16, 3 << 20, 20 << 20])
  func `a block is aligned and writable`(byteCount: Int) {
    let block = Memory(byteCount: byteCount)
    #expect(UInt(bitPattern: block.pointer) % 64 == 0)
    block.pointer.initializeMemory(as: UInt8.self, repeating: 7, count: byteCount)
    #expect(block.pointer.load(as: UInt8.self) == 7 || byteCount == 0)
  }

  // In a process of its own: others that use the pool meanwhile could be faster.
  @Test func `a block given back is the next one's`() async {
    await #expect(processExitsWith: .success) {
      for byteCount in [0, 1, 100, 5000, 1 << 16, 3 << 20, 20 << 20] {
        var block: Memory? = Memory(byteCount: byteCount)
        let address = block!.pointer
        block = nil
        let next = Memory(byteCount: byteCount)
        precondition(next.pointer == address, "\(byteCount) bytes came from elsewhere")
        withExtendedLifetime(next) {}
      }
    }
  }

  @Test func `blocks in use never overlap`() {
    var blocks: [Memory] = []
    var seed: UInt64 = 1
    for _ in 0..<300 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      blocks.append(Memory(byteCount: Int(seed >> 33) % 200_000))
      if seed % 3 == 0 { blocks.remove(at: Int(seed >> 40) % blocks.count) }
    }
    let ranges = blocks.map { (UInt(bitPattern: $0.pointer), UInt($0.byteCount)) }.sorted {
      $0 < $1
    }
    for (lower, upper) in zip(ranges, ranges.dropFirst()) {
      #expect(lower.0 + lower.1 <= upper.0)
    }
  }

  @Test func `statistics count blocks in use and the peak`() {
    // Far larger than what any other test holds, so that others running meanwhile do not matter.
    let size = 1 << 32
    let before = MemoryPool.statistics
    do {
      let block = Memory(byteCount: size)
      #expect(block.byteCount == size)
      #expect(MemoryPool.statistics.inUse >= size)
    }
    let after = MemoryPool.statistics
    #expect(after.inUse < size)
    #expect(after.peak >= size)
    // The region grows by what its last free stretch lacks.
    #expect(after.held >= max(size, before.held))
    MemoryPool.resetPeak()
    #expect(MemoryPool.statistics.peak < size)
  }

  @Test func `beyond the limit the program stops and says so`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      setenv("TAPEGRAD_MEMORY", "1M", 1)
      _ = Memory(byteCount: 2 << 20)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("TAPEGRAD_MEMORY limits it to 1048576"))
  }
}

/// Bytes of this process that are in memory.
private func resident() -> Int {
  let file = fopen("/proc/self/statm", "r")
  defer { if let file { fclose(file) } }
  var line = [CChar](repeating: 0, count: 256)
  guard let file, fgets(&line, 256, file) != nil else { return 0 }
  let fields = line.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
  let digits = String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return Int(digits)! * Int(getpagesize())
}

/// Blocks of 60 MB together, every byte written.
private func fill(_ byteCount: Int) -> [Memory] {
  (0..<(60 << 20) / byteCount).map { index in
    let block = Memory(byteCount: byteCount)
    block.pointer.initializeMemory(
      as: UInt8.self, repeating: UInt8(truncatingIfNeeded: index), count: byteCount)
    return block
  }
}

private func isIntact(_ block: Memory, _ index: Int) -> Bool {
  UnsafeRawBufferPointer(start: block.pointer, count: block.byteCount).allSatisfy {
    $0 == UInt8(truncatingIfNeeded: index)
  }
}

/// Under a limit, memory that waits is given back before a request is refused. Each in a process of its
/// own, as the limit is the process's.
@Suite struct MemoryLimitTests {
  /// Small blocks of the C library, blocks of slabs, large ones, and each after each; a third stays in use,
  /// in four parts, and keeps its contents.
  @Test func `what waits makes room`() async {
    await #expect(processExitsWith: .success) {
      setenv("TAPEGRAD_MEMORY", "64M", 1)
      // Small ones last: what the C library does with memory it gets back is its own affair.
      let sizes = [229_376, 5 << 20, 3000]
      let before = resident()
      var hasBeenSmall = false
      for _ in 0..<2 {
        for first in sizes {
          for second in sizes {
            var blocks = fill(first)
            precondition(MemoryPool.statistics.held <= 64 << 20)
            let kept = blocks.enumerated().filter { ($0.offset * 12 / blocks.count) % 3 == 0 }
            blocks = []
            // 40 MB of blocks wait between those kept.
            var others: [Memory] = []
            for index in 0..<(24 << 20) / second {
              let block = Memory(byteCount: second)
              block.pointer.initializeMemory(
                as: UInt8.self, repeating: UInt8(truncatingIfNeeded: index), count: second)
              others.append(block)
            }
            precondition(
              kept.allSatisfy { isIntact($0.element, $0.offset) }, "\(first) then \(second)")
            precondition(
              others.enumerated().allSatisfy { isIntact($0.element, $0.offset) },
              "\(first) then \(second)")
            let now = MemoryPool.statistics
            precondition(now.inUse <= now.held && now.held <= 64 << 20, "\(now)")
            let grown = resident() - before
            hasBeenSmall = hasBeenSmall || min(first, second) == 3000
            precondition(hasBeenSmall || grown < 72 << 20, "\(grown) bytes more are resident")
          }
        }
      }
      let now = MemoryPool.statistics
      precondition(now.inUse == 0, "\(now)")
    }
  }

  /// All of it, when nothing is in use.
  @Test(arguments: [3000, 229_376, 5 << 20])
  func `nothing in use, nothing refused`(byteCount: Int) async {
    await #expect(processExitsWith: .success) { [byteCount = byteCount as Int] in
      setenv("TAPEGRAD_MEMORY", "64M", 1)
      _ = fill(byteCount)
      precondition(MemoryPool.statistics.inUse == 0)
      let block = Memory(byteCount: 60 << 20)
      block.pointer.initializeMemory(as: UInt8.self, repeating: 1, count: 60 << 20)
    }
  }

  @Test func `a program says it in its own way, from every thread`() async {
    let result = await #expect(processExitsWith: .exitCode(7), observing: [\.standardErrorContent])
    {
      setenv("TAPEGRAD_MEMORY", "1M", 1)
      Failure.ofProgram = Failure.Handler { message in
        let line = Array("mine: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        _exit(7)
      }
      Threads.count = 2
      Threads.run(blocks: 2) { _ in _ = Memory(byteCount: 2 << 20) }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.hasPrefix("mine: out of memory: 2097152 bytes were asked for, 0 are in use"))
  }
}

/// The region's stretches, by themselves: a model of what is in use, checked after every step.
@Suite struct MemoryRegionTests {
  @Test func blocksNeverOverlapAndAllComeBackAsOneStretch() throws {
    var region = MemoryRegion()
    var used: [(start: UnsafeMutableRawPointer, count: Int)] = []
    var seed: UInt64 = 7
    func random(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % bound
    }
    for _ in 0..<3000 {
      if random(5) < 3 || used.isEmpty {
        let count = 1 + random(9 << 20)
        let growth = region.growth(for: count)
        let held = region.held
        let block = region.take(count)
        let start = try #require(block)
        #expect(UInt(bitPattern: start) % 64 == 0)
        #expect(region.held == held + growth)
        for other in used {
          #expect(start + count <= other.start || other.start + other.count <= start)
        }
        used.append((start, count))
      } else {
        let (start, count) = used.remove(at: random(used.count))
        region.giveBack(start, count)
      }
    }
    for (start, count) in used { region.giveBack(start, count) }
    // Everything is free again, and one block may have it all.
    let held = region.held
    #expect(region.growth(for: held - MemoryRegion.footprint(0)) == 0)
    #expect(region.growth(for: held) > 0)
  }

  /// After a release only blocks in use hold memory, and taking counts what comes back.
  @Test func whatIsReleasedComesBackByPages() throws {
    var region = MemoryRegion()
    let size = 3 << 20
    var blocks: [UnsafeMutableRawPointer] = []
    for _ in 0..<4 {
      let block = region.take(size)
      blocks.append(try #require(block))
    }
    let whole = region.held
    #expect(whole == 4 * MemoryRegion.footprint(size))
    for block in [blocks[0], blocks[2], blocks[3]] {
      block.storeBytes(of: 5, as: UInt8.self)
      region.giveBack(block, size)
    }
    #expect(region.held == whole)
    region.release()
    let page = Int(getpagesize())
    // Two stretches, each with a page at either end that neighbours may be on.
    let left = MemoryRegion.footprint(size)..<MemoryRegion.footprint(size) + 4 * page
    #expect(left.contains(region.held))
    region.release()
    #expect(left.contains(region.held))
    // The first one fits again; it holds nothing that was there.
    let growth = region.growth(for: size)
    let held = region.held
    #expect(growth > size - 2 * page && growth < size + 2 * page)
    let again = region.take(size)
    #expect(again == blocks[0])
    #expect(region.held == held + growth)
    // Larger than what is left at the end: the region grows beyond it.
    let more = region.growth(for: 3 * size)
    #expect(more > 3 * size - 2 * page && more < 3 * size + 2 * page)
    let last = region.take(3 * size)
    #expect(last == blocks[2])
    #expect(region.held == held + growth + more)
  }
}
