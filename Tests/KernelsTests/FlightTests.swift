import Kernels
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Jobs whose caller does not wait. In processes of their own: other tests' jobs would take the pool.
@Suite struct FlightTests {
  /// Lets blocks of a job wait until the test has looked.
  private final class Gate: Sendable {
    private let isOpen = Atomic(false)
    private let passed = Atomic(0)

    func open() { isOpen.store(true, ordering: .releasing) }

    func pass() {
      while !isOpen.load(ordering: .acquiring) { usleep(50) }
      passed.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }

    var count: Int { passed.load(ordering: .acquiring) }
  }

  @Test(.timeLimit(.minutes(1))) func `a launched job runs while its caller goes on`() async {
    await #expect(processExitsWith: .success) {
      Threads.count = 2
      let gate = Gate()
      let hasEnded = Atomic(false)
      Threads.leaving {
        Threads.launch(
          blocks: 9,
          end: {
            precondition(gate.count == 9, "the end came before the last block")
            hasEnded.store(true, ordering: .releasing)
          }, { _ in gate.pass() })
      }
      precondition(!hasEnded.load(ordering: .acquiring), "the caller waited")
      gate.open()
      Threads.land()
      precondition(hasEnded.load(ordering: .acquiring) && gate.count == 9)
      Threads.land()
    }
  }

  @Test(.timeLimit(.minutes(1))) func `without leave the caller waits`() async {
    await #expect(processExitsWith: .success) {
      for count in [1, 2, 3] {
        Threads.count = count
        var order: [Int] = []
        let blocks = Atomic(0)
        Threads.launch(
          blocks: 7, end: { order.append(blocks.load(ordering: .relaxed)) },
          { _ in blocks.wrappingAdd(1, ordering: .relaxed) })
        precondition(order == [7], "\(count) threads")
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `the next job of the same thread comes after it`() async {
    await #expect(processExitsWith: .success) {
      Threads.count = 2
      for blocks in [1, 2, 8] {
        for round in 0..<200 {
          let first = Atomic(0)
          let second = Atomic(0)
          Threads.leaving {
            Threads.launch(blocks: 8) { _ in first.wrappingAdd(1, ordering: .relaxed) }
            let job = { (_: Int) in
              precondition(first.load(ordering: .relaxed) == 8, "a block came too early")
              second.wrappingAdd(1, ordering: .relaxed)
            }
            if round % 2 == 0 {
              Threads.run(blocks: blocks, job)
            } else {
              Threads.launch(blocks: blocks, job)
            }
          }
          Threads.land()
          precondition(second.load(ordering: .relaxed) == blocks)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `memory given back in flight is not handed out`() async {
    await #expect(processExitsWith: .success) {
      Threads.count = 2
      for byteCount in [1000, 100_000, 3 << 20] {
        let gate = Gate()
        var block: Memory? = Memory(byteCount: byteCount)
        let address = block!.pointer
        Threads.leaving { Threads.launch(blocks: 4) { _ in gate.pass() } }
        block = nil
        let other = Memory(byteCount: byteCount)
        precondition(other.pointer != address, "\(byteCount) bytes that a job may still use")
        gate.open()
        Threads.land()
        let next = Memory(byteCount: byteCount)
        precondition(next.pointer == address, "\(byteCount) bytes did not come back")
        withExtendedLifetime((other, next)) {}
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `memory comes back though a job is always in flight`() async {
    await #expect(processExitsWith: .success) {
      Threads.count = 2
      for byteCount in [1000, 100_000, 3 << 20] {
        var before: Memory?
        var held = 0
        for round in 0..<100 {
          let next = Memory(byteCount: byteCount)
          Threads.leaving {
            Threads.launch(blocks: 4) { block in
              (next.pointer + 8 * block).storeBytes(of: block, as: Int.self)
            }
          }
          before = next
          if round == 9 { held = MemoryPool.statistics.held }
        }
        precondition(MemoryPool.statistics.held == held, "\(byteCount) bytes for every job")
        Threads.land()
        withExtendedLifetime(before) {}
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a limit that only memory in flight exceeds holds`() async {
    await #expect(processExitsWith: .success) {
      setenv("TAPEGRAD_MEMORY", "24M", 1)
      Threads.count = 2
      var block: Memory? = Memory(byteCount: 16 << 20)
      precondition(block != nil)
      Threads.leaving { Threads.launch(blocks: 4) { _ in usleep(2000) } }
      block = nil
      _ = Memory(byteCount: 16 << 20)
    }
  }

  @Test(.timeLimit(.minutes(1))) func `another thread lands it and changes the count`() async {
    await #expect(processExitsWith: .success) {
      Threads.count = 2
      let gate = Gate()
      Threads.leaving { Threads.launch(blocks: 6) { _ in gate.pass() } }
      var others: [pthread_t] = []
      for _ in 0..<3 {
        #if canImport(Glibc)
          var other = pthread_t()
        #else
          var other: pthread_t!
        #endif
        pthread_create(
          &other, nil,
          { _ in
            Threads.count = 3
            return nil
          }, nil)
        others.append(other)
      }
      gate.open()
      for other in others { pthread_join(other, nil) }
      precondition(gate.count == 6 && Threads.count == 3)
    }
  }

  @Test(.timeLimit(.minutes(1))) func `a thread whose flight is over leaves the pool to others`()
    async
  {
    await #expect(processExitsWith: .success) {
      Threads.count = 2
      var launcher = pthread_self()
      pthread_create(
        &launcher, nil,
        { _ in
          Threads.leaving { Threads.launch(blocks: 4) { _ in } }
          return nil
        }, nil)
      pthread_join(launcher, nil)
      usleep(20_000)
      // Blocks that wait for each other need a thread each.
      alarm(30)
      let begun = Atomic(0)
      Threads.run(blocks: 2) { _ in
        begun.wrappingAdd(1, ordering: .relaxed)
        while begun.load(ordering: .relaxed) < 2 { usleep(50) }
      }
    }
  }
}
