import Foundation
import Notebooks
import Testing

/// The README says what the code says.
@Suite struct ReadMeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The contents of the fenced blocks of a language.
  private static func blocks(_ language: String) throws -> [String] {
    try text("README.md").components(separatedBy: "```\(language)\n").dropFirst()
      .compactMap { $0.components(separatedBy: "\n```").first }
  }

  @Test func theLayerIsTheOneOfTheNotebook() throws {
    let cells = Cell.parse(try Self.text("Notebooks-as-scripts/02-your-own-layer/main.swift"))
    let cell = try #require(cells.first { $0.title == "Squeeze and excite" })
    let snippet = try #require(try Self.blocks("swift").first)
    #expect(
      snippet == "import GradientChecking\nimport TapeGrad\n\n\(cell.text)\nprint(report)")
    let lines = snippet.split(separator: "\n").filter { !$0.hasPrefix("///") }
    #expect(lines.count <= 20, "a layer and its check in twenty lines")
  }

  @Test func everyProgramItRunsExists() throws {
    let manifest = try Self.text("Package.swift")
    let commands = try Self.text("README.md").matches(of: /swift run -c release ([\w-]+)/)
      .map { String($0.output.1) }
    #expect(commands.count >= 5)
    for name in Set(commands) { #expect(manifest.contains("\"\(name)\""), "\(name)") }
  }

  @Test func everyFileItNamesExists() throws {
    let text = try Self.text("README.md")
    let links = text.matches(of: /\]\(([^)#:]+)\)/).map { String($0.output.1) }
    let folders = text.matches(of: /`(Sources\/\w+)`/).map { String($0.output.1) }
    #expect(links.count >= 4)
    #expect(folders.count >= 3)
    for path in links + folders {
      let full = Self.root.appendingPathComponent(path).path
      #expect(FileManager.default.fileExists(atPath: full), "\(path)")
    }
  }
}
