import Foundation
import TapeGrad

/// What takes turns with our side.
enum Side: Hashable {
  case torch(python: String, TorchPeer.Manner)
  case oursOnOneThread
  case oursHandwritten

  var title: String {
    switch self {
    case .torch(_, .best): "PyTorch"
    case .torch(_, .bfloat16): "PyTorch bfloat16"
    case .torch(_, .installed): "PyTorch as installed"
    case .oursOnOneThread: "one thread"
    case .oursHandwritten: "handwritten"
    }
  }

  /// Whether memory is compared with this side's.
  var isPeer: Bool {
    if case .torch = self { true } else { false }
  }
}

/// Training steps of several sides, in turn.
struct Comparison {
  let workloads: [Workload]
  let others: [Side]
  let threads: Int
  let rounds: Int
  let seconds: Double
  /// How many seconds a side may take for an answer, besides those.
  let patience: Double
  static let turns = 4
  /// Between turns: the threads of a peer may spin for some milliseconds before they sleep, ours spin
  /// for a fifth of one.
  static let pause = 0.02

  /// What one side showed over the rounds.
  struct Measurement {
    /// The medians of the rounds, in milliseconds.
    var medians: [Double] = []
    var peakMegabytes = 0.0
    var firstSteps: [Double] = []
  }

  /// One workload; the first measurement is ours.
  struct Row {
    let workload: Workload
    var ours = Measurement()
    var others: [Measurement]

    /// How many times ours is faster than another side, one ratio for each round.
    func ratios(_ other: Int) -> [Double] {
      zip(others[other].medians, ours.medians).map { $0 / $1 }
    }
  }

  func run(progress: (String) -> Void) throws -> [Row] {
    try workloads.map { workload in
      var row = Row(workload: workload, others: others.map { _ in Measurement() })
      for round in 1...rounds {
        try measure(&row)
        let times = ([row.ours] + row.others).map { fixed($0.medians.last!, 2) }
        progress("\(workload.rawValue), round \(round): \(times.joined(separator: " / ")) ms")
      }
      return row
    }
  }

  /// One round: new processes, turns, the median of each.
  private func measure(_ row: inout Row) throws {
    let workload = row.workload
    var sides = [try startOurs(workload, threads: threads)]
    for other in others { sides.append(try start(other, workload)) }
    var times = sides.map { _ in [Double]() }
    var peaks = sides.map { _ in 0.0 }
    for _ in 0..<Self.turns {
      for (index, side) in sides.enumerated() {
        Thread.sleep(forTimeInterval: Self.pause)
        let answer = try side.process.ask(
          ["request": "steps", "seconds": .number(seconds)], workFor: seconds)
        times[index] += try answer.numbers("times_ms", from: side.process)
        peaks[index] = try answer.number("peak_rss_mb", from: side.process)
      }
    }
    func add(_ index: Int, to measurement: inout Measurement) {
      measurement.medians.append(Times(times[index]).median)
      measurement.peakMegabytes = max(measurement.peakMegabytes, peaks[index])
      if let first = sides[index].firstStep { measurement.firstSteps.append(first) }
    }
    add(0, to: &row.ours)
    for index in others.indices { add(index + 1, to: &row.others[index]) }
  }

  // MARK: - Starting

  private struct Started {
    let process: LineProcess
    let firstStep: Double?
  }

  private func start(_ side: Side, _ workload: Workload) throws -> Started {
    switch side {
    case .oursOnOneThread: return try startOurs(workload, threads: 1)
    case .oursHandwritten:
      return try startOurs(workload, threads: threads, ["--activation", "handwritten"])
    case .torch(let python, let manner):
      let process = try TorchPeer.start(
        python: python, threads: threads, manner, patience: patience)
      let answer = try process.ask([
        "request": "training", "workload": .string(workload.rawValue),
        "bfloat16": .bool(manner == .bfloat16), "channels_last": .bool(manner != .installed),
      ])
      return Started(process: process, firstStep: answer["first_step_ms"]?.double)
    }
  }

  private func startOurs(
    _ workload: Workload, threads: Int, _ more: [String] = []
  ) throws -> Started {
    let process = try LineProcess(
      "ours", Self.thisProgram,
      ["training", "--workload", workload.rawValue, "--threads", "\(threads)", "--serve"]
        + more,
      settings: [:], patience: patience)
    return Started(process: process, firstStep: try process.read()["first_step_ms"]?.double)
  }

  private static var thisProgram: URL {
    #if os(Linux)
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
    #endif
  }
}
