import Autodiff

extension Registry {
  /// The guide page 'Every operation', made from the cases: what is checked, family by family, and which
  /// primitives each operation is recorded as.
  ///
  /// `tapegrad gradcheck --page` prints it; a test holds the committed page to it.
  public static func operationsPage() -> String {
    var lines = [
      "# Every operation", "",
      "What the gradient checks cover, and which primitives each operation is made of.", "",
      "This page is made from the registry of gradient checks by `tapegrad gradcheck --page`. Every",
      "operation below is compared with differences in float64, first and second order, at sample inputs",
      "of several shapes and attributes. `tapegrad gradcheck --only NAME` runs one. Beside it stand the",
      "primitives that most of its cases record.", "",
    ]
    var order: [String] = []
    var families: [String: [(subject: String, tapes: [Set<Primitive>])]] = [:]
    for item in cases {
      if families[item.family] == nil { order.append(item.family) }
      let found = Set(item.record(1).entries.map(\.primitive)).subtracting(Primitive.bookkeeping)
      var subjects = families[item.family, default: []]
      if let known = subjects.firstIndex(where: { $0.subject == item.subject }) {
        subjects[known].tapes.append(found)
      } else {
        subjects.append((item.subject, [found]))
      }
      families[item.family] = subjects
    }
    for family in order {
      lines += ["## \(family.prefix(1).uppercased() + family.dropFirst())", ""]
      lines += ["| operation | recorded as |", "|---|---|"]
      for (subject, tapes) in families[family]! {
        // What a few cases add around it, such as a square, or leave out, at sizes of 1, is not it.
        let names = Primitive.allCases.filter { primitive in
          2 * tapes.count { $0.contains(primitive) } > tapes.count
        }
        let called = Self.names(of: subject).joined(separator: ", ")
        lines.append("| \(called) | \(names.map { "`\($0)`" }.joined(separator: ", ")) |")
      }
      lines.append("")
    }
    func list(_ primitives: [Primitive]) -> String {
      primitives.map { "`\($0)`" }.joined(separator: ", ")
    }
    lines += [
      "## Primitives", "",
      "With a rule for their inputs: \(list(checkedPrimitives)).", "",
      "Without a derivative, so that their results are constants to every gradient: "
        + "\(list(Primitive.allCases.filter { Primitive.withoutDerivative.contains($0) })).", "",
      "The tape's own: \(list(Primitive.allCases.filter { Primitive.bookkeeping.contains($0) })).",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
