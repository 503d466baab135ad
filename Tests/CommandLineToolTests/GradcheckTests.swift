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
}
