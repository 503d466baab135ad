import ArgumentParsing
import Foundation

/// `Benchmarks compare`
enum CompareCommand: Command {
  static func run(_ arguments: Arguments) throws {
    let threads = try arguments.threads()
    var others: [Side] = []
    if try arguments.choice("peer", among: ["torch"]) != nil {
      let python = arguments.string("python") ?? "python3"
      others.append(.torch(python: python, .best))
      if arguments.has("installed") { others.append(.torch(python: python, .installed)) }
      if arguments.has("bfloat16") { others.append(.torch(python: python, .bfloat16)) }
    } else if let option = ["python", "installed", "bfloat16"].first(where: arguments.has) {
      throw arguments.error("--\(option) is the peer's: it wants --peer torch")
    }
    if arguments.has("second-thread") {
      guard threads > 1 else { throw arguments.error("--second-thread wants --threads 2 or more") }
      others.append(.oursOnOneThread)
    }
    let workloads = try workloads(arguments)
    if arguments.has("handwritten") {
      guard workloads.allSatisfy(\.takesActivation) else {
        throw arguments.error("--handwritten wants --workloads of resnet20, resnet18")
      }
      others.append(.oursHandwritten)
    }
    guard !others.isEmpty else {
      throw arguments.error(
        "wants something to compare with: --peer torch, --second-thread or --handwritten")
    }
    if arguments.has("json"), arguments.has("markdown") {
      throw arguments.error("--json and --markdown are two forms of one table; choose one")
    }
    let comparison = Comparison(
      workloads: workloads, others: others, threads: threads,
      rounds: try arguments.int("rounds", atLeast: 1, atMost: 1000) ?? 3,
      seconds: try arguments.seconds("seconds") ?? 0.5, patience: try arguments.patience())
    let rows = try comparison.run { Benchmarks.complain($0) }
    let table = ComparisonTable(others: others, threads: threads, rounds: comparison.rounds, rows)
    if arguments.has("json") {
      for line in table.json { print(line) }
    } else if arguments.has("markdown") {
      print(table.markdown(command: command))
    } else {
      print(table.text)
    }
  }

  /// What was typed, save where this machine keeps its Python.
  private static var command: String {
    var words = Array(CommandLine.arguments.dropFirst())
    for (index, word) in words.enumerated() {
      if word.hasPrefix("--python=") { words[index] = "--python=PATH" }
      if word == "--python", index + 1 < words.count { words[index + 1] = "PATH" }
    }
    return words.joined(separator: " ")
  }

  private static func workloads(_ arguments: Arguments) throws -> [Workload] {
    guard let text = arguments.string("workloads") else { return Workload.allCases }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let workload = Workload(rawValue: String(name)) else {
        let near = closest(to: String(name), among: names)
        throw arguments.error(
          "--workloads are of \(names.joined(separator: ", ")), given '\(name)'"
            + (near.map { "; did you mean \($0)?" } ?? ""))
      }
      return workload
    }
  }

  private static var names: [String] { Workload.allCases.map(\.rawValue) }

  static let syntax = Syntax(
    command: "compare",
    summary:
      "Time training steps of ours and of a peer in turn, each in a process of its own, and print "
      + "the ratios.",
    groups: [
      .init(
        title: "What with",
        options: [
          .value("peer", "NAME", "torch"),
          .value("python", "PATH", "the Python that has it (python3)"),
          .flag("installed", "also the peer without settings, as it is installed"),
          .flag("bfloat16", "also the peer in bfloat16 (autocast)"),
          .flag("second-thread", "also ours on one thread"),
          .flag("handwritten", "also ours with a hand-written activation (the ResNets)"),
        ]),
      .init(
        title: "What",
        options: [
          .value("workloads", "A,B", "of \(names.joined(separator: ", ")) (all)"),
          .threads,
          .value("rounds", "N", "new processes for each side, one round after another (3)"),
          .value(
            "seconds", "S", "how long one turn measures (0.5), one step at least; a round has four"),
          .timeout,
        ]),
      .init(
        title: "Output",
        options: [.flag("markdown", "the table of the README"), .json]),
    ],
    notes: [
      "Every side warms up with four steps. Then the sides take turns; a turn begins with a step that "
        + "is not timed. A time is the median of the rounds' medians, the spread their least and "
        + "largest, a ratio the median of the rounds' ratios: the other side's time by ours. A line "
        + "for each round tells of the progress on standard error."
    ],
    examples: [
      (
        "Benchmarks compare --peer torch --python venv/bin/python --markdown",
        "the table of the README"
      ),
      (
        "Benchmarks compare --second-thread --workloads resnet18,unet32",
        "what the second thread brings"
      ),
    ])
}
