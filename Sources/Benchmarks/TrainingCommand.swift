import ArgumentParsing
import Foundation
import TapeGrad

/// `Benchmarks training`
enum TrainingCommand: Command {
  static func run(_ arguments: Arguments) throws {
    guard let name = arguments.string("workload") else {
      throw arguments.error("wants --workload NAME: \(names.joined(separator: ", "))")
    }
    _ = try arguments.choice("workload", among: names)
    var settings = TrainingRun.Settings()
    settings.workload = Workload(rawValue: name)!
    settings.threads = try arguments.threads()
    let algorithms = ConvolutionAlgorithm.allCases.map(\.rawValue)
    if let algorithm = try arguments.choice("algorithm", among: algorithms) {
      settings.algorithm = ConvolutionAlgorithm(rawValue: algorithm)!
    }
    settings.handwritten =
      try arguments.choice("activation", among: ["relu", "handwritten"]) == "handwritten"
    if settings.handwritten, !settings.workload.takesActivation {
      throw arguments.error("--activation is for resnet20 and resnet18, not for \(name)")
    }
    let seconds = try arguments.seconds("seconds") ?? 3
    let run = TrainingRun(settings)
    if arguments.has("serve") {
      serve(run)
    } else {
      report(run, seconds: seconds, asJSON: arguments.has("json"))
    }
  }

  /// Answers requests for timed steps until standard input ends; what `compare` starts.
  private static func serve(_ run: TrainingRun) {
    answer(["first_step_ms": run.firstStep.map { .number(rounded($0, 1)) } ?? .null])
    while let line = readLine() {
      guard let request = try? JSON(parsing: line), let seconds = request["seconds"]?.double else {
        answer(["error": .string("wants {\"seconds\": S}, given '\(line)'")])
        continue
      }
      // The first step after a pause finds cold caches and sleeping threads.
      run.step()
      let times = timed(seconds: seconds) { run.step() }
      answer([
        "times_ms": .array(times.map { .number($0) }),
        "peak_rss_mb": .number(ProcessUsage.peakMegabytes),
      ])
    }
  }

  private static func answer(_ json: JSON) {
    FileHandle.standardOutput.write(Data("\(json)\n".utf8))
  }

  private static func report(_ run: TrainingRun, seconds: Double, asJSON: Bool) {
    let before = ProcessUsage.pageFaults
    let milliseconds = timed(seconds: seconds, least: 7, most: 3000) { run.step() }
    let faults = Double(ProcessUsage.pageFaults - before) / Double(milliseconds.count)
    let times = Times(milliseconds)
    let perSecond = 1e3 / times.median
    let images = Double(run.workload.images.shape[0]) * perSecond
    let gflops = run.workload.floatOperations * perSecond * 1e-9
    let peak = Int(ProcessUsage.peakMegabytes.rounded())
    let name = run.settings.workload.rawValue
    if asJSON {
      let line: JSON = [
        "workload": .string(name), "threads": .integer(run.settings.threads),
        "median_ms": .number(rounded(times.median, 3)),
        "min_ms": .number(rounded(times.fastest, 3)),
        "images_per_second": .number(rounded(images, 1)), "peak_rss_mb": .integer(peak),
        "page_faults_per_step": .number(rounded(faults, 2)), "gflops": .number(rounded(gflops, 1)),
        "steps": .integer(milliseconds.count),
        "first_step_ms": run.firstStep.map { .number(rounded($0, 0)) } ?? .null,
      ]
      print(line)
    } else {
      print(
        "\(name), \(counted(run.settings.threads, "thread")): \(fixed(times.median, 2)) ms a step (fastest "
          + "\(fixed(times.fastest, 2)), \(milliseconds.count) steps), \(fixed(images, 0)) images/s, "
          + "\(fixed(gflops, 0)) GFLOP/s, peak \(peak) MB, \(fixed(faults, 2)) page faults a step, first step "
          + "\(run.firstStep.map { fixed($0, 0) } ?? "?") ms after the start")
    }
  }

  private static var names: [String] { Workload.allCases.map(\.rawValue) }

  static let syntax = Syntax(
    command: "training",
    summary:
      "Time one training step (forward, loss, backward, SGD with momentum) and print the median.",
    groups: [
      .init(
        title: "Options",
        options: [
          .value("workload", "NAME", names.joined(separator: ", ")),
          .threads,
          .value("seconds", "S", "how long to measure, after four steps (3); seven steps at least"),
          .value(
            "algorithm", "NAME",
            "how convolutions are computed: "
              + ConvolutionAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")),
          .value(
            "activation", "NAME",
            "relu (as published), or handwritten: x tanh(log(1 + exp(x))); the ResNets'"),
          .json,
          .flag("serve", "time steps on request over standard input, as compare does"),
        ])
    ],
    notes: [
      "gflops counts the operations of the direct method, so minimal filtering may exceed the "
        + "machine's peak. first_step_ms runs from the start of the process to the end of the "
        + "first step. A peak_rss_mb is 2^20 bytes."
    ],
    examples: [
      ("Benchmarks training --workload resnet18 --threads 2 --json", "one JSON line")
    ])
}
