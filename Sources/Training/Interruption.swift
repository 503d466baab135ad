import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Ctrl-C and termination, caught so that a training can end in order.
///
/// After `catchSignals()` the first SIGINT or SIGTERM only makes a note, which the training loop reads
/// after each step; the second ends the process at once. Signals are a matter of the whole process,
/// so this is for programs, not for libraries.
public enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// The signal that asked for an end, or nil.
  public static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// The exit code that tells a shell about the signal: 130 after Ctrl-C, 143 after SIGTERM.
  public static var exitCode: Int32? { signal.map { 128 + $0 } }

  /// Catches SIGINT and SIGTERM from now on.
  public static func catchSignals() {
    // The first access initialises the counter: inside the handler that would not be safe.
    _ = received.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] { catchSignal(number) }
    // Whoever started this process may have had them blocked, and that is inherited.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static func catchSignal(_ number: Int32) {
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    // A read or write in progress is continued after the note is made.
    action.sa_flags = SA_RESTART
    #if canImport(Glibc)
      action.__sigaction_handler.sa_handler = Interruption.handle
    #else
      action.__sigaction_u.__sa_handler = Interruption.handle
    #endif
    sigaction(number, &action, nil)
  }

  /// A plain C function: a closure would be isolated to an actor and crash on another thread.
  private static let handle: @convention(c) (Int32) -> Void = { number in
    let (isFirst, _) = received.compareExchange(
      expected: 0, desired: number, ordering: .relaxed)
    if !isFirst { _exit(128 + number) }
  }
}
