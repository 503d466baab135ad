import ArgumentParsing
import Foundation
import TapeGrad
import Tensors

/// The program `Benchmarks`: both sides of every speed claim. Finds the command, runs it, and turns
/// what it throws into a line and an exit code.
enum Benchmarks {
  static var commands: [any Command.Type] {
    [TrainingCommand.self, OperationsCommand.self, CompareCommand.self]
  }

  static func main() {
    // A peer that ends early is noticed where its answer is missing.
    signal(SIGPIPE, SIG_IGN)
    Failure.ofProgram = Failure.Handler { message in
      complain(message)
      exit(ExitCode.failure)
    }
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs a command; its exit code.
  private static func run(_ tokens: [String]) -> Int32 {
    do {
      guard let first = tokens.first else { throw unknown("no command given") }
      if ["--help", "-h", "help"].contains(first) {
        print(overview)
        return ExitCode.done
      }
      guard let command = commands.first(where: { $0.syntax.command == first }) else {
        throw unknown("unknown command '\(first)'", closest(to: first, among: names))
      }
      let arguments = try Arguments(Array(tokens.dropFirst()), for: command.syntax)
      if arguments.has("help") {
        print(Help.text(of: command.syntax, program: "Benchmarks", exitCodes: ExitCode.list))
        return ExitCode.done
      }
      try checkEnvironment()
      try command.run(arguments)
      return ExitCode.done
    } catch let error as UsageError {
      complain("\(error)")
      complain("see Benchmarks \(error.command.map { "\($0) " } ?? "")--help")
      return ExitCode.usage
    } catch {
      complain("\(error)")
      return (error as? PeerError)?.isMissing == true ? ExitCode.missing : ExitCode.failure
    }
  }

  /// Says what is wrong with a variable before anything is measured.
  private static func checkEnvironment() throws {
    do throws(Environment.Fault) {
      _ = try Environment(reading: Environment.variable)
    } catch {
      throw UsageError(error.description)
    }
  }

  private static var names: [String] { commands.map { $0.syntax.command } }

  private static func unknown(_ message: String, _ near: String? = nil) -> UsageError {
    UsageError(
      message
        + (near.map { "; did you mean \($0)?" } ?? "; known are \(names.joined(separator: ", "))"))
  }

  private static var overview: String {
    let head = """
      Benchmarks: how fast TapeGrad is, and how fast its peers are on the same machine.

      Usage: Benchmarks COMMAND [options]

      Commands:
      """
    let tail = """
      'Benchmarks COMMAND --help' explains a command and its options.

      Environment:
      \(Help.table(Environment.help).joined(separator: "\n"))

      \(ExitCode.list)
      """
    let table = Help.table(commands.map { ($0.syntax.command, $0.syntax.summary) })
    return ([head] + table + ["", tail]).joined(separator: "\n")
  }

  /// Writes a line to standard error.
  static func complain(_ message: String) {
    FileHandle.standardError.write(Data("Benchmarks: \(message)\n".utf8))
  }
}

/// One command of the program.
protocol Command {
  static var syntax: Syntax { get }
  static func run(_ arguments: Arguments) throws
}

extension Arguments {
  /// `--threads`, at least 1; two unless it is given, as in the published tables.
  func threads() throws -> Int { try int("threads", atLeast: 1, atMost: 1024) ?? 2 }

  /// A length of time, at most a day.
  func seconds(_ name: String) throws -> Double? {
    try double(name, "a number of seconds above 0, at most 86400") { $0 > 0 && $0 <= 86400 }
  }

  /// `--timeout`: ten minutes unless it is given, as an unhurried machine may need for a first step.
  func patience() throws -> Double { try seconds("timeout") ?? 600 }
}

extension Option {
  static let threads = value("threads", "N", "threads to compute with (2)")
  static let timeout = value("timeout", "S", "how long a peer may take for one answer (600)")
  static let json = flag("json", "print JSON, one object a line")
}

/// The exit codes that the help promises.
enum ExitCode {
  static let done: Int32 = 0
  static let failure: Int32 = 1
  static let usage: Int32 = 2
  static let missing: Int32 = 3

  static let list = "Exit codes: 0 done, 1 run-time failure, 2 wrong usage, 3 the peer is missing."
}
