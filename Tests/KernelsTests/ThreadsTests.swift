import Kernels
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite(.serialized) struct ThreadsTests {
  /// Runs `body` with another number of threads and restores the number.
  private func withThreads(_ count: Int, _ body: () throws -> Void) rethrows {
    let before = Threads.count
    Threads.count = count
    defer { Threads.count = before }
    try body()
  }

  @Test(arguments: [1, 2, 3, 8]) func `every block runs exactly once`(threads: Int) {
    withThreads(threads) {
      for blocks in [0, 1, 2, 3, 7, 64, 1000] {
        let runs = UnsafeMutablePointer<Int>.allocate(capacity: blocks + 1)
        defer { runs.deallocate() }
        for round in 1...50 {
          runs.initialize(repeating: 0, count: blocks + 1)
          Threads.run(blocks: blocks) { runs[$0] += 1 }
          let wrong = (0..<blocks).filter { runs[$0] != 1 }
          #expect(wrong.isEmpty, "\(blocks) blocks, round \(round)")
        }
      }
    }
  }

  @Test func `a call from inside a block runs all its blocks`() {
    withThreads(3) {
      let total = Atomic<Int>(0)
      Threads.run(blocks: 10) { outer in
        Threads.run(blocks: 5) { inner in total.add(outer * 5 + inner, ordering: .relaxed) }
      }
      #expect(total.load(ordering: .relaxed) == 49 * 50 / 2)
    }
  }

  @Test func `callers on several threads do not disturb one another`() async {
    let sums = await withTaskGroup(of: Int.self, returning: [Int].self) { group in
      for task in 0..<8 {
        group.addTask {
          var sum = 0
          for _ in 0..<200 {
            let part = Atomic<Int>(0)
            Threads.run(blocks: 20) { part.add($0 + task, ordering: .relaxed) }
            sum += part.load(ordering: .relaxed)
          }
          return sum - 200 * 20 * task
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == Array(repeating: 200 * 190, count: 8))
  }

  @Test func `work resumes after the workers fell asleep`() {
    withThreads(2) {
      for pause in [0, 20, 60, 200, 3000] {
        for _ in 0..<20 {
          let total = Atomic<Int>(0)
          Threads.run(blocks: 4) { total.add($0, ordering: .relaxed) }
          #expect(total.load(ordering: .relaxed) == 6)
          usleep(UInt32(pause))
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `work cannot change the number of threads`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      alarm(30)
      Threads.count = 2
      Threads.run(blocks: 4) { _ in Threads.count = 3 }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot be changed by the work that they share"))
  }

  @Test func `the count has a floor of one`() {
    withThreads(-5) { #expect(Threads.count == 1) }
  }
}
