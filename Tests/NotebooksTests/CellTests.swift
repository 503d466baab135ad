import Notebooks
import Testing

@Suite struct CellTests {
  @Test func proseAndCodeAreToldApart() {
    let source = """
      // %% [markdown]
      // # Title
      //
      // Prose with an indented line:
      //
      //     y = x

      import Something

      // %% A title
      let a = 1
      // a comment of the code

      // %%
      let b = 2

      """
    let cells = Cell.parse(source)
    #expect(cells.map(\.kind) == [.markdown, .code, .code, .code])
    #expect(cells.map(\.title) == ["", "", "A title", ""])
    #expect(
      cells.map(\.text) == [
        "# Title\n\nProse with an indented line:\n\n    y = x", "import Something",
        "let a = 1\n// a comment of the code", "let b = 2",
      ])
    #expect(cells.map(\.lines) == [1...7, 8...9, 10...13, 14...16])
  }

  @Test func codeBeforeTheFirstMarkerIsACell() {
    let cells = Cell.parse("import A\n\n// %% [markdown]\n// Prose\n")
    #expect(cells.map(\.kind) == [.code, .markdown])
    #expect(cells.map(\.lines) == [1...2, 3...5])
  }

  @Test(arguments: ["", "\n\n", "// %%\n\n// %% [markdown]\n//\n"])
  func emptyCellsAreLeftOut(source: String) {
    #expect(Cell.parse(source).isEmpty)
  }
}
