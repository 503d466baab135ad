import Foundation

/// Times of the same thing, and what is said about them.
struct Times {
  /// Milliseconds, ascending.
  let sorted: [Double]

  /// Stops when there are none.
  init(_ milliseconds: [Double]) {
    precondition(!milliseconds.isEmpty, "no times to speak about")
    sorted = milliseconds.sorted()
  }

  var median: Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  var fastest: Double { sorted[0] }
  var slowest: Double { sorted[sorted.count - 1] }
}

/// Calls `body` at least `least` times, then until the seconds are over or it was called `most`
/// times; the milliseconds of each call.
func timed(seconds: Double, least: Int = 1, most: Int = .max, _ body: () -> Void) -> [Double] {
  let clock = ContinuousClock()
  let begin = clock.now
  var times: [Double] = []
  while times.count < least
    || (times.count < most && (clock.now - begin).milliseconds < seconds * 1e3)
  {
    times.append(clock.measure(body).milliseconds)
  }
  return times
}

extension Duration {
  var milliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
  }
}

/// "1 round", "2 rounds".
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

/// A number with a fixed count of decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}

/// Rounded for JSON, so that lines stay readable.
func rounded(_ value: Double, _ decimals: Int) -> Double {
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  return (value * scale).rounded() / scale
}

/// Columns as wide as their longest cell: the first aligned left, the others right.
func aligned(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    row.enumerated().map { column, text in
      let blanks = String(repeating: " ", count: widths[column] - text.count)
      return column == 0 ? text + blanks : blanks + text
    }.joined(separator: "  ")
  }
}
