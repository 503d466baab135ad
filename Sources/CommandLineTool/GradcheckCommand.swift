import ArgumentParsing
import GradientChecking
import TapeGrad

/// `tapegrad gradcheck`
enum GradcheckCommand: Command {
  static func run(_ arguments: Arguments) throws -> Int32 {
    try setThreads(arguments)
    let only = arguments.string("only")
    if Registry.cases(matching: only).isEmpty {
      let subjects = Set(Registry.cases.map(\.subject)).sorted()
      let near = closest(to: only ?? "", among: subjects)
      throw arguments.error(
        "no check matches '\(only ?? "")'" + (near.map { "; did you mean \($0)?" } ?? ""))
    }
    let isSilent = arguments.has("json")
    let summary = runRegistry(
      only: only, seed: try arguments.seed("seed") ?? 0,
      mode: arguments.has("elements") ? .full : .projection
    ) { done, total, row in
      guard !isSilent else { return }
      if !row.passes {
        Terminal.say("\(row.family)/\(row.name): \(row.verdict)")
        Terminal.say(row.report)
      } else {
        Terminal.show("\(done)/\(total)  \(row.family)/\(row.name)")
      }
    }
    Terminal.clearLine()
    if isSilent {
      let failures = summary.rows.filter { !$0.passes }.map { row -> JSON in
        [
          "family": .string(row.family), "name": .string(row.name),
          "verdict": .string("\(row.verdict)"),
        ]
      }
      let json: JSON = [
        "primitives": .integer(summary.primitives), "cases": .integer(summary.cases),
        "failed": .integer(summary.failed), "vacuous": .integer(summary.vacuous),
        "seed": .string("\(summary.seed)"), "failures": .array(failures),
      ]
      Terminal.say("\(json)")
    } else {
      Terminal.say(
        "\(summary.cases) cases over \(summary.primitives) primitives: \(summary.failed) failed, "
          + "\(summary.vacuous) vacuous")
    }
    return summary.passes ? ExitCode.done : ExitCode.failure
  }

  static let syntax = Syntax(
    command: "gradcheck",
    summary:
      "Compare every gradient rule with finite differences in float64, first and second order: "
      + "each primitive, each layer, one block of each model.",
    groups: [
      .init(
        title: "Options",
        options: [
          .value("only", "NAME", "checks of this family, subject, or with this in their name"),
          .value("seed", "N", "what the random inputs come from (0)"),
          .flag("elements", "compare element by element: slower, and names the wrong one"),
          .flag("json", "print one JSON object"),
          .value("threads", "N", "threads to compute with (all processors)"),
        ])
    ],
    notes: [
      "Ends with exit code 1 if a gradient is wrong, or if a check would also pass with a gradient of "
        + "zero (vacuous)."
    ],
    examples: [
      ("tapegrad gradcheck --json", "everything, for a script"),
      ("tapegrad gradcheck --only convolution", "one family"),
    ])
}
