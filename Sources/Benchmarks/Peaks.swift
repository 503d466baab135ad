import CPeaks
import Kernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What this machine can do at best, measured: the shares of peak are of these.
struct Peaks {
  /// Fused multiply-adds of float32 in registers, two operations each.
  let gflops: Double
  /// `a = b + s c` on arrays that no cache holds: two are read, one is written.
  let gigabytesPerSecond: Double
  /// How long a cache line takes from one thread to another and back; nil with one thread.
  let handoverNanoseconds: Double?

  /// Measures with all the threads that are set: under half a second.
  static func measure() -> Peaks {
    Peaks(
      gflops: fastestArithmetic(), gigabytesPerSecond: fastestTraffic(),
      handoverNanoseconds: Threads.count > 1 ? medianHandover() : nil)
  }

  /// Two threads take turns in counting: the median of twenty stretches of 1000 turns each.
  private static func medianHandover() -> Double {
    let turns = 1000
    let times = Times(
      timed(seconds: 0, least: 20) {
        let number = Atomic(0)
        Threads.run(blocks: 2) { own in
          for turn in 0..<turns {
            var looks = 0
            while number.load(ordering: .acquiring) != 2 * turn + own {
              looks += 1
              // Where threads are more than processors, the other one may need this.
              if looks > 10_000 { sched_yield() }
            }
            number.store(2 * turn + own + 1, ordering: .releasing)
          }
        }
      })
    return times.median * 1e6 / Double(turns)
  }

  private static func fastestArithmetic() -> Double {
    // Pieces of half a millisecond, so that no thread waits long for the last.
    let blocks = 8 * Threads.count
    let operations = tg_peak_float_operations(1)
    return fastest(repetitions: 10, of: operations * 300 * Double(blocks)) {
      Threads.run(blocks: blocks) { _ in _ = tg_peak_float_operations(300) }
    }
  }

  private static func fastestTraffic() -> Double {
    let count = 16 << 20
    let blocks = 64
    // Two uses of the same pages: the pool's are huge ones where the system has them.
    let arrays = (0..<3).map { _ in Memory(byteCount: 4 * count) }
    for array in arrays {
      array.pointer.initializeMemory(as: Float.self, repeating: 1, count: count)
    }
    struct Pointers: @unchecked Sendable { let a, b, c: UnsafeMutablePointer<Float> }
    let floats = arrays.map { $0.pointer.assumingMemoryBound(to: Float.self) }
    let pointers = Pointers(a: floats[0], b: floats[1], c: floats[2])
    return withExtendedLifetime(arrays) {
      fastest(repetitions: 8, of: Double(12 * count)) {
        Threads.run(blocks: blocks) { block in
          let first = block * (count / blocks)
          tg_peak_triad(
            pointers.a + first, pointers.b + first, pointers.c + first, 0.5, count / blocks)
        }
      }
    }
  }

  /// Work done in a billionth of a second, in the fastest of the repetitions.
  private static func fastest(repetitions: Int, of work: Double, _ body: () -> Void) -> Double {
    body()
    return work / Times(timed(seconds: 0, least: repetitions, body)).fastest * 1e-6
  }
}
