import Figures
import Foundation
import Interchange
import Notebooks
import Tensors
import Testing

/// The files that a notebook writes.
@Suite final class NotebookTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("notebook-\(UUID().uuidString)").path
  private let script: String

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    script = "\(folder)/main.swift"
    let source = """
      // %% [markdown]
      // # A small notebook
      //
      // With **strong** words, `code < 1`, and a [link](https://example.org).
      //
      // ## First part
      //
      // - one
      // - two

      // %% Two results
      let a = "<b>"
      let b = 2

      // %% [markdown]
      // | n | square |
      // |--:|--:|
      // | 3 | 9 |

      // %% A picture
      let c = 3
      """
    try Data(source.utf8).write(to: URL(fileURLWithPath: script))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func notebook(source: String? = nil) throws -> Notebook {
    let options = try NotebookOptions(["--out", "\(folder)/run", "--seed", "9"])
    let notebook = Notebook(options, name: "small", source: source ?? script)
    let file = source ?? script
    notebook.record("a & b", 1234, file: file, line: 12)
    notebook.show("y", Tensor([[1, 2], [3, 4]]), file: file, line: 13)
    notebook.show(columns: ["n", "n²"], rows: [["3", "9"]], file: file, line: 13)
    let picture = Picture(width: 2, height: 2, grey: [0, 80, 160, 240])
    notebook.show(
      ImageGrid("Four pixels", rows: [[.init(picture)]]), caption: "Enlarged.", file: file, line: 21
    )
    // From a file beside the script: belongs to the cell that was running.
    notebook.record("later", 0.25, file: "elsewhere.swift", line: 1)
    notebook.record("vector", Tensor([1, 2.5]), file: file, line: 21)
    try notebook.write()
    return notebook
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(folder)/run/\(name)", encoding: .utf8)
  }

  @Test func thePageHoldsProseCodeAndResultsInOrder() throws {
    _ = try notebook()
    let page = try text("report.html")
    let parts = [
      "<h1>A small notebook</h1>", "With <strong>strong</strong> words, <code>code &lt; 1</code>",
      "<a href=\"https://example.org\">link</a>", "<h2>First part</h2>", "<li>one</li><li>two</li>",
      "<h3>Two results</h3>", "let a = \"&lt;b&gt;\"\nlet b = 2",
      "<pre class=\"output\">a &amp; b: 1,234\ny =\n[[1, 2],\n [3, 4]]</pre>", "n²",
      "<th class=\"number\">square</th>", "<h3>A picture</h3>", "data:image/png;base64",
      "Enlarged.",
      "later: 0.25\nvector = [1.0000, 2.5000]",
    ]
    var rest = page[...]
    for part in parts {
      let found = try #require(rest.range(of: part), "\(part) is missing or out of order")
      rest = rest[found.upperBound...]
    }
  }

  @Test func markdownNamesItsFigures() throws {
    _ = try notebook()
    let page = try text("report.md")
    #expect(page.contains("```text\na & b: 1,234\ny =\n[[1, 2],\n [3, 4]]\n```"))
    #expect(page.contains("| n | n² |\n| ---: | ---: |\n| 3 | 9 |"))
    #expect(page.contains("![Four pixels](figures/01-four-pixels.svg)\n\n*Enlarged.*"))
    #expect(try text("figures/01-four-pixels.svg").hasPrefix("<svg"))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/run/figures/01-four-pixels.png"))
  }

  @Test func theJupyterNotebookHasTheFormOfItsSchema() throws {
    _ = try notebook()
    let book = try JSON(parsing: text("small.ipynb"))
    #expect(book["nbformat"] == 4)
    #expect(book["nbformat_minor"] == 5)
    let cells = try #require(book["cells"]?.array)
    #expect(cells.compactMap { $0["cell_type"] } == ["markdown", "code", "markdown", "code"])
    #expect(cells.map { $0["outputs"]?.array?.count } == [nil, 2, nil, 2])
    #expect(cells.map { $0["execution_count"]?.int } == [nil, 1, nil, 2])
    let names = cells.compactMap { $0["id"]?.string }
    #expect(Set(names).count == cells.count)
    #expect(cells[1]["source"] == ["// Two results\n", "let a = \"<b>\"\n", "let b = 2"])
    let first = try #require(cells[1]["outputs"]?.array)
    #expect(first[0]["output_type"] == "stream")
    #expect(first[0]["text"] == ["a & b: 1,234\n", "y =\n", "[[1, 2],\n", " [3, 4]]\n", ""])
    #expect(first[1]["data"]?["text/plain"] == ["n  n²\n", "-----\n", "3   9"])
    let second = try #require(cells[3]["outputs"]?.array)
    #expect(second[0]["data"]?["image/png"]?.string?.hasPrefix("iVBOR") == true)
  }

  @Test func resultsAreKeptByName() throws {
    _ = try notebook()
    let results = try JSON(parsing: text("results.json"))
    #expect(results["notebook"] == "small")
    #expect(results["seed"] == "9")
    #expect(results["results"] == ["a & b": 1234, "later": 0.25, "vector": [1, 2.5]])
  }

  @Test func withoutItsSourceResultsStandAlone() throws {
    _ = try notebook(source: "\(folder)/gone.swift")
    let page = try text("report.html")
    #expect(page.contains("source of this notebook was not found"))
    #expect(page.contains("a &amp; b: 1,234"))
    #expect(page.contains("Four pixels"))
  }

  @Test func aFolderThatCannotBeMadeIsAnError() throws {
    let options = try NotebookOptions(["--out", "\(script)/run"])
    let error = #expect(throws: InterchangeError.self) {
      try Notebook(options, name: "small", source: script).write()
    }
    #expect(error?.kind == .unwritable)
  }
}
