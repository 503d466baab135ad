import Testing

/// Wrong usage: exit code 2, one line that says what would be right, and where the help is.
@Suite struct UsageTests {
  @Test(arguments: [
    ([], "no command given; known are training, operations, compare"),
    (["trainig"], "unknown command 'trainig'; did you mean training?"),
    (["training"], "training: wants --workload NAME: resnet20, resnet18"),
    (["training", "--workload", "resnet19"], "training: --workload is one of resnet20"),
    (
      ["training", "--workload", "lenet", "--threads", "0"],
      "training: --threads wants a whole number from 1 to 1024, given '0'"
    ),
    (
      ["training", "--workload", "lenet", "--seconds", "-1"],
      "training: --seconds wants a number of seconds above 0, at most 86400, given '-1'"
    ),
    (
      ["operations", "--seconds", "inf"],
      "operations: --seconds wants a number of seconds above 0, at most 86400, given 'inf'"
    ),
    (
      ["compare", "--second-thread", "--workloads", ","],
      "compare: --workloads are of resnet20, resnet18, unet32, unet64, vgg11, lenet, given ''"
    ),
    (
      ["compare", "--second-thread", "--json", "--markdown"],
      "compare: --json and --markdown are two forms of one table; choose one"
    ),
    (["training", "--workload", "lenet", "--algorithm", "fft"], "training: --algorithm is one of"),
    (
      ["training", "--workload", "vgg11", "--activation", "handwritten"],
      "training: --activation is for resnet20 and resnet18, not for vgg11"
    ),
    (["operations", "--only", "matmull"], "operations: no operation has 'matmull' in its name"),
    (["operations", "--seed", "1"], "operations: --seed goes with --random N"),
    (["operations", "--random", "5"], "operations: --random compares with a peer: --peer torch"),
    (["operations", "--random", "5", "--peer", "jax"], "operations: --peer is one of torch"),
    (["compare"], "compare: wants something to compare with"),
    (["compare", "--bfloat16"], "compare: --bfloat16 is the peer's: it wants --peer torch"),
    (
      ["compare", "--second-thread", "--threads", "1"],
      "compare: --second-thread wants --threads 2 or more"
    ),
    (
      ["compare", "--handwritten", "--workloads", "lenet"],
      "compare: --handwritten wants --workloads of resnet20, resnet18"
    ),
    (
      ["compare", "--peer", "torch", "--workloads", "lenet,resnet19"],
      "compare: --workloads are of resnet20"
    ),
  ])
  func saysWhatWouldBeRight(arguments: [String], message: String) throws {
    let outcome = try Program(arguments)
    #expect(outcome.code == 2, "\(arguments): \(outcome)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("Benchmarks: " + message), "\(arguments): \(outcome.errors)")
    #expect(outcome.errors.hasSuffix("--help\n"))
  }

  @Test(arguments: [
    ("TAPEGRAD_THREADS", "0", "a whole number from 1 to 1024"),
    ("TAPEGRAD_ISA", "nonsense", "one that this processor can run: baseline"),
    ("TAPEGRAD_PIN", "on", "0 or 1"),
    ("TAPEGRAD_MEMORY", "nonsense", "a number of bytes, or one with K, M or G"),
  ])
  func theEnvironmentIsReadStrictly(name: String, value: String, allowed: String) throws {
    let outcome = try Program(
      ["training", "--workload", "lenet", "--seconds", "0.01"], environment: [name: value])
    #expect(outcome.code == 2)
    #expect(
      outcome.errors.hasPrefix("Benchmarks: \(name) is \"\(value)\"; it must be \(allowed)"),
      "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("\nBenchmarks: see Benchmarks --help\n"))
    let help = try Program(["--help"], environment: [name: value])
    #expect(help.code == 0)
    #expect(help.output.contains("\nEnvironment:\n") && help.output.contains("\n  \(name)="))
  }

  @Test func memoryThatDoesNotDoIsOneLine() throws {
    let outcome = try Program(
      ["training", "--workload", "resnet20", "--seconds", "0.01"],
      environment: ["TAPEGRAD_MEMORY": "20M"])
    #expect(outcome.code == 1)
    #expect(outcome.errors.hasPrefix("Benchmarks: out of memory: "), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: ["training", "operations", "compare"])
  func everyCommandExplainsItself(command: String) throws {
    for arguments in [[command, "--help"], [command, "-h"]] {
      let outcome = try Program(arguments)
      #expect(outcome.code == 0)
      #expect(outcome.errors.isEmpty)
      #expect(outcome.output.hasPrefix("Usage: Benchmarks \(command) [options]"))
      #expect(outcome.output.contains("Examples:\n  Benchmarks \(command)"))
    }
  }

  @Test func theOverviewNamesThemAll() throws {
    let outcome = try Program(["--help"])
    #expect(outcome.code == 0)
    for command in ["training", "operations", "compare"] {
      #expect(outcome.output.contains("\n  \(command)"))
    }
  }
}
