import Foundation
import Interchange
import Notebooks

/// The numbers that the prose of a notebook quotes.
struct Prose {
  private let text: String

  /// The prose of a notebook of this package.
  init(_ name: String) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let script = root.appendingPathComponent("Notebooks-as-scripts/\(name)/main.swift")
    text = Cell.parse(try String(contentsOf: script, encoding: .utf8))
      .filter { $0.kind == .markdown }.map(\.text).joined(separator: "\n\n")
  }

  /// Lists of numbers between backticks, such as `[5, 7, 7]`; a line may end inside.
  var lists: [JSON] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }
      .map { $0.element.split(separator: "=").last ?? "" }
      .compactMap { try? JSON(parsing: String($0).trimmingCharacters(in: .whitespaces)) }
      .filter { $0.array != nil }
  }

  /// Numbers with their thousands set apart, such as 8,003,072,000.
  var largeNumbers: Set<Int> {
    Set(
      text.matches(of: /\d{1,3}(,\d{3})+/).compactMap {
        Int($0.output.0.replacing(",", with: ""))
      })
  }
}
