/// What every notebook may be told on the command line.
package struct NotebookOptions: Equatable {
  package var isQuick = false
  package var seed: UInt64 = 1
  package var data: String?
  package var folder: String?
  package var wantsHelp = false

  package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// Reads `--name value` and `--name=value` in any order. An unknown option, one given twice, a
  /// missing value and a value of the wrong kind are errors that say what would be right.
  package init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    var given: Set<String> = []
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = argument == "-h" ? "--help" : String(parts.first ?? "")
      guard Self.names.contains(name) else {
        throw UsageError(
          description: argument.hasPrefix("-")
            ? "unknown option \(name); there are \(Self.names.joined(separator: ", "))"
            : "takes no argument '\(argument)'; options begin with --")
      }
      guard given.insert(name).inserted else {
        throw UsageError(description: "\(name) is given twice")
      }
      let attached = parts.count == 2 ? String(parts[1]) : nil
      switch name {
      case "--quick", "--help":
        guard attached == nil else { throw UsageError(description: "\(name) takes no value") }
        if name == "--quick" { isQuick = true } else { wantsHelp = true }
      default:
        let next = rest.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        guard let value = attached ?? next, !value.isEmpty else {
          throw UsageError(description: "\(name) wants a value")
        }
        if attached == nil { rest.removeFirst() }
        try set(name, value)
      }
    }
  }

  private static let names = ["--quick", "--seed", "--data", "--out", "--help"]

  private mutating func set(_ name: String, _ value: String) throws(UsageError) {
    switch name {
    case "--seed":
      guard let number = UInt64(value) else {
        throw UsageError(
          description: "--seed wants a whole number from 0 to 2^64 - 1, given '\(value)'")
      }
      seed = number
    case "--data": data = value
    default: folder = value
    }
  }

  static func help(name: String, title: String, data: String?) -> String {
    let dataLine = data ?? "Accepted and not used: everything here is generated."
    return """
      \(title)

      Usage: swift run -c release \(name) [options]

      Options:
        --quick       Do everything, but so little of it that it takes seconds.
        --seed N      Decides everything random; 1 unless given.
        --data DIR    \(dataLine)
        --out DIR     The folder for the report; runs/\(name) unless given.
        --help        Show this help and exit.

      Exit codes: 0 done, 1 run-time failure, 2 wrong usage, 3 data missing or bad.
      """
  }
}
