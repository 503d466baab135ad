import Foundation

/// Our side of every speed claim.
enum Benchmarks {
  static let usage = """
    usage: Benchmarks training --workload NAME [--threads N] [--seconds S] [--json]

    Times one training step (forward, loss, backward, SGD with momentum) and prints the median.
    workloads: \(Workload.allCases.map(\.rawValue).joined(separator: ", "))
    Run it in turn with the peer's script, which trains the same networks on the same shapes.
    """

  /// Runs a command; its exit code.
  static func run(_ arguments: [String]) -> Int32 {
    guard arguments.first == "training" else {
      print(usage)
      return arguments.first == "--help" ? 0 : 2
    }
    var options = TrainingBenchmark.Options()
    var rest = arguments.dropFirst()
    while let option = rest.popFirst() {
      switch option {
      case "--json": options.json = true
      case "--workload":
        guard let name = rest.popFirst(), let workload = Workload(rawValue: name) else {
          return wrong("--workload wants a name")
        }
        options.workload = workload
      case "--threads":
        guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else {
          return wrong("--threads wants a positive number")
        }
        options.threads = count
      case "--seconds":
        guard let seconds = rest.popFirst().flatMap({ Double($0) }), seconds > 0 else {
          return wrong("--seconds wants a positive number")
        }
        options.seconds = seconds
      default: return wrong("unknown option \(option)")
      }
    }
    TrainingBenchmark(options).run()
    return 0
  }

  private static func wrong(_ message: String) -> Int32 {
    FileHandle.standardError.write(Data("Benchmarks: \(message)\n\(usage)\n".utf8))
    return 2
  }
}
