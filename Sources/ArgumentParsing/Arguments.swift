/// The command line is not one that the command understands. Ends with exit code 2.
package struct UsageError: Error, CustomStringConvertible {
  package let description: String
  /// The command whose help will explain.
  package var command: String?

  package init(_ description: String, command: String? = nil) {
    self.description = description
    self.command = command
  }
}

/// The arguments of a command, checked against its syntax.
///
/// Options are `--name value` or `--name=value`, in any order, before or after the operand; `--`
/// ends them. Nothing is guessed: an unknown option, one given twice, a missing value and a value
/// that is not of its kind are errors that say what would be right.
package struct Arguments: Sendable {
  package let syntax: Syntax
  package private(set) var operand: String?
  private var values: [String: String] = [:]
  private var flags: Set<String> = []

  package init(_ tokens: [String], for syntax: Syntax) throws {
    self.syntax = syntax
    var rest = tokens[...]
    var acceptsOptions = true
    while let token = rest.popFirst() {
      if acceptsOptions, token == "--" {
        acceptsOptions = false
      } else if acceptsOptions, token == "-h" {
        flags.insert("help")
      } else if acceptsOptions, token.hasPrefix("-"), token.count > 1, Double(token) == nil {
        try take(option: token, from: &rest)
      } else {
        try take(operand: token)
      }
    }
    if flags.contains("help") { return }
    if let wanted = syntax.operand, wanted.isRequired, operand == nil {
      throw error("wants \(wanted.name): \(wanted.help)")
    }
  }

  private mutating func take(option token: String, from rest: inout ArraySlice<String>) throws {
    let parts = token.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let written = String(parts[0])
    let name = String(written.drop { $0 == "-" })
    guard written.hasPrefix("--"), let option = syntax.options.first(where: { $0.name == name })
    else { throw unknown(written, name) }
    guard values[name] == nil, !flags.contains(name) else {
      throw error("\(written) is given twice")
    }
    let attached = parts.count == 2 ? String(parts[1]) : nil
    switch option.kind {
    case .flag:
      guard attached == nil else { throw error("\(written) takes no value") }
      flags.insert(name)
    case .value(let valueName):
      guard let value = attached ?? Self.nextValue(&rest), !value.isEmpty else {
        throw error("\(written) wants a value: \(written) \(valueName)")
      }
      values[name] = value
    case .optionalValue:
      if let value = attached ?? Self.nextValue(&rest) { values[name] = value }
      flags.insert(name)
    }
  }

  /// The next token if it can be a value: not an option, save that `-1` is a number.
  private static func nextValue(_ rest: inout ArraySlice<String>) -> String? {
    guard let next = rest.first, !next.hasPrefix("-") || next == "-" || Double(next) != nil else {
      return nil
    }
    return rest.popFirst()
  }

  private mutating func take(operand token: String) throws {
    guard let wanted = syntax.operand else {
      throw error("takes no argument '\(token)'; options begin with --")
    }
    guard operand == nil else {
      throw error("takes one \(wanted.name), given '\(operand!)' and '\(token)'")
    }
    operand = token
  }

  private func unknown(_ written: String, _ name: String) -> UsageError {
    let near = closest(to: name, among: syntax.options.map(\.name))
    return error(
      "unknown option \(written)" + (near.map { "; did you mean --\($0)?" } ?? ""))
  }

  /// An error about these arguments.
  package func error(_ message: String) -> UsageError {
    UsageError("\(syntax.command): \(message)", command: syntax.command)
  }

  // MARK: - Reading values

  package func has(_ flag: String) -> Bool { flags.contains(flag) || values[flag] != nil }

  package func string(_ name: String) -> String? { values[name] }

  package func int(_ name: String, atLeast least: Int = 0, atMost most: Int = .max) throws -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), value >= least, value <= most else {
      let range = most == .max ? "of at least \(least)" : "from \(least) to \(most)"
      throw error("--\(name) wants a whole number \(range), given '\(text)'")
    }
    return value
  }

  package func seed(_ name: String) throws -> UInt64? {
    guard let text = values[name] else { return nil }
    guard let value = UInt64(text) else {
      throw error("--\(name) wants a whole number from 0 to 2^64 - 1, given '\(text)'")
    }
    return value
  }

  package func double(_ name: String, _ meaning: String, where isValid: (Double) -> Bool) throws
    -> Double?
  {
    guard let text = values[name] else { return nil }
    guard let value = Double(text), value.isFinite, isValid(value) else {
      throw error("--\(name) wants \(meaning), given '\(text)'")
    }
    return value
  }

  package func choice(_ name: String, among choices: [String]) throws -> String? {
    guard let text = values[name] else { return nil }
    guard choices.contains(text) else {
      let near = closest(to: text, among: choices)
      throw error(
        "--\(name) is one of \(choices.joined(separator: ", ")), given '\(text)'"
          + (near.map { "; did you mean \($0)?" } ?? ""))
    }
    return text
  }
}
