import ArgumentParsing
import Kernels
import TapeGrad

/// `Benchmarks operations`
enum OperationsCommand: Command {
  static func run(_ arguments: Arguments) throws {
    Threads.count = try arguments.threads()
    if let count = try arguments.int("random", atLeast: 1, atMost: 100_000) {
      try compareRandom(count, arguments)
      return
    }
    for option in ["seed", "rounds", "peer", "python", "timeout"] where arguments.has(option) {
      throw arguments.error("--\(option) goes with --random N")
    }
    try SingleOperations(
      operations: matching(arguments, OperationCatalog.all) { $0.name },
      seconds: try arguments.seconds("seconds") ?? 0.1,
      asJSON: arguments.has("json")
    ).run()
  }

  private static func compareRandom(_ count: Int, _ arguments: Arguments) throws {
    guard try arguments.choice("peer", among: ["torch"]) != nil else {
      throw arguments.error("--random compares with a peer: --peer torch")
    }
    var generator = RandomConvolutions(seed: try arguments.seed("seed") ?? 1)
    let cases = try matching(arguments, (0..<count).map { _ in generator.next() }) {
      $0.description
    }
    let peer = try TorchPeer.start(
      python: arguments.string("python") ?? "python3", threads: Threads.count,
      patience: try arguments.patience())
    try RandomComparison(
      cases: cases, peer: peer, rounds: try arguments.int("rounds", atLeast: 1) ?? 5,
      asJSON: arguments.has("json")
    ).run()
  }

  /// Those with the text of `--only` in their name, or one of several texts with `|` between them.
  private static func matching<Element>(
    _ arguments: Arguments, _ all: [Element], _ name: (Element) -> String
  ) throws -> [Element] {
    guard let text = arguments.string("only") else { return all }
    let texts = text.split(separator: "|")
    let some = all.filter { element in texts.contains { name(element).contains($0) } }
    guard !some.isEmpty else { throw arguments.error("no operation has '\(text)' in its name") }
    return some
  }

  static let syntax = Syntax(
    command: "operations",
    summary:
      "Time single operations and print their share of what the machine can do; or random "
      + "convolutions, in turn with a peer.",
    groups: [
      .init(
        title: "Options",
        options: [
          .value("only", "TEXT", "operations with this in their name; A|B: either"),
          .threads,
          .value("seconds", "S", "how long each is called (0.1), five times at least"),
          .json,
        ]),
      .init(
        title: "Random convolutions against a peer",
        options: [
          .value("random", "N", "how many, instead of the single operations"),
          .value("seed", "N", "what they are drawn from (1)"),
          .value("rounds", "N", "turns of each side for each case (5)"),
          .value("peer", "NAME", "torch"),
          .value("python", "PATH", "the Python that has it (python3)"),
          .timeout,
        ]),
    ],
    notes: [
      "What the machine can do is measured at the start: fused multiply-adds in registers, and "
        + "a = b + s c on arrays that no cache holds. Arithmetic is counted by the direct method, so "
        + "minimal filtering may exceed the peak; small arrays stay in a cache and may exceed the "
        + "memory.",
      "The peer runs in a process of its own, at its best settings. Each function is timed on its own "
        + "(forward, input gradient, kernel gradient) and all together as one step.",
    ],
    examples: [
      ("Benchmarks operations --only matmul", "one family"),
      (
        "Benchmarks operations --random 200 --seed 1 --peer torch --python venv/bin/python",
        "200 convolutions in some minutes"
      ),
    ])
}
