import ArgumentParsing
import Kernels
import TapeGrad

/// `Benchmarks operations`
enum OperationsCommand: Command {
  static func run(_ arguments: Arguments) throws {
    let threads = try arguments.threads()
    guard let count = try arguments.int("random", atLeast: 1, atMost: 100_000) else {
      throw arguments.error("wants --random N")
    }
    guard try arguments.choice("peer", among: ["torch"]) != nil else {
      throw arguments.error("--random compares with a peer: --peer torch")
    }
    var generator = RandomConvolutions(seed: try arguments.seed("seed") ?? 1)
    var cases = (0..<count).map { _ in generator.next() }
    if let only = arguments.string("only") {
      cases = cases.filter { $0.description.contains(only) }
      guard !cases.isEmpty else { throw arguments.error("no convolution matches '\(only)'") }
    }
    Threads.count = threads
    let peer = try TorchPeer.start(
      python: arguments.string("python") ?? "python3", threads: threads)
    try RandomComparison(
      cases: cases, peer: peer, rounds: try arguments.int("rounds", atLeast: 1) ?? 5,
      asJSON: arguments.has("json")
    ).run()
  }

  static let syntax = Syntax(
    command: "operations",
    summary: "Time random convolutions, forward and both gradients, in turn with a peer.",
    groups: [
      .init(
        title: "Options",
        options: [
          .value("only", "TEXT", "cases with this in their description"),
          .threads, .json,
        ]),
      .init(
        title: "Random convolutions against a peer",
        options: [
          .value("random", "N", "how many"),
          .value("seed", "N", "what they are drawn from (1)"),
          .value("rounds", "N", "turns of each side for each case (5)"),
          .value("peer", "NAME", "torch"),
          .value("python", "PATH", "the Python that has it (python3)"),
        ]),
    ],
    notes: ["The peer runs in a process of its own, at its best settings."],
    examples: [
      (
        "Benchmarks operations --random 200 --seed 1 --peer torch --python venv/bin/python",
        "200 convolutions in some minutes"
      )
    ])
}
