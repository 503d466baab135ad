import CKernels

/// The threads that share a kernel's work: a few that stay alive, each on a processor of its own.
///
/// Work is cut into blocks by the problem's size, never by `count`, and whatever the blocks add up
/// is added in a fixed order: results carry the same bits for any number of threads.
/// ``Environment`` sets the number at the start (otherwise the processors this process may run on) and
/// whether threads are pinned.
package enum Threads {
  /// How many threads share the work, the caller among them.
  package static var count: Int {
    get {
      _ = hasBegun
      return tg_threads_count()
    }
    set {
      _ = hasBegun
      guard tg_threads_set_count(newValue) else {
        Failure.stop("the number of threads cannot be changed by the work that they share")
      }
    }
  }

  /// What the environment says has been told to the pool.
  private static let hasBegun: Bool = {
    tg_threads_begin(
      Environment.current.threads ?? tg_allowed_processors(), Environment.current.pins)
    return true
  }()

  private struct Job {
    let body: (Int) -> Void
  }

  /// Runs `body` once for each block from 0 to `blocks` - 1, on all threads, and returns when all
  /// have ended. Each thread takes a stretch of neighbouring blocks, the same for every job of as many
  /// blocks, in ascending order; one that is done helps the others.
  ///
  /// A call from inside a block, or while another thread's call has the pool, runs serially on its
  /// caller. The body must not read task-local values: on other threads they have their defaults.
  package static func run(blocks: Int, _ body: (Int) -> Void) {
    guard blocks > 1 else {
      if blocks == 1 { body(0) }
      return
    }
    _ = hasBegun
    withoutActuallyEscaping(body) { escapable in
      var job = Job(body: escapable)
      withUnsafeMutablePointer(to: &job) { pointer in
        tg_threads_run(blocks, pointer) { context, block in
          context!.assumingMemoryBound(to: Job.self).pointee.body(block)
        }
      }
    }
  }
}
