import ArgumentParsing
import GradientChecking
import TapeGrad

/// `tapegrad gradcheck`
enum GradcheckCommand: Command {
  static func run(_ arguments: Arguments) throws -> Int32 {
    try setThreads(arguments)
    if arguments.has("page") {
      Terminal.say(String(Registry.operationsPage().dropLast()))
      return ExitCode.done
    }
    let only = arguments.string("only")
    if Registry.cases(matching: only).isEmpty {
      let subjects = Set(Registry.cases.map(\.subject)).sorted()
      let near = closest(to: only ?? "", among: subjects)
      let families = Set(Registry.cases.map(\.family)).sorted().joined(separator: ", ")
      throw arguments.error(
        "no check matches '\(only ?? "")'; "
          + (near.map { "did you mean \($0)?" } ?? "the families are \(families)"))
    }
    let seed = try arguments.seed("seed") ?? 0
    let isSilent = arguments.has("json")
    if arguments.has("mutants") { return checkRulesBroken(only, seed, isSilent: isSilent) }
    return checkRules(only, seed, arguments.has("full") ? .full : .projection, isSilent: isSilent)
  }

  // MARK: - The rules

  private static func checkRules(
    _ only: String?, _ seed: UInt64, _ mode: CheckMode, isSilent: Bool
  ) -> Int32 {
    let summary = runRegistry(only: only, seed: seed, mode: mode) { done, total, row in
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
          "verdict": .string("\(row.verdict)"), "report": .string(row.report),
        ]
      }
      let json: JSON = [
        "primitives": .integer(summary.primitives),
        "functions": .integer(summary.functions), "cases": .integer(summary.cases),
        "failed": .integer(summary.failed), "vacuous": .integer(summary.vacuous),
        "seed": .string("\(summary.seed)"), "failures": .array(failures),
      ]
      Terminal.say("\(json)")
    } else {
      tableOfFamilies(summary).forEach { Terminal.say($0) }
      Terminal.say()
      Terminal.say(
        "\(summary.cases) cases of \(summary.functions) functions over \(summary.primitives) primitives, "
          + "seed \(seed): "
          + "\(summary.failed) failed, \(summary.vacuous) vacuous")
    }
    return summary.passes ? ExitCode.done : ExitCode.failure
  }

  private static func tableOfFamilies(_ summary: RegistrySummary) -> [String] {
    var order: [String] = []
    var families: [String: [RegistrySummary.Row]] = [:]
    for row in summary.rows {
      if families[row.family] == nil { order.append(row.family) }
      families[row.family, default: []].append(row)
    }
    let rows = order.map { name -> [String] in
      let rows = families[name]!
      let seconds = rows.reduce(0) { $0 + $1.seconds }
      return [
        name, "\(Set(rows.map(\.subject)).count)", "\(rows.count)",
        "\(rows.count { !$0.passes && !$0.isVacuous })", "\(rows.count { $0.isVacuous })",
        NumberFormat.fixed(seconds, 2),
      ]
    }
    return aligned([["family", "subjects", "cases", "failed", "vacuous", "seconds"]] + rows)
  }

  /// Columns as wide as their widest cell, the first to the left.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : blanks + cell
      }.joined(separator: "  ")
    }
  }

  // MARK: - The checker

  private static func checkRulesBroken(_ only: String?, _ seed: UInt64, isSilent: Bool) -> Int32 {
    let summary = runMutants(only: only, seed: seed) { done, total, row in
      guard !isSilent else { return }
      if row.outcome == .survived {
        Terminal.say("not caught: \(row.mutant)")
      } else {
        Terminal.show("\(done)/\(total)  \(row.mutant)")
      }
    }
    Terminal.clearLine()
    if isSilent {
      let json: JSON = [
        "mutants": .integer(summary.mutants), "caught": .integer(summary.caught),
        "seed": .string("\(seed)"),
        "survivors": .array(summary.survivors.map { .string("\($0)") }),
        "changing nothing": .array(summary.changingNothing.map { .string("\($0)") }),
      ]
      Terminal.say("\(json)")
    } else {
      Terminal.say(
        "\(summary.mutants) broken rules, seed \(seed): \(summary.caught) caught; "
          + "\(summary.changingNothing.count) more change nothing")
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
          .flag("full", "measure every element: slower than random directions"),
          .flag("mutants", "break each rule in each way, and check that the checker notices"),
          .flag("json", "print one JSON object"),
          .flag("page", "print the guide page 'Every operation', made from the checks"),
          .value("threads", "N", "threads to compute with (all processors)"),
        ])
    ],
    notes: [
      "By default each input is displaced along random directions, and element by element where that "
        + "disagrees.",
      "Ends with exit code 1 if a gradient is wrong, or if a check would also pass with a gradient of "
        + "zero (vacuous); with --mutants, if a broken rule is not noticed.",
    ],
    examples: [
      ("tapegrad gradcheck --json", "everything, for a script"),
      ("tapegrad gradcheck --only convolution --full", "one family, every element"),
      ("tapegrad gradcheck --mutants", "the checker itself"),
    ])
}
