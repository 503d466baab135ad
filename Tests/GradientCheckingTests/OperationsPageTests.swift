import Foundation
import GradientChecking
import Testing

@Suite struct OperationsPageTests {
  private static let page = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/TapeGrad/TapeGrad.docc/EveryOperation.md")

  @Test func theGuidePageIsTheRegistrys() throws {
    let committed = try String(contentsOf: Self.page, encoding: .utf8)
    #expect(
      committed == Registry.operationsPage(),
      "write the page anew: swift run -c release tapegrad gradcheck --page > \(Self.page.path)")
  }

  @Test func everySubjectStandsOnIt() {
    let page = Registry.operationsPage()
    for item in Registry.cases {
      let isListed =
        page.contains("| \(item.subject) | ") || page.contains("| \(item.subject), ")
      #expect(isListed, "\(item.subject)")
    }
    for primitive in Registry.checkedPrimitives { #expect(page.contains("`\(primitive)`")) }
  }
}
