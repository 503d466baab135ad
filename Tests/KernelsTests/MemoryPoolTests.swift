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

  @Test func `limits are read with their suffixes`() {
    #expect(MemoryPool.bytes(in: "4096") == 4096)
    #expect(MemoryPool.bytes(in: "3k") == 3072)
    #expect(MemoryPool.bytes(in: "512M") == 512 << 20)
    #expect(MemoryPool.bytes(in: "2G") == 2 << 30)
    for wrong in ["", "G", "-1", "0", "1.5G", "2T", "99999999999999G"] {
      #expect(MemoryPool.bytes(in: wrong) == nil, "\(wrong)")
    }
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
        let top = region.top
        let block = region.take(count)
        let start = try #require(block)
        #expect(UInt(bitPattern: start) % 64 == 0)
        #expect(region.top == top + growth)
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
    let top = region.top
    #expect(region.growth(for: top - MemoryRegion.footprint(0)) == 0)
    #expect(region.growth(for: top) > 0)
  }
}
