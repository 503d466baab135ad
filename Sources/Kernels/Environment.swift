#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the environment asks of the engine: four variables, read strictly, in one place, once.
///
/// A variable that is empty counts as one that is not there. Programs read them at their start, to say
/// what is wrong before any work; in a library the first use of a kernel does.
package struct Environment: Sendable, Equatable {
  /// `TAPEGRAD_THREADS`: how many threads share the work.
  package var threads: Int?
  /// `TAPEGRAD_ISA`: the loops that run, in place of the widest this processor can.
  package var instructionSet: InstructionSet?
  /// `TAPEGRAD_PIN`: whether each thread has a processor of its own.
  package var pins = true
  /// `TAPEGRAD_MEMORY`: the most bytes the pool may hold.
  package var memory: Int?

  /// A variable that is not what it may be.
  package struct Fault: Error, CustomStringConvertible {
    package let description: String
  }

  package static let maximumThreads = 1024

  /// The environment of this process; stops the program when something is wrong with it.
  package static let current: Environment = {
    do throws(Fault) {
      return try Environment(reading: variable)
    } catch {
      Failure.stop(error.description)
    }
  }()

  /// A variable of this process.
  package static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  package init(reading variable: (String) -> String?) throws(Fault) {
    func value<Value>(_ name: String, _ allowed: String, _ read: (String) -> Value?) throws(Fault)
      -> Value?
    {
      guard let text = variable(name), !text.isEmpty else { return nil }
      guard let value = read(text) else {
        throw Fault(description: "\(name) is \"\(text)\"; it must be \(allowed)")
      }
      return value
    }
    let most = Environment.maximumThreads
    threads = try value("TAPEGRAD_THREADS", "a whole number from 1 to \(most)") { text in
      Int(text).flatMap { (1...most).contains($0) ? $0 : nil }
    }
    let sets = Processor.available
    let names = sets.map(\.rawValue).joined(separator: ", ")
    instructionSet = try value("TAPEGRAD_ISA", "one that this processor can run: \(names)") {
      text in
      sets.first { $0.rawValue == text }
    }
    let switches = ["0": false, "1": true]
    pins = try value("TAPEGRAD_PIN", "0 or 1") { switches[$0] } ?? true
    memory = try value("TAPEGRAD_MEMORY", "a number of bytes, or one with K, M or G") {
      Environment.bytes(in: $0)
    }
  }

  /// Reads "512M" and the like; nil where it is no such number.
  package static func bytes(in text: String) -> Int? {
    let shifts: [Character: Int] = ["k": 10, "m": 20, "g": 30]
    guard let last = text.last else { return nil }
    let shift = shifts[Character(last.lowercased())]
    guard let number = Int(shift == nil ? text[...] : text.dropLast()), number > 0 else {
      return nil
    }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    return overflow ? nil : bytes
  }

  /// The variables as a help explains them.
  package static let help: [(name: String, meaning: String)] = [
    (
      "TAPEGRAD_THREADS=N",
      "threads to compute with, 1 to \(maximumThreads), where no option says; otherwise as many as "
        + "there are processors for this process"
    ),
    (
      "TAPEGRAD_ISA=NAME",
      "vector instructions: \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")); "
        + "otherwise the widest that the processor has"
    ),
    ("TAPEGRAD_PIN=0", "leave the placement of threads to the system (1: one processor for each)"),
    (
      "TAPEGRAD_MEMORY=SIZE",
      "the most memory that tensors may take, in bytes or with K, M or G; the program stops where "
        + "that does not do"
    ),
  ]
}
