import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What happens to the message of a failure: a trap in a library, a line and exit code 1 in a
/// command, a thrown error while shapes are checked.
package enum Failure {
  package struct Handler: Sendable {
    package let current: @Sendable (String) -> Never
    package init(_ current: @escaping @Sendable (String) -> Never) { self.current = current }
  }

  /// What the program does on any of its threads. A program sets it once, before there are others.
  nonisolated(unsafe) package static var ofProgram = Handler { message in fatalError(message) }

  /// For a mistake in a model: the program's, unless somebody asked to be told.
  @TaskLocal package static var handler = Handler { message in ofProgram.current(message) }

  /// Ends the program for a reason that lies outside it: its memory, its environment. Blocks of work
  /// come here too, on threads that have no task.
  ///
  /// Several threads may be short of the same memory at once; the first says so, and the program ends.
  package static func stop(_ message: String) -> Never {
    if hasBegun.exchange(true, ordering: .relaxed) { sleep(10) }
    ofProgram.current(message)
  }

  private static let hasBegun = Atomic(false)
}
