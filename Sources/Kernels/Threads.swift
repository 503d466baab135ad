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

  private final class Flight {
    let body: (Int) -> Void
    let end: () -> Void

    init(body: @escaping (Int) -> Void, end: @escaping () -> Void) {
      self.body = body
      self.end = end
    }
  }

  /// Runs `body` once for each block from 0 to `blocks` - 1, on all threads, and returns when all
  /// have ended. Each thread takes a stretch of neighbouring blocks, the same for every job of as many
  /// blocks, in ascending order; one that is done helps the others.
  ///
  /// A call from inside a block, or while another thread's call has the pool, runs serially on its
  /// caller. The body must not read task-local values: on other threads they have their defaults.
  package static func run(blocks: Int, _ body: (Int) -> Void) {
    makeWay()
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

  // MARK: - Jobs that are not waited for

  /// Runs kernels that may leave their last job in flight: other threads go on with it, while the caller
  /// prepares what comes next.
  ///
  /// What such a job writes must not be read, nor what it reads be written, until it has landed: by ``land()``,
  /// or by this thread's next job. A ``Memory`` that it uses may be given back at once: the pool does not hand it
  /// out before. The caller sees to it that nothing else goes.
  package static func leaving<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = tg_threads_leave(true)
    defer { _ = tg_threads_leave(before) }
    return try body()
  }

  /// Runs `body` as ``run(blocks:_:)`` does, as the last job of a kernel: where the caller allows it by
  /// ``leaving(_:)``, returns at once.
  ///
  /// - Parameter end: runs after the last block, before anybody who waits goes on. It begins no jobs.
  package static func launch(
    blocks: Int, end: @escaping () -> Void = {}, _ body: @escaping (Int) -> Void
  ) {
    guard tg_threads_leaves() else {
      run(blocks: blocks, body)
      return end()
    }
    makeWay()
    _ = hasBegun
    if blocks > 1 {
      let flight = Unmanaged.passRetained(Flight(body: body, end: end))
      let isLaunched = tg_threads_launch(
        blocks, flight.toOpaque(),
        { Unmanaged<Flight>.fromOpaque($0!)._withUnsafeGuaranteedRef { $0.body }($1) },
        { Unmanaged<Flight>.fromOpaque($0!).takeRetainedValue().end() })
      if isLaunched { return }
      flight.release()
    }
    for block in 0..<blocks { body(block) }
    end()
  }

  /// Waits for the job that was launched, whoever did, and helps with it.
  package static func land() {
    if tg_threads_flight() != TG_NO_FLIGHT { tg_threads_land(true) }
  }

  /// Waits for the job that this thread launched: for kernels that read, outside of a job, what
  /// their caller may have left in flight.
  static func landOwn() {
    if tg_threads_flight() == TG_OWN_FLIGHT { tg_threads_land(true) }
  }

  /// Waits for a job that another thread launched: this one does not know what it writes.
  package static func landOthers() {
    if tg_threads_flight() == TG_OTHER_FLIGHT { tg_threads_land(true) }
  }

  /// Before a job: one that this thread launched comes first, and another's may only have to be cleared away.
  private static func makeWay() {
    switch tg_threads_flight() {
    case TG_OWN_FLIGHT: tg_threads_land(true)
    case TG_OTHER_FLIGHT: tg_threads_land(false)
    default: break
    }
  }
}
