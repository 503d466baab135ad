import TapeGrad

/// What a comparison found, for people, for the README and for programs.
struct ComparisonTable {
  let others: [Side]
  let threads: Int
  let rounds: Int
  let rows: [Comparison.Row]

  init(others: [Side], threads: Int, rounds: Int, _ rows: [Comparison.Row]) {
    self.others = others
    self.threads = threads
    self.rounds = rounds
    self.rows = rows
  }

  private var header: [String] {
    ["", "ours, ms"] + others.flatMap { ["\($0.title), ms", "ratio"] }
      + ["peak MB, ours" + (others.first?.isPeer == true ? " / \(others[0].title)" : "")]
  }

  private func cells(_ row: Comparison.Row) -> [String] {
    var cells = [row.workload.rawValue, written(row.ours.medians)]
    for index in others.indices {
      cells += [written(row.others[index].medians), ratio(row, index)]
    }
    let ours = row.ours.peakMegabytes
    if others.first?.isPeer == true {
      let theirs = row.others[0].peakMegabytes
      cells.append("\(fixed(ours, 0)) / \(fixed(theirs, 0)) = \(fixed(ours / theirs, 2))")
    } else {
      cells.append(fixed(ours, 0))
    }
    return cells
  }

  /// The median, and in brackets the least and largest of the rounds.
  private func written(_ medians: [Double]) -> String {
    let times = Times(medians)
    let decimals = times.median < 10 ? 2 : times.median < 100 ? 1 : 0
    if medians.count == 1 { return fixed(times.median, decimals) }
    return "\(fixed(times.median, decimals)) (\(fixed(times.fastest, decimals))-"
      + "\(fixed(times.slowest, decimals)))"
  }

  private func ratio(_ row: Comparison.Row, _ other: Int) -> String {
    fixed(Times(row.ratios(other)).median, 2)
  }

  private var caption: String {
    "\(Machine.description), \(Machine.date); \(counted(threads, "thread")), "
      + counted(rounds, "round") + "; medians"
      + (rounds == 1 ? "." : " of the rounds' medians, in brackets their least and largest.")
  }

  var text: String {
    (aligned([header] + rows.map(cells)) + [caption]).joined(separator: "\n")
  }

  /// The table of the README, under the command that makes it.
  func markdown(command: String) -> String {
    var lines = ["`swift run -c release Benchmarks \(command)`", "", caption, ""]
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    lines.append(line(header))
    lines.append("|" + String(repeating: "---|", count: header.count))
    for row in rows {
      var cells = cells(row)
      cells[0] = "`\(cells[0])`"
      lines.append(line(cells))
    }
    return lines.joined(separator: "\n")
  }

  var json: [JSON] {
    rows.map { row in
      var line: JSON.Object = [
        "workload": .string(row.workload.rawValue), "threads": .integer(threads),
        "ours": Self.json(row.ours),
      ]
      for (index, other) in others.enumerated() {
        var side = Self.json(row.others[index]).object!
        side["ratio"] = .number(rounded(Times(row.ratios(index)).median, 3))
        side["memory_ratio"] = .number(
          rounded(row.ours.peakMegabytes / row.others[index].peakMegabytes, 3))
        line[other.title] = .object(side)
      }
      return .object(line)
    }
  }

  private static func json(_ measurement: Comparison.Measurement) -> JSON {
    let times = Times(measurement.medians)
    var side: JSON.Object = [
      "median_ms": .number(rounded(times.median, 3)),
      "least_ms": .number(rounded(times.fastest, 3)),
      "largest_ms": .number(rounded(times.slowest, 3)),
      "peak_rss_mb": .number(rounded(measurement.peakMegabytes, 0)),
    ]
    if !measurement.firstSteps.isEmpty {
      side["first_step_ms"] = .number(rounded(Times(measurement.firstSteps).median, 0))
    }
    return .object(side)
  }
}
