import Autodiff
import GradientChecking
import Operations
import Testing

@Suite struct RegistryTests {
  /// A primitive without a row cannot be merged: its name must stand on the tape of some case.
  @Test func everyPrimitiveStandsOnTheTapeOfSomeCase() {
    var seen: Set<String> = []
    for item in Registry.cases { seen.formUnion(item.record(1).operationCounts.keys) }
    let unchecked = Registry.checkedPrimitives.filter { !seen.contains($0.rawValue) }
    #expect(unchecked.isEmpty, "no registry case records \(unchecked)")
  }

  @Test func everyCheckedPrimitiveHasAtLeastTwentyCases() {
    var counts: [String: Int] = [:]
    for item in Registry.cases {
      for name in item.record(1).operationCounts.keys { counts[name, default: 0] += 1 }
    }
    for primitive in Registry.checkedPrimitives {
      #expect(counts[primitive.rawValue, default: 0] >= 20, "\(primitive)")
    }
  }

  @Test func noTwoCasesAreTheSame() {
    let names = Registry.cases.map { "\($0.family) \($0.name)" }
    let twice = Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys
    #expect(twice.isEmpty, "\(twice.sorted())")
  }

  /// Every run draws a seed of its own, and prints it: other inputs, cotangents and directions each time.
  /// `tapegrad gradcheck --seed` repeats one.
  @Test func allCasesPassWithAFreshSeed() {
    let seed = UInt64.random(in: 0..<1 << 32)
    print("gradient checks: seed \(seed)")
    let summary = runRegistry(seed: seed)
    for row in summary.rows where !row.passes {
      Issue.record("seed \(seed), \(row.family): \(row.name)\n\(row.report)")
    }
    #expect(summary.failed == 0)
    #expect(summary.vacuous == 0)
    #expect(summary.primitives == Registry.checkedPrimitives.count)
    #expect(summary.functions >= 100)
    #expect(summary.cases >= 3000)
  }

  /// By default float64 is computed directly: here the transforms are checked too, in every layer and
  /// model that convolves.
  @Test(arguments: [ConvolutionAlgorithm.winograd2, .winograd4])
  func allCasesPassUnderEachAlgorithm(algorithm: ConvolutionAlgorithm) {
    let summary = withConvolutionAlgorithm(algorithm) { runRegistry(seed: 2) }
    for row in summary.rows where !row.passes {
      Issue.record("\(algorithm), \(row.family): \(row.name)\n\(row.report)")
    }
    #expect(summary.cases == Registry.cases.count)
  }

  @Test func selectsByFamilySubjectAndPart() {
    #expect(Registry.cases(matching: "matmul").allSatisfy { $0.subject == "matmul" })
    #expect(Registry.cases(matching: "losses").allSatisfy { $0.family == "losses" })
    #expect(Registry.cases(matching: "dilation").count > 5)
    // The function and the layer differ by a capital letter; the primitive goes by either name.
    #expect(Set(Registry.cases(matching: "conv2D").map(\.subject)) == ["correlate"])
    #expect(Set(Registry.cases(matching: "Conv2D").map(\.subject)) == ["Conv2D"])
    #expect(Set(Registry.cases(matching: "padded").map(\.subject)) == ["pad"])
    #expect(Registry.cases(matching: "CONVOLUTION").count > 100)
    #expect(Registry.cases(matching: "no such operation").isEmpty)
    #expect(Registry.cases(matching: nil).count == Registry.cases.count)
  }
}
