import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The four variables, read strictly.
@Suite struct EnvironmentTests {
  private func read(_ variables: [String: String]) throws(Environment.Fault) -> Environment {
    try Environment { variables[$0] }
  }

  @Test func whatIsNotSaidIsAsItIs() throws {
    let nothing = try read([:])
    #expect(nothing.threads == nil && nothing.instructionSet == nil && nothing.memory == nil)
    #expect(nothing.pins)
    let names = ["TAPEGRAD_THREADS", "TAPEGRAD_ISA", "TAPEGRAD_PIN", "TAPEGRAD_MEMORY"]
    #expect(try read(Dictionary(uniqueKeysWithValues: names.map { ($0, "") })) == nothing)
  }

  @Test func whatIsSaidHolds() throws {
    #expect(try read(["TAPEGRAD_THREADS": "1"]).threads == 1)
    #expect(try read(["TAPEGRAD_THREADS": "1024"]).threads == 1024)
    for set in Processor.available {
      #expect(try read(["TAPEGRAD_ISA": set.rawValue]).instructionSet == set)
    }
    #expect(try read(["TAPEGRAD_PIN": "0"]).pins == false)
    #expect(try read(["TAPEGRAD_PIN": "1"]).pins)
    #expect(try read(["TAPEGRAD_MEMORY": "4096"]).memory == 4096)
    #expect(try read(["TAPEGRAD_MEMORY": "3k"]).memory == 3072)
    #expect(try read(["TAPEGRAD_MEMORY": "512M"]).memory == 512 << 20)
    #expect(try read(["TAPEGRAD_MEMORY": "2G"]).memory == 2 << 30)
  }

  static let wrong: [(String, [String], String)] = [
    (
      "TAPEGRAD_THREADS", ["0", "-1", "abc", "2x", " 2", "1025", "1.5", "99999999999999999999"],
      "a whole number from 1 to 1024"
    ),
    (
      "TAPEGRAD_ISA", ["nonsense", "AVX2", "avx2 "],
      "one that this processor can run: "
        + Processor.available.map(\.rawValue).joined(separator: ", ")
    ),
    ("TAPEGRAD_PIN", ["nonsense", "2", "-1", "yes"], "0 or 1"),
    (
      "TAPEGRAD_MEMORY", ["nonsense", "G", "-1", "0", "1.5G", "2T", "99999999999999G"],
      "a number of bytes, or one with K, M or G"
    ),
  ]

  @Test(arguments: wrong)
  func whatCannotBeIsNamed(name: String, values: [String], allowed: String) {
    for value in values {
      let fault = #expect(throws: Environment.Fault.self) { try read([name: value]) }
      #expect(fault?.description == "\(name) is \"\(value)\"; it must be \(allowed)")
    }
  }

  /// Without a program that reads it first, the first use does.
  @Test func theProcessReadsItsOwn() async {
    await #expect(processExitsWith: .success) {
      setenv("TAPEGRAD_THREADS", "3", 1)
      setenv("TAPEGRAD_ISA", "baseline", 1)
      precondition(Threads.count == 3)
      precondition(Processor.instructionSet == Processor.available[0])
    }
    for use in 0..<3 {
      let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        [use = use as Int] in
        setenv("TAPEGRAD_THREADS", "2x", 1)
        switch use {
        case 0: _ = Threads.count
        case 1: _ = Processor.kernels
        default: _ = Memory(byteCount: 1)
        }
      }
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(message.contains("TAPEGRAD_THREADS is \"2x\"; it must be a whole number"))
    }
  }
}
