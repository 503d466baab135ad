import Notebooks
import Testing

@Suite struct NotebookOptionsTests {
  @Test func optionsAreReadInBothForms() throws {
    let options = try NotebookOptions([
      "--quick", "--seed", "7", "--data=pictures", "--out", "there",
    ])
    #expect(options.isQuick)
    #expect(options.seed == 7)
    #expect(options.data == "pictures")
    #expect(options.folder == "there")
    #expect(!options.wantsHelp)
  }

  @Test func nothingIsNeeded() throws {
    let options = try NotebookOptions([])
    #expect(!options.isQuick)
    #expect(options.seed == 1)
    #expect(options.data == nil)
    #expect(options.folder == nil)
  }

  @Test(arguments: [
    (["--fast"], "unknown option --fast; there are --quick, --seed, --data, --out, --help"),
    (["here"], "takes no argument 'here'; options begin with --"),
    (["--seed"], "--seed wants a value"),
    (["--seed", "--quick"], "--seed wants a value"),
    (["--seed="], "--seed wants a value"),
    (["--seed", "1.5"], "--seed wants a whole number from 0 to 2^64 - 1, given '1.5'"),
    (["--seed", "1", "--seed", "1"], "--seed is given twice"),
    (["--quick=yes"], "--quick takes no value"),
  ])
  func wrongOnesAreRefused(arguments: [String], message: String) {
    #expect(throws: NotebookOptions.UsageError(description: message)) {
      try NotebookOptions(arguments)
    }
  }
}
