import Foundation
import Kernels
import TapeGrad

/// `Benchmarks operations --random`: random convolutions, ours and a peer's in turn.
struct RandomComparison {
  let cases: [ConvolutionCase]
  let peer: LineProcess
  let rounds: Int
  let asJSON: Bool
  /// How long a function is called in one turn; twice at least.
  static let turnSeconds = 0.008
  /// Between turns: the threads of a peer may spin for some milliseconds before they sleep, ours spin
  /// for a fifth of one.
  static let pause = 0.01

  /// Milliseconds of one function of one case, and how much faster ours is.
  struct Result {
    let sizes: ConvolutionCase
    let function: ConvolutionFunction
    let ours: Double
    let theirs: Double
    var ratio: Double { theirs / ours }
  }

  func run() throws {
    var results: [Result] = []
    for (index, sizes) in cases.enumerated() {
      let measured = try measure(sizes)
      results += measured
      report(measured, sizes, index)
    }
    summarize(results)
  }

  /// Rounds of ours and theirs in turn; of each side the median of its turns' medians.
  private func measure(_ sizes: ConvolutionCase) throws -> [Result] {
    let ours = ConvolutionBenchmark(sizes)
    _ = try peer.ask(sizes.request)
    var ourTimes: [ConvolutionFunction: [Double]] = [:]
    var theirTimes: [ConvolutionFunction: [Double]] = [:]
    for _ in 0..<rounds {
      Thread.sleep(forTimeInterval: Self.pause)
      for function in ConvolutionFunction.allCases {
        let times = timed(seconds: Self.turnSeconds, least: 2) { ours.run(function) }
        ourTimes[function, default: []].append(Times(times).median)
      }
      Thread.sleep(forTimeInterval: Self.pause)
      let answer = try peer.ask(["request": "functions", "seconds": .number(Self.turnSeconds)])
      for function in ConvolutionFunction.allCases {
        theirTimes[function, default: []].append(try answer.number(function.rawValue, from: peer))
      }
    }
    return ConvolutionFunction.allCases.map { function in
      Result(
        sizes: sizes, function: function, ours: Times(ourTimes[function]!).median,
        theirs: Times(theirTimes[function]!).median)
    }
  }

  // MARK: - What is said

  private func report(_ results: [Result], _ sizes: ConvolutionCase, _ index: Int) {
    if asJSON {
      var line: JSON.Object = [
        "case": .integer(index), "sizes": .string(sizes.description),
        "multiply_adds": .integer(sizes.multiplyAdds),
      ]
      for result in results { line[result.function.rawValue] = result.json }
      print(JSON.object(line))
    } else {
      let cells = results.map { result in
        "\(result.function.title) \(fixed(result.ours, 3))/\(fixed(result.theirs, 3)) "
          + "= \(fixed(result.ratio, 2))"
      }
      print("\(index) \(sizes.description): \(cells.joined(separator: ", "))")
    }
    fflush(nil)
  }

  private func summarize(_ results: [Result]) {
    let functions = results.filter { $0.function != .total }
    let groups: [(String, [Result])] =
      [("functions", functions)]
      + ConvolutionFunction.allCases.map { function in
        (function.title, results.filter { $0.function == function })
      }
    if asJSON {
      var summary: JSON.Object = [:]
      for (name, group) in groups { summary[name] = Self.summary(of: group) }
      print(JSON.object(["summary": .object(summary)]))
      return
    }
    print("\n\(cases.count) convolutions, milliseconds ours/\(peer.name), ratio = theirs / ours")
    var rows = [["", "median ratio", "least", "below 0.9", "below 1.0", "of"]]
    for (name, group) in groups {
      let ratios = Times(group.map(\.ratio))
      rows.append([
        name == "functions" ? "forward and both gradients" : name, fixed(ratios.median, 2),
        fixed(ratios.fastest, 2), "\(Self.count(group, below: 0.9))",
        "\(Self.count(group, below: 1))", "\(group.count)",
      ])
    }
    print(aligned(rows).joined(separator: "\n"))
    for (title, group) in [("functions", functions), ("totals", groups.last!.1)] {
      print("\nThe ten worst \(title):")
      let worst = group.sorted { $0.ratio < $1.ratio }.prefix(10)
      print(aligned(worst.map(\.row)).joined(separator: "\n"))
    }
  }

  private static func count(_ results: [Result], below limit: Double) -> Int {
    results.count { $0.ratio < limit }
  }

  private static func summary(of results: [Result]) -> JSON {
    let ratios = Times(results.map(\.ratio))
    return [
      "median_ratio": .number(rounded(ratios.median, 3)),
      "least_ratio": .number(rounded(ratios.fastest, 3)),
      "below_0.9": .integer(count(results, below: 0.9)),
      "below_1.0": .integer(count(results, below: 1)), "count": .integer(results.count),
    ]
  }
}

extension RandomComparison.Result {
  fileprivate var json: JSON {
    [
      "ours_ms": .number(rounded(ours, 4)), "peer_ms": .number(rounded(theirs, 4)),
      "ratio": .number(rounded(ratio, 3)),
      "gflops": .number(rounded(speed, 1)),
    ]
  }

  /// Ours, in GFLOP/s of the direct method; the total does its operations three times.
  fileprivate var speed: Double {
    Double(2 * sizes.multiplyAdds * (function == .total ? 3 : 1)) / ours * 1e-6
  }

  fileprivate var row: [String] {
    [
      sizes.description, function.title, fixed(ours, 3), fixed(theirs, 3), fixed(ratio, 2),
      "\(fixed(speed, 0)) GFLOP/s",
    ]
  }
}
