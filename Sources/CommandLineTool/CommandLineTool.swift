import ArgumentParsing
import TapeGrad
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The program `tapegrad`: finds the command, runs it, and turns what it throws into a line and an
/// exit code.
enum CommandLineTool {
  static func main() {
    // A reader that closes the pipe ends the output, not the training.
    signal(SIGPIPE, SIG_IGN)
    Failure.ofProgram = Failure.Handler { message in
      Terminal.finishLine()
      Terminal.complain(message)
      exit(ExitCode.failure)
    }
    let code = run(Array(CommandLine.arguments.dropFirst()))
    Terminal.finishLine()
    if code == ExitCode.done, let failure = Terminal.outputFailure {
      Terminal.complain("standard output: cannot write it: \(String(cString: strerror(failure)))")
      exit(ExitCode.failure)
    }
    exit(code)
  }

  static var commands: [any Command.Type] {
    [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, GradcheckCommand.self,
      SummaryCommand.self,
    ]
  }

  private static func run(_ tokens: [String]) -> Int32 {
    do {
      return try dispatch(tokens)
    } catch let error as UsageError {
      Terminal.complain("\(error)")
      let command = error.command.map { " \($0)" } ?? ""
      Terminal.complain("see tapegrad\(command) --help", plain: true)
      return ExitCode.usage
    } catch {
      Terminal.finishLine()
      Terminal.complain("\(error)")
      return ExitCode.of(error)
    }
  }

  private static func dispatch(_ tokens: [String]) throws -> Int32 {
    guard let first = tokens.first else {
      throw UsageError("no command given: \(commands.map { $0.name }.joined(separator: ", "))")
    }
    if first == "--help" || first == "-h" || first == "help" {
      if first == "help", let name = tokens.dropFirst().first {
        Terminal.say(help(try command(named: name)))
      } else {
        Terminal.say(Overview.text(commands))
      }
      return ExitCode.done
    }
    let command = try command(named: first)
    let arguments = try Arguments(Array(tokens.dropFirst()), for: command.syntax)
    if arguments.has("help") {
      Terminal.say(help(command))
      return ExitCode.done
    }
    try checkEnvironment()
    return try command.run(arguments)
  }

  /// Says what is wrong with a variable before there is any work that could be lost.
  private static func checkEnvironment() throws {
    do throws(Environment.Fault) {
      _ = try Environment(reading: Environment.variable)
    } catch {
      throw UsageError(error.description)
    }
  }

  private static func help(_ command: any Command.Type) -> String {
    Help.text(of: command.syntax, program: "tapegrad", exitCodes: Overview.exitCodes)
  }

  private static func command(named name: String) throws -> any Command.Type {
    if let command = commands.first(where: { $0.name == name }) { return command }
    let near = closest(to: name, among: commands.map { $0.name })
    throw UsageError(
      "unknown command '\(name)'"
        + (near.map { "; did you mean \($0)?" }
          ?? "; known are \(commands.map { $0.name }.joined(separator: ", "))"))
  }
}

/// One command of the program.
protocol Command {
  static var syntax: Syntax { get }
  /// Does it; the exit code.
  static func run(_ arguments: Arguments) throws -> Int32
}

extension Command {
  static var name: String { syntax.command }
}

/// The exit codes that the help promises.
enum ExitCode {
  static let done: Int32 = 0
  static let failure: Int32 = 1
  static let usage: Int32 = 2
  static let data: Int32 = 3
  static let diverged: Int32 = 4

  static func of(_ error: any Error) -> Int32 {
    switch error {
    case is UsageError: usage
    case is DatasetError: data
    case let error as InterchangeError: error.kind == .unwritable ? failure : data
    case let error as TrainingError:
      switch error {
      case .configuration: usage
      case .data, .checkpoint: data
      case .diverged: diverged
      }
    default: failure
    }
  }
}
