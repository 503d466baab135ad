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
      "primitives that its shortest case records.", "",
    ]
    var order: [String] = []
    var families: [String: [(subject: String, shortest: Tape)]] = [:]
    for item in cases {
      if families[item.family] == nil { order.append(item.family) }
      let tape = item.record(1)
      var subjects = families[item.family, default: []]
      if let known = subjects.firstIndex(where: { $0.subject == item.subject }) {
        let shortest = subjects[known].shortest
        // A case at which nothing is left to do, such as a factor of 1, says nothing.
        if shortest.recordsNothing || (!tape.recordsNothing && tape.count < shortest.count) {
          subjects[known].shortest = tape
        }
      } else {
        subjects.append((item.subject, tape))
      }
      families[item.family] = subjects
    }
    for family in order {
      lines += ["## \(family.prefix(1).uppercased() + family.dropFirst())", ""]
      lines += ["| operation | recorded as |", "|---|---|"]
      for (subject, shortest) in families[family]! {
        let found = Set(shortest.entries.map(\.primitive)).subtracting(Primitive.bookkeeping)
        let names = Primitive.allCases.filter { found.contains($0) }
        lines.append("| \(subject) | \(names.map { "`\($0)`" }.joined(separator: ", ")) |")
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

extension Tape {
  /// Whether no primitive stands on it.
  fileprivate var recordsNothing: Bool {
    entries.allSatisfy { Primitive.bookkeeping.contains($0.primitive) }
  }
}
