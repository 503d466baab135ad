import Figures
import Foundation
import Interchange
import Tensors

/// A script that is read like a chapter and run like a program.
///
///     let notebook = Notebook()
///     notebook.show("the sum", Tensor([1.0, 2.0]).sum())
///     notebook.record("answer", 42)
///     notebook.finish()
///
/// The script is written in the percent format: `// %% [markdown]` before prose in comments, and
/// `// %% Title` before code. What it shows is printed at once; `finish` writes a folder with the whole
/// of it, prose, code and results: `report.html`, `report.md`, a Jupyter notebook, `results.json` and the
/// figures. Each result finds its cell by the line on which it was shown.
public final class Notebook {
  /// The name of the script's folder.
  public let name: String
  /// Whether to do so little that it takes seconds.
  public let isQuick: Bool
  /// What everything random derives from.
  public let seed: UInt64
  /// The folder of data to use instead of generated ones, if one was named.
  public let data: String?
  /// Where the results go.
  public let folder: String

  private let source: String
  private let cells: [Cell]
  private let start = ContinuousClock.now
  private var outputs: [(line: Int, output: Output)] = []
  private var results = JSON.Object()
  /// The cell whose heading was printed last.
  private var announced: Int?
  private var lastLine = 1

  /// A notebook told by the command line; a wrong one ends the program with exit code 2.
  ///
  /// `data` says in the help what `--data` is for; without it the option is accepted and not used.
  public convenience init(data: String? = nil, source: String = #filePath) {
    let name = URL(fileURLWithPath: source).deletingLastPathComponent().lastPathComponent
    do {
      let options = try NotebookOptions(Array(CommandLine.arguments.dropFirst()))
      self.init(options, name: name, source: source)
      if options.wantsHelp {
        print(NotebookOptions.help(name: name, title: document.title, data: data))
        exit(0)
      }
      if options.data != nil, data == nil { print("--data is not used: everything is generated") }
      // An answer that cannot be written down is better known before the work than after it.
      try createFolder()
    } catch let error as NotebookOptions.UsageError {
      Self.stop("\(name): \(error)\nsee swift run -c release \(name) --help", code: 2)
    } catch {
      Self.stop("\(name): \(error)", code: 1)
    }
  }

  package init(_ options: NotebookOptions, name: String, source: String) {
    self.name = name
    self.source = source
    isQuick = options.isQuick
    seed = options.seed
    data = options.data
    folder = options.folder ?? "runs/\(name)"
    // The program may have been carried away from its source: results stand alone then.
    cells = (try? String(contentsOfFile: source, encoding: .utf8)).map(Cell.parse) ?? []
  }

  // MARK: - Showing

  /// Shows text.
  public func show(_ text: String, file: String = #filePath, line: Int = #line) {
    add(.text(text), file, line)
  }

  /// Shows a tensor under a name; a matrix begins on a line of its own.
  public func show(
    _ label: String, _ tensor: Tensor, file: String = #filePath, line: Int = #line
  ) {
    add(.text(Self.text(label, tensor)), file, line)
  }

  /// Shows a table.
  public func show(
    columns: [String], rows: [[String]], file: String = #filePath, line: Int = #line
  ) {
    add(.table(Output.Table(columns: columns, rows: rows)), file, line)
  }

  /// Shows a figure.
  public func show(
    _ figure: some Figure, caption: String = "", file: String = #filePath, line: Int = #line
  ) {
    add(.figure(figure, caption: caption), file, line)
  }

  /// Prints a line that is not kept: how far the work is.
  public func progress(_ text: String, file: String = #filePath, line: Int = #line) {
    if file == source { announce(line) }
    print(text)
    fflush(nil)
  }

  // MARK: - Recording

  /// Shows a number, and keeps it in `results.json` under its name.
  public func record(_ name: String, _ value: Int, file: String = #filePath, line: Int = #line) {
    results[name] = .integer(value)
    add(.text("\(name): \(NumberFormat.count(value))"), file, line)
  }

  /// Shows a number, and keeps it in `results.json` under its name.
  public func record(_ name: String, _ value: Double, file: String = #filePath, line: Int = #line) {
    results[name] = .number(value)
    add(.text("\(name): \(NumberFormat.short(value))"), file, line)
  }

  /// Shows whether something holds, and keeps it in `results.json` under its name.
  public func record(_ name: String, _ value: Bool, file: String = #filePath, line: Int = #line) {
    results[name] = .bool(value)
    add(.text("\(name): \(value ? "yes" : "no")"), file, line)
  }

  /// Shows a word, and keeps it in `results.json` under its name.
  public func record(_ name: String, _ value: String, file: String = #filePath, line: Int = #line) {
    results[name] = .string(value)
    add(.text("\(name): \(value)"), file, line)
  }

  /// Shows a tensor, and keeps its elements in `results.json`, nested like its shape.
  public func record(
    _ name: String, _ tensor: Tensor, file: String = #filePath, line: Int = #line
  ) {
    results[name] = Self.json(tensor.scalars(of: Double.self)[...], Array(tensor.shape)[...])
    add(.text(Self.text(name, tensor)), file, line)
  }

  private static func text(_ label: String, _ tensor: Tensor) -> String {
    label + (tensor.rank > 1 ? " =\n" : " = ") + tensor.description
  }

  private static func json(_ values: ArraySlice<Double>, _ sizes: ArraySlice<Int>) -> JSON {
    guard let size = sizes.first else {
      let value = values.first ?? 0
      return Int(exactly: value).map { .integer($0) } ?? .number(value)
    }
    let step = size == 0 ? 0 : values.count / size
    return .array(
      (0..<size).map { index in
        let begin = values.startIndex + index * step
        return json(values[begin..<begin + step], sizes.dropFirst())
      })
  }

  // MARK: - Reading data

  /// The result of something that reads files; what it throws ends the program with exit code 3.
  public func reading<Result>(_ body: () throws -> Result) -> Result {
    do {
      return try body()
    } catch {
      Self.stop("\(name): \(error)", code: 3)
    }
  }

  // MARK: - The end

  /// Writes the run folder; where that cannot be the program ends with exit code 1.
  public func finish() {
    do {
      try write()
      print("\nreport: \(folder)/report.html")
    } catch {
      Self.stop("\(name): \(error)", code: 1)
    }
  }

  /// Everything shown so far, in its place in the script.
  var document: NotebookDocument {
    NotebookDocument(
      name: name, cells: cells, outputs: outputs,
      settings: "seed \(seed)\(isQuick ? ", quick" : "")")
  }

  package func write() throws {
    try createFolder()
    let document = document
    let figures = try document.writeFigures(into: folder)
    try AtomicFile.write(document.html, to: "\(folder)/report.html")
    try AtomicFile.write(document.markdown(figures: figures), to: "\(folder)/report.md")
    try AtomicFile.write(document.jupyter.pretty, to: "\(folder)/\(name).ipynb")
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let summary: JSON = [
      "notebook": .string(name), "quick": .bool(isQuick), "seed": .string(String(seed)),
      "seconds": .number((seconds * 1000).rounded() / 1000), "results": .object(results),
    ]
    try AtomicFile.write(summary.pretty, to: "\(folder)/results.json")
  }

  private func createFolder() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/figures", withIntermediateDirectories: true)
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      throw InterchangeError(
        .unwritable, path: folder, "cannot make this folder: \(cause.localizedDescription)")
    }
  }

  private func add(_ output: Output, _ file: String, _ line: Int) {
    // What a file beside the script shows belongs to the cell that called it.
    if file == source { lastLine = line }
    outputs.append((lastLine, output))
    announce(lastLine)
    switch output {
    case .text(let text): print(text)
    case .table(let table): print(table.plain)
    case .figure(let figure, _): print("[figure: \(figure.title)]")
    }
    fflush(nil)
  }

  /// Prints the title of the cell of a line when it is another than before.
  private func announce(_ line: Int) {
    guard let place = cells.firstIndex(where: { $0.lines.contains(line) }), place != announced
    else { return }
    announced = place
    let title = cells[place].title
    if !title.isEmpty { print("\n\(title)\n" + String(repeating: "-", count: title.count)) }
  }

  private static func stop(_ message: String, code: Int32) -> Never {
    fflush(nil)
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
  }
}
