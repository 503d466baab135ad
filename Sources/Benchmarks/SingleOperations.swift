import Foundation
import TapeGrad

/// `Benchmarks operations`: each operation on its own, with its share of what the machine can do.
struct SingleOperations {
  let operations: [Operation]
  let seconds: Double
  let asJSON: Bool

  func run() {
    let peaks = Peaks.measure()
    if asJSON {
      let line: JSON = [
        "machine": .string(Machine.description), "threads": .integer(threadCount),
        "peak_gflops": .number(rounded(peaks.gflops, 1)),
        "peak_gigabytes_per_second": .number(rounded(peaks.gigabytesPerSecond, 1)),
        "handover_ns": peaks.handoverNanoseconds.map { .number(rounded($0, 0)) } ?? .null,
      ]
      print(line)
    } else {
      print(
        "\(Machine.description), \(counted(threadCount, "thread")): \(fixed(peaks.gflops, 0)) GFLOP/s of fused "
          + "multiply-adds, \(fixed(peaks.gigabytesPerSecond, 1)) GB/s from and to memory"
          + (peaks.handoverNanoseconds.map {
            ", \(fixed($0, 0)) ns for a line to another thread and back"
          } ?? "") + "\n")
      let head = ["median ms", "fastest", "speed", "share of peak"]
      print(row("operation", head))
    }
    for operation in operations {
      let body = operation.make()
      for _ in 0..<2 { body() }
      let times = Times(timed(seconds: seconds, least: 5, most: 2000, body))
      print(asJSON ? "\(json(operation, times, peaks))" : text(operation, times, peaks))
      fflush(nil)
    }
  }

  private func rate(_ work: Operation.Work, _ milliseconds: Double) -> Double {
    switch work {
    case .arithmetic(let amount), .traffic(let amount): amount / milliseconds * 1e-6
    }
  }

  private func share(_ work: Operation.Work, _ rate: Double, _ peaks: Peaks) -> Double {
    switch work {
    case .arithmetic: rate / peaks.gflops
    case .traffic: rate / peaks.gigabytesPerSecond
    }
  }

  private func json(_ operation: Operation, _ times: Times, _ peaks: Peaks) -> JSON {
    let rate = rate(operation.work, times.median)
    var line: JSON.Object = [
      "operation": .string(operation.name), "median_ms": .number(rounded(times.median, 4)),
      "min_ms": .number(rounded(times.fastest, 4)), "calls": .integer(times.sorted.count),
    ]
    let unit =
      switch operation.work {
      case .arithmetic: "gflops"
      case .traffic: "gigabytes_per_second"
      }
    line[unit] = .number(rounded(rate, 2))
    line["share"] = .number(rounded(share(operation.work, rate, peaks), 3))
    return .object(line)
  }

  private func text(_ operation: Operation, _ times: Times, _ peaks: Peaks) -> String {
    let rate = rate(operation.work, times.median)
    let unit =
      switch operation.work {
      case .arithmetic: "GFLOP/s"
      case .traffic: "GB/s"
      }
    return row(
      operation.name,
      [
        fixed(times.median, 3), fixed(times.fastest, 3), "\(fixed(rate, 0)) \(unit)",
        "\(fixed(100 * share(operation.work, rate, peaks), 0)) %",
      ])
  }

  /// Rows are printed as they come, so the first column is as wide as the longest name.
  private func row(_ name: String, _ cells: [String]) -> String {
    let width = operations.map(\.name.count).max() ?? 0
    let blanks = String(repeating: " ", count: max(0, width - name.count))
    let columns = cells.map { String(repeating: " ", count: max(0, 15 - $0.count)) + $0 }
    return name + blanks + columns.joined()
  }
}
