import TapeGrad
import Testing

@Suite struct GradcheckTests {
  @Test func printsOneObject() throws {
    let outcome = try Program.run(["gradcheck", "--json", "--only", "exp"])
    #expect(outcome.code == 0, "\(outcome)")
    let json = try JSON(parsing: outcome.output)
    #expect(json["failed"]?.int == 0)
    #expect(json["vacuous"]?.int == 0)
    #expect(json["primitives"]!.int! >= 1)
    #expect(json["cases"]!.int! >= 1)
  }

  @Test func saysWhatWasChecked() throws {
    let outcome = try Program.run(["gradcheck", "--only", "exp"])
    #expect(outcome.code == 0)
    #expect(outcome.output.contains(" 0 failed, 0 vacuous"))
  }

  @Test func showsATableByFamily() throws {
    let outcome = try Program.run(["gradcheck", "--only", "exp", "--seed", "7", "--full"])
    #expect(outcome.code == 0, "\(outcome)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("family"), "\(outcome)")
    #expect(lines[1].hasPrefix("elementary"), "\(outcome)")
    #expect(outcome.output.contains("seed 7"))
  }

  @Test func breaksRulesAndPrintsOneObject() throws {
    let outcome = try Program.run(["gradcheck", "--mutants", "--json", "--only", "exp"])
    #expect(outcome.code == 0, "\(outcome)")
    let json = try JSON(parsing: outcome.output)
    #expect(json["mutants"]!.int! >= 6)
    #expect(json["mutants"]?.int == json["caught"]?.int)
  }
}
