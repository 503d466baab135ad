import Kernels

/// How many threads share the work of one operation: the processors this process may run on, unless
/// `TAPEGRAD_THREADS` or this says otherwise. At least 1.
///
/// No bit of any result depends on it.
public var threadCount: Int {
  get { Threads.count }
  set {
    guard newValue >= 1 else { fail("threadCount", "wants at least 1, given \(newValue)") }
    Threads.count = newValue
  }
}
